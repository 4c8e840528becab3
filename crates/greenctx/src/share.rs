//! The share of a turn: how threads that never have to wait let the others run.
//!
//! A green thread runs until it waits. One that receives from a channel which is never empty, reads from a
//! socket whose peer never pauses, or tries for a lock again and again, would keep its carrier for ever. So the
//! operations of our crates are counted: each takes one from a counter of the OS thread, which is filled
//! up whenever a thread is resumed. Who has used its share up gives way: the next operation, before it has
//! done anything, lets the others run, and looks whether it has been cancelled or its deadline has passed.
//!
//! Nobody gives way inside [`no_park`](crate::no_park), on the scheduler's stack or on a plain OS thread.

use greenstd::{thread, time};

use crate::carrier::Local;
use crate::context;
use crate::deadline::current_deadline;
use crate::interrupt::Interrupted;

/// Operations in one share.
pub(crate) const SHARE: u32 = 64;

/// So many shares are used up before a thread gives way although it knows of nobody who waits (the events of
/// sockets and work from outside are seen by the scheduler alone), or although a panic is under way on its
/// OS thread: in a panic hook, a sibling's panic would end the process.
pub(crate) const SHARES_AT_MOST: u32 = 16;

/// How a thread that has used its share up gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GiveWay {
    No,
    ToThoseThatWait,
    /// Nobody waits as far as the thread knows; but the scheduler has not looked around for long.
    ToWhomeverIsFound,
}

/// Counts an operation that may turn out not to have to wait; `true` if the share of the calling thread is
/// used up, and it is to [`give_way`] before it does the operation. For those who build what waits; it costs
/// two instructions.
#[inline(always)]
#[must_use = "if it is true, give_way() is due"]
pub fn count_operation() -> bool {
    context::count_operation()
}

/// Lets the other green threads of the carrier run, if there are any that wait, and begins a new share;
/// see [`count_operation`].
///
/// Where a thread cannot yield, inside [`no_park`](crate::no_park) and on plain OS threads, it does not.
///
/// # Errors
/// [`Interrupted`] if the green thread has been cancelled, or the [`deadline`](crate::deadline) of a scope
/// has passed, of a plain OS thread too. An operation that can say so says so, and has done nothing. Not
/// inside `no_park`, where nothing expects it.
///
/// # Blocking
/// Does not wait for anything; the green thread stays ready.
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
    match deadline {
        Some(deadline) if deadline <= time::now() => Err(Interrupted::timed_out()),
        _ => Ok(()),
    }
}
