//! The one allocation of a job: state, waiters, closure and result together.
//!
//! # Invariants
//!
//! The `stage` of a task is accessed without a lock, by whoever the state word makes its only user:
//!
//! 1. From creation to the claim, nobody touches it. The claim (one compare-and-swap, so one winner)
//!    is by somebody who has the task from its creator, and so sees what that one wrote.
//! 2. From the claim to the publication, the claimer alone touches it.
//! 3. After the publication, which releases what the claimer wrote, the *result's owner* alone
//!    touches it: the future that was made with the task, or, once that is dropped, the one who finds
//!    the future detached (the claimer if the drop came before the publication, the drop itself if it
//!    came after; both are read-modify-writes of the state word, so exactly one of them).
//!
//! There is one future a task ([`Task::create`]), and it is not cloned; taking the result needs it by
//! value or by unique reference, so two takers cannot meet.

use std::any::Any;

use greenctx::Identity;
use greenstd::cell::UnsafeCell;
use greenstd::panics;
use greenstd::sync::Arc;

use super::Job;
use super::core::Core;
use super::state::Ending;
use crate::error::{PanicPayload, TaskError};

/// A job: `F` is what is to be called, `T` and `E` what comes of it.
pub(crate) struct Task<F, T, E> {
    core: Core,
    stage: UnsafeCell<Stage<F, T, E>>,
}

enum Stage<F, T, E> {
    Waiting(F),
    /// The closure is being called, or the result has been taken.
    Empty,
    Ended(Result<T, TaskError<E>>),
}

// SAFETY: the closure and the result move between threads, so they must be `Send`; they are never
// shared, by the invariants above, so they need not be `Sync`. The core is `Sync` by itself.
unsafe impl<F: Send, T: Send, E: Send> Sync for Task<F, T, E> {}

/// With the two reference counts and a closure and a result of a word each, a job takes the 120 bytes
/// that the usual allocators hand out fastest: from there on they merge free blocks and take locks.
#[cfg(not(any(green_loom, green_shuttle)))]
const _: () = assert!(size_of::<Task<u64, u64, std::convert::Infallible>>() + 16 <= 120);

impl<F, T, E> Task<F, T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    pub(crate) fn create(core: Core, run: F) -> Arc<Self> {
        Arc::new(Task { core, stage: UnsafeCell::new(Stage::Waiting(run)) })
    }

    /// The claimer takes the closure.
    fn take_closure(&self) -> F {
        self.stage.with_mut(|stage| {
            // SAFETY: our callers have claimed the task and not yet published it (invariant 2).
            match std::mem::replace(unsafe { &mut *stage }, Stage::Empty) {
                Stage::Waiting(run) => run,
                _ => unreachable!("a claimed task holds its closure until the claimer takes it"),
            }
        })
    }

    /// The claimer stores the result.
    fn store(&self, result: Result<T, TaskError<E>>) {
        self.stage.with_mut(|stage| {
            // SAFETY: as in `take_closure`.
            unsafe { *stage = Stage::Ended(result) };
        });
    }

    /// The result's owner takes the result.
    fn take_published(&self) -> Option<Result<T, TaskError<E>>> {
        self.stage.with_mut(|stage| {
            // SAFETY: our callers are the result's owner, after the publication (invariant 3).
            match std::mem::replace(unsafe { &mut *stage }, Stage::Empty) {
                Stage::Ended(result) => Some(result),
                _ => None,
            }
        })
    }
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    fn core(&self) -> &Core {
        &self.core
    }

    fn call(self: Arc<Self>) -> (Arc<dyn Job>, Ending) {
        let run = self.take_closure();
        let span = self.core.take_span();
        let call = || {
            let _in_span = span.enter();
            run()
        };
        let (identity, outcome) = greenctx::assume(self, || panics::contain(call));
        let identity: Arc<dyn Any + Send + Sync> = identity;
        let task = identity.downcast::<Self>().expect("the identity is the task that was assumed");
        let (result, ending) = match outcome {
            Ok(Ok(value)) => (Ok(value), Ending::Succeeded),
            Ok(Err(error)) => (Err(TaskError::Failed(error)), Ending::Failed),
            Err(payload) => {
                let core = &task.core;
                let payload = PanicPayload::new(payload, core.describe(), core.site());
                (Err(TaskError::Panicked(payload)), Ending::Panicked)
            }
        };
        task.store(result);
        (task, ending)
    }

    fn store_unrun(&self, error: TaskError<std::convert::Infallible>) -> Ending {
        let run = self.take_closure();
        let ending = error.ending();
        self.store(Err(error.widen()));
        // Foreign code; its panic has been reported by the panic hook.
        panics::dispose(run);
        ending
    }

    fn take_result(&self, into: &mut dyn Any) {
        let into = into.downcast_mut().expect("a future has its task's types");
        *into = self.take_published();
    }

    fn is_result_foreign(&self, ending: Ending) -> bool {
        match ending {
            Ending::Succeeded => std::mem::needs_drop::<T>(),
            Ending::Failed => std::mem::needs_drop::<E>(),
            Ending::Panicked => true,
            Ending::Cancelled | Ending::Abandoned => false,
        }
    }

    fn drop_result(&self) {
        if let Some(result) = self.take_published() {
            panics::dispose(result);
        }
    }
}

/// A task ends before the last who has it lets it go, and its result has an owner. Should that ever fail to
/// be so, what is left is dropped on whatever stack this is: its panic must not go on there.
impl<F, T, E> Drop for Task<F, T, E> {
    fn drop(&mut self) {
        self.stage.with_mut(|stage| {
            // SAFETY: nobody else has the task any more.
            match std::mem::replace(unsafe { &mut *stage }, Stage::Empty) {
                Stage::Empty => {}
                left => _ = panics::dispose(left),
            }
        });
    }
}

impl<F, T, E> Identity for Task<F, T, E>
where
    F: Send + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    fn id(&self) -> u64 {
        self.core.id()
    }

    fn write_name(&self, out: &mut dyn std::fmt::Write) -> std::fmt::Result {
        self.core.write_name(out)
    }

    fn is_cancelled(&self) -> bool {
        self.core.state.load().is_cancel_requested()
    }
}

impl<F, T, E> std::fmt::Debug for Task<F, T, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.core.fmt(f)
    }
}
