//! Holds: how long a green thread keeps its carrier, seen from outside.
//!
//! A green thread that computes, or that blocks its OS thread, keeps all its siblings waiting, and no question in the
//! inbox is answered meanwhile. So a *watcher*, an OS thread of its own, looks at what the carrier shows without being
//! asked: [`CarrierHandle::progress`]. If that stands still while the carrier does not sleep, a green thread *holds* it.
//! Then the watcher sends the carrier's OS thread a signal. The handler copies the stack and says who runs
//! ([`CarrierHandle::capture`]). The watcher walks through the copy, which has the same form as that of a
//! [survey](crate::survey).
//!
//! A carrier pays one addition a switch for it, whether somebody watches or not.
//!
//! # Protocol: one capture
//!
//! The record lies in a slot of the carrier's. Watchers take turns by a lock; so one of them and the handler share it.
//!
//! | state | meaning | left by |
//! | --- | --- | --- |
//! | `IDLE` | nothing is wanted | a watcher, to `ASKED` |
//! | `ASKED` | the handler is to copy | the handler, to `COPYING`; the watcher that gives up, to `IDLE` |
//! | `COPYING` | the handler writes | the handler, to `DONE` |
//! | `DONE` | the record is good | a watcher, to `IDLE` |
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *capture-ask* | the watcher | `IDLE` to `ASKED`; then it sends the signal |
//! | *capture-claim* | the handler | `ASKED` to `COPYING`, by a compare-and-swap; it returns at once if that fails |
//! | *capture-publish* | the handler | `COPYING` to `DONE`: a release |
//! | *capture-take* | the watcher | sees `DONE`: an acquire; reads the record, and writes `IDLE` |
//! | *capture-give-up* | the watcher, late | `ASKED` to `IDLE`, by a compare-and-swap; if that fails, the handler is at work |
//!
//! *The record has one user at a time.* In `COPYING` it is the handler that has claimed it, in all other states the watcher
//! that has the lock. Two signals may come at once, and two handlers nest: one of them claims. *capture-claim* and
//! *capture-give-up* are read-modify-writes of one word, so one of them fails. A watcher whose *capture-give-up* fails
//! leaves the slot as it is, and the next one finds `COPYING` or `DONE`. *capture-claim* acquires what the watcher of
//! *capture-ask* had done with the record, and *capture-take* what the handler has written. (Named steps: `capture-claim-cas`, `capture-ask-release`, `capture-claim-acquire`, `capture-publish-release`,
//! `capture-take-acquire`.)
//!
//! *A stray signal does nothing*: the handler finds another state than `ASKED`. It looks at the slot of the carrier that
//! runs on its own OS thread, so a signal that was meant for another thread copies nothing of the wrong one.
//!
//! *A hold that has ended is not blamed.* The record says how many switches the carrier had counted. The watcher
//! compares that with what it has seen.
//!
//! The watcher's own sleep, while all carriers sleep, is in `doze.rs`.

mod capture;
mod doze;
mod os;

use std::fmt;
use std::time::Duration;

use greenstd::atomic::unwatched::Counter;
use greenstd::sync::{Mutex, OnceLock};
use greenstd::{thread, time};

pub use capture::Capture;
pub use doze::Doze;
pub(crate) use doze::Stirrer;
pub use os::{CaptureSignal, CaptureSignalError};

use crate::carrier::{CarrierHandle, Message};
use capture::Slot;

/// A watcher looks for the answer so often.
const LOOK: Duration = Duration::from_micros(200);

/// What a carrier has done so far, as it shows to everybody. While two looks are equal and the carrier does not
/// [sleep](CarrierHandle::is_asleep), nothing but one green thread has run, or the scheduler itself.
///
/// ```
/// use greenctx::{Carrier, Progress, yield_now};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let before: Progress = handle.progress();
///     assert_eq!(handle.progress(), before);
///     yield_now();
///     assert_ne!(handle.progress(), before);
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// How often it has switched to a green thread.
    pub switches: u64,
    /// How often it has gone to sleep.
    pub sleeps: u64,
    /// The id of the [`Identity`](crate::Identity) that runs, or ran last. One that runs several jobs without a switch
    /// makes progress by it.
    pub running: Option<u64>,
}

/// What watchers need of a carrier.
#[derive(Default)]
pub(crate) struct Watched {
    /// The number of the OS thread, 0 while there is none.
    os_thread: Counter,
    /// Whether the carrier stirs a watcher that dozes.
    is_stirring: Counter,
    slot: OnceLock<Slot>,
    /// Held by the watcher that captures.
    turn: Mutex<()>,
}

impl CarrierHandle {
    /// What the carrier has done so far. It is not asked: this is a look at counters.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(|| ())?;
    /// assert_eq!(handle.progress().switches, 1); // to main
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn progress(&self) -> Progress {
        let counters = self.counters();
        Progress {
            switches: counters.switches(),
            sleeps: counters.sleeps(),
            running: counters.running(),
        }
    }

