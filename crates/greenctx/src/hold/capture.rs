//! The slot of a capture, and what the signal handler puts there.
//!
//! # Invariants
//!
//! 1. In the state `COPYING` the handler alone touches the record; in all other states, the watcher that has the
//!    carrier's lock. See the protocol of the [module](super).
//! 2. [`green_capture`] runs on any OS thread, between any two instructions. It allocates nothing, takes no lock, calls
//!    nothing of the system's, and does not touch `errno`. The thread-locals that it reads have no destructor.
//! 3. If `context::current` has a `Control`, that is good, wherever the thread was interrupted: it is whole before the
//!    pointer to it is set, and the pointer is taken back before it ends (invariants of `context.rs`). The same holds for
//!    the role that it has assumed (those of `role.rs`).
//! 4. What lies between a stack pointer within the bounds of a green thread's stack and the top of that stack is mapped.
//!    It is copied as numbers, as in `survey/copy.rs`. No more is copied than the record has room for.
//! 5. The kernel hands a handler with `SA_SIGINFO` the registers of the interrupted thread.

use std::fmt::{self, Write};
use std::panic::Location;

use greenstd::atomic::{AtomicU32, Ordering};
use greenstd::cell::UnsafeCell;
use greenstd::step;

use crate::carrier::Local;
use crate::context::{self, Control};
use crate::identity::Identity;
use crate::survey::{MAX_STACK_BYTES, Registers, StackCopy, copy_words};
use crate::thread::ThreadId;

const IDLE: u32 = 0;
const ASKED: u32 = 1;
const COPYING: u32 = 2;
const DONE: u32 = 3;

/// So much of a name is kept.
const NAME_BYTES: usize = 256;

const WORD: usize = size_of::<usize>();

/// What an OS thread of a carrier was executing; see [`CarrierHandle::capture`](crate::CarrierHandle::capture).
///
/// ```
/// use greenctx::{Capture, CaptureSignal, Carrier};
/// use std::time::Duration;
///
/// let signal = CaptureSignal::urgent()?;
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let capture = carrier.run(move || handle.capture(signal, Duration::from_secs(60)))?;
/// let Some(Capture { thread, ready, .. }) = capture else { return Ok(()) };
/// assert!(thread.is_some());
/// assert_eq!(ready, 0); // nobody else wants the carrier
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Capture {
    /// How many [switches](crate::Progress::switches) the carrier had counted.
    pub switches: u64,
    /// The green thread that ran. `None` if it was the scheduler.
    pub thread: Option<ThreadId>,
    /// The id of the identity that the thread had assumed.
    pub identity: Option<u64>,
    /// The name of the identity, or of the thread if it had assumed none: its first 256 bytes.
    pub name: Option<String>,
    /// Where the identity comes from, if it says so.
    pub site: Option<&'static Location<'static>>,
    /// How many green threads of the carrier were ready to run. Those that somebody elsewhere has woken since the last
    /// switch are not among them.
    pub ready: usize,
    registers: Registers,
    words: Vec<usize>,
}

/// What the handler fills in. It allocates nothing, so all has its room already.
struct Record {
    switches: u64,
    thread: Option<ThreadId>,
    identity: u64,
    name: Name,
    site: Option<&'static Location<'static>>,
    ready: usize,
    registers: Registers,
    words: Box<[usize]>,
    /// How many of the words are good.
    count: usize,
}

struct Name {
    bytes: [u8; NAME_BYTES],
    len: usize,
}

/// The place of a carrier's captures.
pub(crate) struct Slot {
    state: AtomicU32,
    record: UnsafeCell<Record>,
}

// SAFETY: invariant 1: the state hands the record from one user to the next.
unsafe impl Sync for Slot {}

impl Capture {
    /// The stack of the green thread. `None` if it was the scheduler, or if the thread was on a stack that is not its
    /// own.
    ///
    /// ```
    /// use greenctx::{CaptureSignal, Carrier};
    /// use std::time::Duration;
    ///
    /// let signal = CaptureSignal::urgent()?;
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// let capture = carrier.run(move || handle.capture(signal, Duration::from_secs(60)))?;
    /// let Some(capture) = capture else { return Ok(()) };
    /// let stack = capture.stack().expect("it ran");
    /// assert!(stack.read(stack.registers().stack_pointer).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stack(&self) -> Option<StackCopy<'_>> {
        (!self.words.is_empty()).then(|| StackCopy::new(self.registers, &self.words))
    }
}

impl Slot {
    pub(crate) fn new() -> Self {
        let record = Record {
            switches: 0,
            thread: None,
            identity: 0,
            name: Name { bytes: [0; NAME_BYTES], len: 0 },
            site: None,
            ready: 0,
            registers: Registers::default(),
            words: vec![0; MAX_STACK_BYTES / WORD].into(),
            count: 0,
        };
        Slot { state: AtomicU32::new(IDLE), record: UnsafeCell::new(record) }
    }

    /// Watcher: *capture-ask*. `false` if the handler is still at work for one that has given up.
    pub(crate) fn ask(&self) -> bool {
        if self.state.load(take_ordering()) == COPYING {
            return false;
        }
        self.state.store(ASKED, step::CAPTURE_ASK_RELEASE.ordering(Ordering::Release));
        true
    }

