//! Waiting: the primitive on which all else is built.

use std::panic::Location;
use std::time::Duration;

use greenstd::time::{self, Instant};

pub use greenstd::thread::Wake;

use crate::carrier::Local;
use crate::context;
use crate::deadline::current_deadline;
use crate::interrupt::Interrupted;
use crate::limit::Limit;
use crate::thread::os_thread;
use crate::waiting::{Waiting, waiting};

/// Waits until somebody grants the calling thread's permit by [`Thread::unpark`], and takes the permit.
///
/// If a permit is there already, the call takes it and returns at once. It may also return for no reason,
/// so check what you wait for, in a loop. All waits of a thread share one permit: a join or a future may
/// use up a permit that was meant for you. So check before you park too, and not only after.
///
/// ```
/// use greenctx::{current, park, spawn};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// let ready = Arc::new(AtomicBool::new(false));
/// let helper = spawn({
///     let (ready, waiter) = (ready.clone(), current());
///     move || {
///         ready.store(true, Ordering::Release);
///         waiter.unpark();
///     }
/// });
/// while !ready.load(Ordering::Acquire) {
///     park()?;
/// }
/// helper.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Interrupted`] if the green thread has been cancelled (a plain OS thread never is), or if a
/// [deadline](crate::with_timeout) around the call passes before a permit comes.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Parks the green thread: its carrier runs other green threads. Blocks a plain OS thread.
///
/// [`Thread::unpark`]: crate::Thread::unpark
#[doc(alias = "wait")]
#[doc(alias = "await")]
#[doc(alias = "suspend")]
#[inline(always)]
pub fn park() -> Result<(), Interrupted> {
    match context::current() {
        Some(control) => control.park(None).map(|_| ()),
        None => park_os_thread(None).map(|_| ()),
    }
}

/// As [`park`], for at most `timeout`. Take [`park_deadline`] in a loop: there the time that has passed
/// already does not count again.
///
/// ```
/// use greenctx::{Wake, current, park_timeout};
/// use std::time::Duration;
///
/// assert_eq!(park_timeout(Duration::from_millis(1))?, Wake::TimedOut);
/// current().unpark(); // a permit that is there already ends the wait at once
/// assert_eq!(park_timeout(Duration::from_secs(3600))?, Wake::Unparked);
/// # Ok::<(), greenctx::Interrupted>(())
/// ```
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
    park_deadline(time::after(timeout))
}

/// As [`park`], until `deadline` at the latest. `None` is no limit.
///
/// ```
/// use greenctx::{Wake, park_deadline};
/// use std::time::{Duration, Instant};
///
/// let is_done = || false; // nobody will do it
/// let deadline = Instant::now() + Duration::from_millis(2);
/// while !is_done() {
///     if park_deadline(deadline)? == Wake::TimedOut {
///         break;
///     }
/// }
/// assert!(Instant::now() >= deadline);
/// # Ok::<(), greenctx::Interrupted>(())
/// ```
///
/// # Errors
/// As [`park`].
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// As [`park`].
#[doc(alias = "park_until")]
#[inline]
pub fn park_deadline(deadline: impl Into<Option<Instant>>) -> Result<Wake, Interrupted> {
    let deadline = deadline.into();
    match context::current() {
        Some(control) => control.park(deadline),
        None => park_os_thread(deadline),
    }
}

fn park_os_thread(deadline: Option<Instant>) -> Result<Wake, Interrupted> {
    let limit = Limit::new(deadline, current_deadline());
    match os_thread(|thread| thread.blocker().park_deadline(limit.earliest())) {
        Wake::TimedOut => limit.end_wait(),
        Wake::Unparked => Ok(Wake::Unparked),
    }
}

/// Waits for at least `duration`. A permit that comes meanwhile is kept for the next [`park`].
///
/// ```
/// use greenctx::{Carrier, sleep, spawn};
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// Carrier::new()?.run(|| {
///     for _ in 0..100 {
///         // A hundred sleeps side by side take as long as one.
///         spawn(|| sleep(Duration::from_millis(2)));
///     }
/// })?;
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Errors
/// [`Interrupted`] before the time is over, if the green thread has been cancelled or a
/// [deadline](crate::with_timeout) around the call has passed.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[track_caller]
pub fn sleep(duration: Duration) -> Result<(), Interrupted> {
    match time::after(duration) {
        Some(deadline) => sleep_until(deadline),
        None => {
            let what = Waiting::on("sleep").at(Location::caller());
            loop {
                waiting(&what, park)?;
            }
        }
    }
}