    /// Whether the carrier has nothing to do at this moment, and nobody has woken it yet.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// assert!(!carrier.run(move || handle.is_asleep())?);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn is_asleep(&self) -> bool {
        self.shared().is_asleep()
    }

    /// The number of the carrier's OS thread, as the kernel has it. `None` before it runs, and after it has ended.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// assert_eq!(handle.os_thread(), None);
    /// let number = carrier.run(move || handle.os_thread())?;
    /// println!("see /proc/self/task/{}", number.expect("it runs"));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn os_thread(&self) -> Option<u32> {
        u32::try_from(self.watched().os_thread.get()).ok().filter(|number| *number != 0)
    }

    /// How long the carrier's OS thread has used a CPU. `None` while there is no such thread.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// assert!(carrier.run(move || handle.cpu_time())?.is_some());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn cpu_time(&self) -> Option<Duration> {
        os::cpu_time(self.os_thread()?)
    }

    /// What the carrier's OS thread executes at this moment, with its stack. The thread is interrupted by `signal` for
    /// some microseconds, wherever it is.
    ///
    /// `None` if there is no answer `within` that time. That is so before the carrier runs, after it has ended, while its
    /// OS thread gets no CPU, and while the kernel does not let it be interrupted. A carrier that captures itself gets an
    /// answer.
    ///
    /// The interrupted thread goes on as if nothing had been. There is one exception: a few system calls, such as
    /// `nanosleep` and `epoll_wait`, return `EINTR` though the handler asks for a restart. `std` calls these again.
    ///
    /// ```
    /// use greenctx::{Capture, CaptureSignal, Carrier};
    /// use std::time::Duration;
    ///
    /// let signal = CaptureSignal::urgent()?;
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// let capture: Option<Capture> =
    ///     carrier.run(move || handle.capture(signal, Duration::from_secs(60)))?;
    /// let capture = capture.expect("it is there");
    /// assert_eq!(capture.name.as_deref(), Some("main"));
    /// assert!(capture.stack().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Blocks the OS thread until the answer is there, for `within` at most.
    pub fn capture(&self, signal: CaptureSignal, within: Duration) -> Option<Capture> {
        let watched = self.watched();
        let until = time::after(within);
        let _turn = watched.turn.lock();
        let thread = self.os_thread()?;
        let slot = watched.slot.get_or_init(Slot::new);
        // capture-ask
        if !slot.ask() {
            return None;
        }
        signal.send(thread);
        loop {
            // capture-take
            if let Some(capture) = slot.take() {
                return Some(capture);
            }
            // capture-give-up. The answer may have come with the last moment.
            if time::has_passed(until) {
                return if slot.give_up() { None } else { slot.take() };
            }
            thread::sleep(LOOK);
        }
    }

    /// From now on, the carrier ends a sleep of `doze` when it wakes up. A carrier has one such watcher: a second one
    /// takes the place of the first.
    ///
    /// ```
    /// use greenctx::{Carrier, Doze};
    ///
    /// let doze = Doze::new();
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// handle.stir(&doze);
    /// carrier.run(|| ())?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn stir(&self, doze: &Doze) {
        self.shared().send(Message::Stir(doze.stirrer()));
    }

    /// Whether the carrier sleeps, and will [stir](Self::stir) its watcher when it wakes up.
    ///
    /// ```
    /// use greenctx::{Carrier, Doze};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// handle.stir(&Doze::new());
    /// assert!(!carrier.run(move || handle.will_stir())?); // it is awake
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn will_stir(&self) -> bool {
        self.is_asleep() && self.watched().is_stirring.get() != 0
    }

    fn watched(&self) -> &Watched {
        self.shared().watched()
    }
}

impl Watched {
    /// Carrier: the OS thread is the caller's, until the guard is dropped.
    pub(crate) fn enter(&self) -> OnThread<'_> {
        self.os_thread.set(u64::from(os::own_number()));
        OnThread(self)
    }

    /// Carrier: it has a stirrer.
    pub(crate) fn set_stirring(&self) {
        self.is_stirring.set(1);
    }

    /// The handler: where it may have to copy to.
    fn slot(&self) -> Option<&Slot> {
        self.slot.get()
    }
}

/// While it lives, the carrier has an OS thread.
pub(crate) struct OnThread<'a>(&'a Watched);

impl Drop for OnThread<'_> {
    fn drop(&mut self) {
        self.0.os_thread.set(0);
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("os_thread", &self.os_thread.get()).finish_non_exhaustive()
    }
}

#[cfg(all(test, green_loom))]
pub(crate) mod model {
    //! What the models need of this module.
    pub(crate) use super::capture::Slot;
}
