//! Whoever waits for tasks: a worker of their executor, another green thread, a plain OS thread.

use std::task::Waker;

use greenctx::{Waiting, Wake, park_deadline, waiting};
use greenstd::step;
use greenstd::time::Instant;

use crate::error::WaitError;
use crate::waiting::stall::Blocked;

pub(crate) struct Waiter {
    blocked: Option<Blocked>,
    waker: Waker,
}

impl Waiter {
    /// The caller. If it is a worker of executor `pool`, it is in that executor's way.
    pub(crate) fn for_tasks_of(pool: u64) -> Self {
        match Blocked::if_worker_of(pool) {
            Some(blocked) => Self::counted(blocked),
            None => Self::uncounted(),
        }
    }

    /// The caller, which is `blocked`.
    pub(crate) fn counted(blocked: Blocked) -> Self {
        Waiter { waker: blocked.waker(), blocked: Some(blocked) }
    }

    /// The caller, whoever it is, is in nobody's way.
    pub(crate) fn uncounted() -> Self {
        Waiter { blocked: None, waker: greenctx::current().into() }
    }

    /// To be entered with the tasks before the wait.
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Waits until `look` finds what is waited for, or `deadline`. Reports say meanwhile that the caller waits for
    /// `what`.
    pub(crate) fn wait<R>(
        &self,
        what: Waiting,
        deadline: Option<Instant>,
        mut look: impl FnMut() -> Option<R>,
    ) -> Result<R, WaitError> {
        loop {
            if let Some(found) = self.note_and_look(&mut look) {
                return Ok(found);
            }
            if self.blocked.as_ref().is_some_and(|blocked| !blocked.count()) {
                continue;
            }
            let error = match waiting(&what, || park_deadline(deadline)) {
                Ok(Wake::Unparked) => continue,
                Ok(Wake::TimedOut) => WaitError::TimedOut,
                Err(interrupted) => interrupted.into(),
            };
            return look().ok_or(error);
        }
    }

    /// *blocked-note* and *blocked-look* of `stall.rs`.
    fn note_and_look<R>(&self, look: impl FnOnce() -> Option<R>) -> Option<R> {
        // blocked-note, then blocked-look (`blocked-note-first`): an end after the look changes the note.
        let (_, found) = step::BLOCKED_NOTE_FIRST
            .in_order(|| self.blocked.as_ref().inspect(|blocked| blocked.note_look()), look);
        found
    }
}
