//! Tasks: a job from its submission to its end.
//!
//! # Who holds a task
//!
//! | handle | holds it as | may |
//! | --- | --- | --- |
//! | the backlog | [`QueueRef`] | claim it and run it; drop it once it is claimed elsewhere |
//! | a worker, while it runs | [`QueueRef`] | end it |
//! | [`GreenFuture`](crate::GreenFuture) | [`FutureRef`] | wait, cancel, take the result |
//! | [`TaskHandle`](crate::TaskHandle) | [`Job`] | wait, cancel |
//!
//! All point to the one allocation of `cell.rs`, and are counted there (`job.rs`, `pair.rs`). The state word (`state.rs`) says which of them may
//! touch the closure and the result.
//!
//! # Protocol: which thread ends a task
//!
//! A delayed task becomes a queued one when it is due, by one compare-and-swap (`task-due-cas`). Before that it is
//! claimed only to be ended unrun, by the same. See `timekeeper/mod.rs`, which then stands for the backlog below.
//!
//! A queued task is claimed by one compare-and-swap. The claimer is the worker that took it from the backlog, a
//! green thread that waits for it and runs it on the spot, a canceller, or an abandoner. The claimer, and nobody
//! else, goes through the steps of `end.rs`, in this order:
//!
//! 1. the result is stored;
//! 2. the statistics count it, so that `result()` never returns before it is counted;
//! 3. if there is no callback, the room in the backlog is given back: whoever then sees the task
//!    ended can submit another;
//! 4. the end is published (a release; the waiters' acquire);
//! 5. the callbacks are called in the order of their adding, and their panics caught (whoever adds one after 4
//!    calls it, unless another thread is calling: then that one does);
//! 6. if there were callbacks, the room is given back now;
//! 7. the waiters are woken;
//! 8. the result is dropped, if the future is gone.
//!
//! (A callback that is added between 3 and 4 is called when the room has been given back. Nothing else was
//! promised for one that comes so late.) Foreign code runs in 5 and 8, and at the claim of a canceller or
//! abandoner, which drops the closure. It runs as the task, but never cancelled, and with green-locals of its own
//! (`ended_identity.rs`).
//!
//! *Every task ends exactly once:* the claim has one winner, and each kind of claimer ends the task on all its
//! paths (a worker catches what the job throws). *Every waiter is woken:* see [`Core::wake_when_ended`].
//!
//! Named steps: `task-claim-cas`, `task-count-first` for step 2, `task-room-first` for step 3,
//! `task-publish-release`, `task-read-acquire`, `task-announce-acquire`, `task-detach-acquire`,
//! `task-waiter-recheck`, `task-callback-recheck`. Those of the references are in `job.rs` and `pair.rs`, that of the
//! list of waiters is in `rare.rs`.

mod cell;
mod core;
mod end;
mod ended_identity;
mod hearers;
mod job;
mod kind;
mod pair;
mod rare;
pub(crate) mod room;
mod running;
mod state;
mod stopped;
mod waiters;

pub(crate) use cell::{ResultRef, Slot, Task, has_room_in_frame, take_result};
pub(crate) use core::{Core, Entry, Extras, Label, Polled};
pub(crate) use end::{abandon, call_back, cancel, end_by, run_awaited, run_claimed, run_queued};
pub(crate) use ended_identity::current_job;
pub(crate) use hearers::Hearer;
pub(crate) use job::Job;
pub use kind::{Fallible, Plain};
pub(crate) use kind::{Kind, PlainAmong};
pub(crate) use pair::{FutureRef, QueueRef};
pub(crate) use running::visit;
pub(crate) use state::{Ending, Place};
pub(crate) use stopped::says_so;