    /// Watcher that has asked: *capture-take*.
    pub(crate) fn take(&self) -> Option<Capture> {
        if self.state.load(take_ordering()) != DONE {
            return None;
        }
        // SAFETY: invariant 1.
        let capture = self.record.with(|record| unsafe { &*record }.to_capture());
        // The next one to look has our lock.
        self.state.store(IDLE, Ordering::Relaxed);
        Some(capture)
    }

    /// Watcher that has asked: *capture-give-up*. `false` if the handler is at work, or has been.
    pub(crate) fn give_up(&self) -> bool {
        let order = Ordering::Relaxed;
        self.state.compare_exchange(ASKED, IDLE, order, order).is_ok()
    }

    /// Handler: *capture-claim* and *capture-publish*, with `fill` in between.
    fn answer(&self, fill: impl FnOnce(&mut Record)) {
        let acquire = step::CAPTURE_CLAIM_ACQUIRE.ordering(Ordering::Acquire);
        let (state, relaxed) = (&self.state, Ordering::Relaxed);
        let claimed =
            step::CAPTURE_CLAIM_CAS.compare_exchange(state, ASKED, COPYING, acquire, relaxed);
        if claimed.is_err() {
            return;
        }
        // SAFETY: invariant 1.
        self.record.with_mut(|record| fill(unsafe { &mut *record }));
        self.state.store(DONE, step::CAPTURE_PUBLISH_RELEASE.ordering(Ordering::Release));
    }

    /// As the handler does, for a model: a record with this number.
    #[cfg(all(test, green_loom))]
    pub(crate) fn answer_with(&self, switches: u64) {
        self.answer(|record| record.switches = switches);
    }
}

fn take_ordering() -> Ordering {
    step::CAPTURE_TAKE_ACQUIRE.ordering(Ordering::Acquire)
}

/// The handler. Its name is what a debugger shows.
pub(super) extern "C" fn green_capture(
    _signal: libc::c_int,
    _info: *mut libc::siginfo_t,
    interrupted: *mut libc::c_void,
) {
    // SAFETY: invariant 5.
    let registers = registers(unsafe { &*interrupted.cast::<libc::ucontext_t>() });
    Local::try_with(|local| {
        if let Some(slot) = local.shared().watched().slot() {
            slot.answer(|record| record.fill(local, registers));
        }
    });
}

impl Record {
    /// Allocates nothing, see invariant 2.
    fn fill(&mut self, local: &Local, registers: Registers) {
        self.switches = local.counters().switches();
        self.ready = local.peek_ready();
        self.registers = registers;
        (self.thread, self.identity, self.site, self.name.len, self.count) = (None, 0, None, 0, 0);
        // Invariant 3.
        if let Some(control) = context::current() {
            self.describe(control);
            self.copy(control);
        }
    }

    fn describe(&mut self, control: &Control) {
        self.thread = Some(control.thread.id());
        let name = &mut self.name;
        (self.identity, self.site) = match control.role.present().identity() {
            Some(identity) => (identity.id(), name.of(identity)),
            None => {
                name.push(control.thread.name().unwrap_or("unnamed"));
                (0, None)
            }
        };
    }

    fn copy(&mut self, control: &Control) {
        // On the way to another stack and back, the pointer and the control do not fit for a moment.
        let used = control.used_from(self.registers.stack_pointer).unwrap_or(0);
        self.count = (used / WORD).min(self.words.len());
        // SAFETY: invariant 4.
        unsafe {
            copy_words(self.registers.stack_pointer, self.words.as_mut_ptr().addr(), self.count);
        }
    }

    fn to_capture(&self) -> Capture {
        let name = String::from_utf8_lossy(&self.name.bytes[..self.name.len]);
        Capture {
            switches: self.switches,
            thread: self.thread,
            identity: Some(self.identity).filter(|id| *id != 0),
            name: self.thread.map(|_| name.into_owned()),
            site: self.site,
            ready: self.ready,
            registers: self.registers,
            words: self.words[..self.count].to_vec(),
        }
    }
}

impl Name {
    /// Takes the name of `identity`, and returns where that comes from.
    fn of(&mut self, identity: &dyn Identity) -> Option<&'static Location<'static>> {
        let label = identity.label();
        match label.name {
            Some(name) => self.push(name),
            // What has no room is left out.
            None => drop(identity.write_name(self)),
        }
        label.site
    }

    fn push(&mut self, text: &str) {
        let fits = text.len().min(NAME_BYTES - self.len);
        self.bytes[self.len..self.len + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.len += fits;
    }
}

impl Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

#[cfg(target_arch = "x86_64")]
fn registers(interrupted: &libc::ucontext_t) -> Registers {
    let general = &interrupted.uc_mcontext.gregs;
    let register = |number: libc::c_int| general[number as usize] as usize;
    Registers {
        instruction_pointer: register(libc::REG_RIP),
        stack_pointer: register(libc::REG_RSP),
        frame_pointer: register(libc::REG_RBP),
        link: 0,
    }
}

#[cfg(target_arch = "aarch64")]
fn registers(interrupted: &libc::ucontext_t) -> Registers {
    let machine = &interrupted.uc_mcontext;
    Registers {
        instruction_pointer: machine.pc as usize,
        stack_pointer: machine.sp as usize,
        frame_pointer: machine.regs[29] as usize,
        link: machine.regs[30] as usize,
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("switches", &self.switches)
            .field("thread", &self.thread)
            .field("identity", &self.identity)
            .field("name", &self.name)
            .field("site", &self.site)
            .field("ready", &self.ready)
            .field("stack", &self.stack())
            .finish()
    }
}
