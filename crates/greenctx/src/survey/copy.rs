//! A green thread copies its own registers and the used part of its stack.
//!
//! The copy can be walked later, on another thread, while the green thread goes on. It has to be the thread itself that
//! copies: the registers of a suspended thread are where the switch has put them, and that is nobody else's business.
//!
//! # Invariants
//!
//! 1. [`Copies::copy`] runs on the stack that ends at `top`, which is the address behind its first frame. So all
//!    between the stack pointer and `top` is mapped, and stays so during the call.
//! 2. What is read is never used as anything but numbers. It may be stale, torn or uninitialised: other threads may
//!    write to what a frame has lent them. So it is read by the processor's own instructions, outside of what the
//!    compiler knows.
//! 3. What is written lies in the spare room of a vector of numbers, and no more than that room.

use std::arch::asm;

/// At most so much of a stack is copied, from its innermost frame on.
pub(crate) const MAX_STACK_BYTES: usize = 64 * 1024;

const WORD: usize = size_of::<usize>();

/// Where a thread was, as a walk through its frames begins.
///
/// ```
/// use greenctx::{Carrier, Registers, SurveyOptions};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let mut survey = handle.survey(SurveyOptions::new());
///     let slice = survey.next(Instant::now() + Duration::from_secs(60));
///     for (_, stack) in slice.ok().flatten().into_iter().flat_map(|slice| slice.iter()) {
///         let Some(Registers { stack_pointer, .. }) = stack.map(|stack| stack.registers()) else { continue };
///         println!("its stack ends at {stack_pointer:#x}");
///     }
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Registers {
    /// The address of the instruction.
    pub instruction_pointer: usize,
    /// Where the stack ends: its lowest address in use.
    pub stack_pointer: usize,
    /// `rbp` or `x29`.
    pub frame_pointer: usize,
    /// `x30`; 0 on x86-64.
    pub link: usize,
}

/// Where the copies of several stacks go, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    words: Vec<usize>,
    last: Option<Copied>,
}

/// The place of one copy in the words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copied {
    pub(super) registers: Registers,
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Copies {
    pub(super) fn with_room(bytes: usize) -> Self {
        Copies { words: Vec::with_capacity(bytes / WORD), last: None }
    }

    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.last = None;
    }

    pub(super) fn words(&self) -> &[usize] {
        &self.words
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.len() * WORD
    }

    /// The copy that was made since the last call.
    pub(super) fn take_last(&mut self) -> Option<Copied> {
        self.last.take()
    }

    /// *survey-copy*: the calling thread copies itself, its stack up to `top`. It allocates nothing: what has no room is
    /// left out.
    ///
    /// Not inlined, and all in one frame: the registers fit the copy as long as the frame that has read them lasts.
    #[inline(never)]
    pub(crate) fn copy(&mut self, top: usize) {
        let registers = here();
        let first = self.words.len();
        let used = top.saturating_sub(registers.stack_pointer).min(MAX_STACK_BYTES);
        let count = (used / WORD).min(self.words.capacity() - first);
        let target = self.words.spare_capacity_mut().as_mut_ptr();
        // SAFETY: invariants 1 and 3.
        unsafe { copy_words(registers.stack_pointer, target.addr(), count) };
        // SAFETY: within the capacity; the words have just been written.
        unsafe { self.words.set_len(first + count) };
        self.last = Some(Copied { registers, first, count });
    }
}

/// The registers, right here.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn here() -> Registers {
    let (instruction_pointer, stack_pointer, frame_pointer);
    // SAFETY: it reads registers.
    unsafe {
        asm!(
            "lea {ip}, [rip]",
            "mov {sp}, rsp",
            "mov {fp}, rbp",
            ip = out(reg) instruction_pointer,
            sp = out(reg) stack_pointer,
            fp = out(reg) frame_pointer,
            options(nomem, nostack, preserves_flags),
        );
    }
    Registers { instruction_pointer, stack_pointer, frame_pointer, link: 0 }
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn here() -> Registers {
    let (instruction_pointer, stack_pointer, frame_pointer, link);
    // SAFETY: it reads registers.
    unsafe {
        asm!(
            "adr {ip}, .",
            "mov {sp}, sp",
            "mov {fp}, x29",
            "mov {lr}, x30",
            ip = out(reg) instruction_pointer,
            sp = out(reg) stack_pointer,
            fp = out(reg) frame_pointer,
            lr = out(reg) link,
            options(nomem, nostack, preserves_flags),
        );
    }
    Registers { instruction_pointer, stack_pointer, frame_pointer, link }
}

/// Copies words between two addresses.
///
/// # Safety
/// `count` words at `from` can be read, and as many at `to` can be written; the two do not overlap.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) unsafe fn copy_words(from: usize, to: usize, count: usize) {
    // SAFETY: as the caller says. The direction flag is clear, as the calling convention demands.
    unsafe {
        asm!(
            "rep movsq",
            inout("rsi") from => _,
            inout("rdi") to => _,
            inout("rcx") count => _,
            options(nostack, preserves_flags),
        );
    }
}

/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(crate) unsafe fn copy_words(from: usize, to: usize, count: usize) {
    // SAFETY: as the caller says.
    unsafe {
        asm!(
            "cbz {count}, 3f",
            "2:",
            "ldr {word}, [{from}], #8",
            "str {word}, [{to}], #8",
            "subs {count}, {count}, #1",
            "b.ne 2b",
            "3:",
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            count = inout(reg) count => _,
            word = out(reg) _,
            options(nostack),
        );
    }
}
