//! Waiting: the primitive that everything else is made of.

use std::time::Duration;

use greenstd::time::{self, Instant};

pub use greenstd::thread::Wake;

use crate::carrier::Local;
use crate::context;
use crate::deadline::{Limit, current_deadline};
use crate::interrupt::Interrupted;
use crate::thread::os_thread;

/// Waits until somebody grants the calling thread's permit by [`Thread::unpark`], and takes it.
///
/// If a permit is there already it is taken and the call returns at once. May return for no reason:
/// check what you wait for, in a loop. Everything that waits on this thread does so by the one permit:
/// a join or a future may use one up that was meant for you. So look before you park, not after only.
///
/// # Errors
/// [`Interrupted`] if the green thread has been cancelled (a plain OS thread never is), or if a
/// [`deadline`](crate::deadline) around the call passes before a permit comes.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Parks the green thread: its carrier runs others meanwhile. Blocks a plain OS thread.
///
/// [`Thread::unpark`]: crate::Thread::unpark
#[inline(always)]
pub fn park() -> Result<(), Interrupted> {
    match context::current() {
        Some(control) => control.park(None).map(|_| ()),
        None => park_os_thread(None).map(|_| ()),
    }
}

/// As [`park`], for at most `timeout`.
///
/// # Errors
/// As [`park`].
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// As [`park`].
pub fn park_timeout(timeout: Duration) -> Result<Wake, Interrupted> {
    match time::now().checked_add(timeout) {
        Some(deadline) => park_until(deadline),
        // Beyond the clock's range: for ever.
        None => park().map(|()| Wake::Unparked),
    }
}

/// As [`park`], until `deadline` at the latest.
///
/// # Errors
/// As [`park`].
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// As [`park`].
#[inline]
pub fn park_until(deadline: Instant) -> Result<Wake, Interrupted> {
    match context::current() {
        Some(control) => control.park(Some(deadline)),
        None => park_os_thread(Some(deadline)),
    }
}

fn park_os_thread(deadline: Option<Instant>) -> Result<Wake, Interrupted> {
    let limit = Limit::new(deadline, current_deadline());
    match os_thread(|thread| thread.blocker().park_deadline(limit.earliest())) {
        Wake::TimedOut if limit.is_of_scope() => Err(Interrupted::timed_out()),
        wake => Ok(wake),
    }
}

/// Waits for at least `duration`. A permit that comes meanwhile is kept for the next [`park`].
///
/// # Errors
/// [`Interrupted`], before the time is over, if the green thread has been cancelled or a
/// [`deadline`](crate::deadline) around the call has passed.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
pub fn sleep(duration: Duration) -> Result<(), Interrupted> {
    match time::now().checked_add(duration) {
        Some(deadline) => sleep_until(deadline),
        None => loop {
            park()?;
        },
    }
}

/// Waits until `deadline`. A permit that comes meanwhile is kept for the next [`park`].
///
/// # Errors
/// [`Interrupted`], before that, if the green thread has been cancelled or a
/// [`deadline`](crate::deadline) around the call has passed.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
pub fn sleep_until(deadline: Instant) -> Result<(), Interrupted> {
    let mut permits = 0;
    let ended = loop {
        match park_until(deadline) {
            Ok(Wake::Unparked) if time::now() < deadline => permits += 1,
            Ok(Wake::Unparked) => {
                permits += 1;
                break Ok(());
            }
            Ok(Wake::TimedOut) => break Ok(()),
            Err(interrupted) => break Err(interrupted),
        }
    };
    if permits > 0 {
        crate::current().unpark();
    }
    ended
}

/// Lets the other threads run: those that are ready on the same carrier, or whatever the operating
/// system chooses for a plain OS thread.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Does not wait for anything; the green thread stays ready.
#[inline(always)]
pub fn yield_now() {
    match context::current() {
        Some(control) => control.yield_now(),
        None => greenstd::thread::yield_now(),
    }
}

/// Whether another green thread of this carrier is ready to run, or has a wake-up or a timer waiting:
/// for long computations that want to [`yield_now`] when it helps somebody. Always `false` on a plain
/// OS thread.
pub fn is_anybody_waiting() -> bool {
    Local::try_with(Local::is_anybody_waiting).unwrap_or(false)
}

/// Runs `critical` in the certainty that it does not park: a park or yield inside it panics instead.
///
/// For code that holds what a sibling on the same OS thread must not meet half done: a scoped
/// thread-local that is set, a `std` mutex, a borrowed thread-local. Nests. On a plain OS thread
/// `critical` is just called.
///
/// # Panics
/// With the panic of `critical`.
pub fn no_park<R>(critical: impl FnOnce() -> R) -> R {
    let Some(control) = context::current() else {
        return critical();
    };
    struct Allow<'a>(&'a context::Control);
    impl Drop for Allow<'_> {
        fn drop(&mut self) {
            self.0.watch.allow_parking();
        }
    }
    control.watch.forbid_parking();
    let _allow = Allow(control);
    critical()
}

/// Whether the caller is inside [`no_park`]: for code that would run other people's code on the
/// caller's stack, which may want to park. Always `false` on a plain OS thread.
#[inline]
pub fn is_parking_forbidden() -> bool {
    context::current().is_some_and(|control| control.watch.is_parking_forbidden())
}

/// How many bytes of the green thread's stack are left below the caller; `None` on a plain OS
/// thread, whose limits are not ours to know.
#[inline]
pub fn stack_left() -> Option<usize> {
    context::current().map(context::Control::stack_left)
}

/// How large the green thread's stack is, in bytes and without its guard: what [`stack_left`] counts
/// down from, but for a kilobyte or so. `None` on a plain OS thread.
#[inline]
pub fn stack_size() -> Option<usize> {
    context::current().map(|control| control.bounds.bytes)
}
