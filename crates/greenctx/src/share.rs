//! The share of a turn: how threads that never have to wait let the others run.
//!
//! A green thread runs until it waits. Some never have to: one receives from a channel that is never empty,
//! one reads from a socket whose peer never pauses, one tries for a lock again and again. Such a thread would
//! keep its carrier for ever. So the operations of our crates are counted. Each takes one from a counter of
//! the OS thread, which is filled up whenever a thread is resumed.
//!
//! A thread that has used its share up gives way. Its next operation, before it has done anything, lets the
//! others run. Then it looks whether the thread has been cancelled or its deadline has passed.
//!
//! No thread gives way inside [`no_park`](crate::no_park), on the scheduler's stack or on a plain OS thread.

use greenstd::{thread, time};

use crate::carrier::Local;
use crate::context;
use crate::deadline::current_deadline;
use crate::interrupt::Interrupted;

/// Operations in one share.
pub(crate) const SHARE: u32 = 64;

/// After so many shares a thread gives way in any case.
///
/// It may know of no other that is ready: the scheduler alone sees events of sockets and work from outside.
/// Or a panic is under way on its OS thread: then it had better not yield, because in a panic hook a sibling's
/// panic would end the process.
pub(crate) const SHARES_AT_MOST: u32 = 16;

/// How a thread that has used its share up gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GiveWay {
    /// Go on: there is no reason to give way.
    No,
    /// Yield: others are ready.
    ToThoseThatWait,
    /// Nobody waits as far as the thread knows; but the scheduler has not looked around for long.
    ToWhomeverIsFound,
}

/// Counts an operation that may not have to wait. `true` if the share of the calling thread is used up: then
/// call [`give_way`] before the operation.
///
/// For code that builds something to wait for: a channel, a lock, a queue. It costs two instructions.
///
/// ```
/// use greenctx::{Interrupted, count_operation, give_way};
/// use std::cell::RefCell;
///
/// /// Takes a number, and lets the other threads run now and then.
/// fn take(queue: &RefCell<Vec<u32>>) -> Result<Option<u32>, Interrupted> {
///     if count_operation() {
///         give_way()?;
///     }
///     Ok(queue.borrow_mut().pop())
/// }
///
/// let queue = RefCell::new(vec![1, 2]);
/// assert_eq!(take(&queue)?, Some(2));
/// # Ok::<(), Interrupted>(())
/// ```
#[doc(alias = "coop")]
#[doc(alias = "budget")]
#[inline(always)]
#[must_use = "if it is true, give_way() is due"]
pub fn count_operation() -> bool {
    context::count_operation()
}

/// Lets the other green threads of the carrier run, if any wait for it, and begins a new share; see
/// [`count_operation`].
///
/// Inside [`no_park`](crate::no_park) and on plain OS threads, where a thread cannot yield, it does not.
///
/// ```
/// use greenctx::{Carrier, give_way, spawn};
///
/// Carrier::new()?.run(|| {
///     let sibling = spawn(|| ());
///     give_way()?;
///     assert!(sibling.is_finished()); // it has run meanwhile
///     Ok::<_, greenctx::Interrupted>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Interrupted`] if the green thread has been cancelled, or if a [deadline](crate::with_timeout) around the
/// call has passed; that also on a plain OS thread. An operation that can report it does so, and has done
/// nothing. Inside `no_park`, where nothing expects an error, there is none.
///
/// # Blocking
/// Waits for nothing: the green thread stays ready to run.
#[doc(alias = "consume_budget")]
#[cold]
#[inline(never)]
pub fn give_way() -> Result<(), Interrupted> {
    context::fill_share();
    let deadline = match context::current() {
        Some(control) if control.watch.is_parking_forbidden() => None,
        Some(control) => {
            let is_panicking = thread::panicking();
            match Local::with(|local| local.end_of_share(is_panicking)) {
                GiveWay::No => {}
                GiveWay::ToThoseThatWait => control.yield_now(),
                GiveWay::ToWhomeverIsFound => control.yield_deferred(),
            }
            control.scope_deadline()?
        }
        // On the scheduler's stack it is nobody's operation.
        None if Local::try_with(|_| ()).is_some() => None,
        None => current_deadline(),
    };
    match time::has_passed(deadline) {
        true => Err(Interrupted::timed_out()),
        false => Ok(()),
    }
}