/// Waits until `deadline`. A permit that comes meanwhile is kept for the next [`park`].
///
/// For work at a fixed rate take this and not [`sleep`](crate::sleep): the time that the work itself takes
/// then does not add up.
///
/// ```
/// use greenctx::sleep_until;
/// use std::time::{Duration, Instant};
///
/// let mut tick = Instant::now();
/// for _ in 0..3 {
///     tick += Duration::from_millis(1);
///     sleep_until(tick)?;
///     assert!(Instant::now() >= tick);
/// }
/// # Ok::<(), greenctx::Interrupted>(())
/// ```
///
/// # Errors
/// [`Interrupted`] before that moment, if the green thread has been cancelled or a
/// [deadline](crate::with_timeout) around the call has passed.
///
/// # Panics
/// Inside [`no_park`].
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "interval")]
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Result<(), Interrupted> {
    let what = Waiting::on("sleep").at(Location::caller());
    let mut permits = 0;
    let ended = loop {
        match waiting(&what, || park_deadline(deadline)) {
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

/// Lets the other threads run: those that are ready on the same carrier. A plain OS thread lets the
/// operating system choose.
///
/// ```
/// use greenctx::{Carrier, spawn_local, yield_now};
/// use std::{cell::RefCell, rc::Rc};
///
/// let order = Carrier::new()?.run(|| {
///     let order = Rc::new(RefCell::new(Vec::new()));
///     let theirs = order.clone();
///     spawn_local(move || theirs.borrow_mut().push("sibling"));
///     yield_now();
///     order.borrow_mut().push("main");
///     order.take()
/// })?;
/// assert_eq!(order, ["sibling", "main"]);
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Panics
/// Inside [`no_park`], on a green thread.
///
/// # Blocking
/// Waits for nothing: the green thread stays ready to run.
#[doc(alias = "sched_yield")]
#[inline(always)]
pub fn yield_now() {
    match context::current() {
        Some(control) => control.yield_now(),
        None => greenstd::thread::yield_now(),
    }
}

/// Whether another green thread of this carrier is ready to run, or has a wake-up or a timer that is due.
///
/// For long computations: they call [`yield_now`] only when somebody gains by it. Always `false` on a
/// plain OS thread.
///
/// ```
/// use greenctx::{Carrier, is_anybody_waiting, spawn, yield_now};
///
/// Carrier::new()?.run(|| {
///     assert!(!is_anybody_waiting());
///     spawn(|| ());
///     assert!(is_anybody_waiting());
///     yield_now(); // the other one runs, and ends
///     assert!(!is_anybody_waiting());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[inline]
pub fn is_anybody_waiting() -> bool {
    Local::try_with(Local::is_anybody_waiting).unwrap_or(false)
}

/// Runs `critical` and turns every park or yield in it into a panic.
///
/// For code that holds what a sibling on the same OS thread must not meet half done: a scoped
/// thread-local that is set, a `std` mutex, a borrowed thread-local. Calls nest. On a plain OS thread
/// `critical` is just called.
///
/// ```
/// use greenctx::{Carrier, no_park, park};
/// use std::panic::catch_unwind;
///
/// Carrier::new()?.run(|| {
///     assert_eq!(no_park(|| 6 * 7), 42);
///     assert!(catch_unwind(|| no_park(park)).is_err());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Panics
/// With the panic of `critical`.
#[doc(alias = "critical_section")]
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

/// Whether the caller is inside [`no_park`].
///
/// For code that runs other people's code on the caller's stack: that code may want to park. Always
/// `false` on a plain OS thread.
///
/// ```
/// use greenctx::{Carrier, is_parking_forbidden, no_park};
///
/// Carrier::new()?.run(|| {
///     assert!(!is_parking_forbidden());
///     assert!(no_park(is_parking_forbidden));
/// })?;
/// assert!(!no_park(is_parking_forbidden)); // a plain OS thread may always block
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[inline]
pub fn is_parking_forbidden() -> bool {
    context::current().is_some_and(|control| control.watch.is_parking_forbidden())
}

/// Panics as a park inside [`no_park`] does.
///
/// For code that would have to wait, and has asked [`is_parking_forbidden`] before, because there was something to
/// undo first.
///
/// ```
/// use greenctx::{Carrier, is_parking_forbidden, no_park, refuse_to_park};
///
/// let refused = Carrier::new()?.run(|| {
///     std::panic::catch_unwind(|| {
///         no_park(|| {
///             if is_parking_forbidden() {
///                 // Undo what was begun, and then:
///                 refuse_to_park();
///             }
///         })
///     })
/// })?;
/// assert!(refused.is_err());
/// # Ok::<(), greenctx::StackError>(())
/// ```
///
/// # Panics
/// Always.
#[cold]
#[inline(never)]
pub fn refuse_to_park() -> ! {
    panic!("a green thread tried to park or yield inside no_park()")
}

/// How many bytes of the green thread's stack are left below the caller. `None` on a plain OS thread,
/// whose limits are not ours to know.
///
/// For recursion of unknown depth, which can stop with an error instead of overflowing:
///
/// ```
/// use greenctx::{Carrier, stack_left};
///
/// fn sum(numbers: &[u64]) -> Option<u64> {
///     if stack_left().is_some_and(|bytes| bytes < 16 * 1024) {
///         return None; // too deep: stop here
///     }
///     match numbers {
///         [] => Some(0),
///         [first, others @ ..] => Some(first + sum(others)?),
///     }
/// }
///
/// assert_eq!(Carrier::new()?.run(|| sum(&[1, 2, 3]))?, Some(6));
/// assert_eq!(stack_left(), None);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[inline]
pub fn stack_left() -> Option<usize> {
    context::current().map(context::Control::stack_left)
}

/// The size of the green thread's stack, in bytes and without its guard. `None` on a plain OS thread.
///
/// [`stack_left`] begins a kilobyte or so below this number and counts down.
///
/// ```
/// use greenctx::{Carrier, DEFAULT_STACK_BYTES, stack_left, stack_size};
///
/// Carrier::new()?.run(|| {
///     assert_eq!(stack_size(), Some(DEFAULT_STACK_BYTES));
///     assert!(stack_left() < stack_size());
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[inline]
pub fn stack_size() -> Option<usize> {
    context::current().map(|control| control.bounds.bytes)
}
