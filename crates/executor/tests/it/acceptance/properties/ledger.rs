//! The books of a history: every submission is entered, and every end.

use std::collections::HashMap;

use executor::{ExecutorStatistics, GreenFuture, Refusal, TaskHandle, TaskOutcome, TaskState};
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::{Arc, Mutex};

use crate::acceptance::support::{Drops, Token};

#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Books>);

#[derive(Default)]
struct Books {
    /// Closures, results and callbacks, alive and dropped.
    drops: Drops,
    accepted: Mutex<Vec<Account>>,
    /// Those of which a canceller was told that they never run.
    cancelled: Mutex<Vec<TaskHandle>>,
    refused: Mutex<HashMap<Refusal, u64>>,
    /// Bodies that were entered.
    started: AtomicU64,
}

/// One accepted job.
struct Account {
    handle: TaskHandle,
    called_back: Arc<Mutex<Vec<TaskOutcome>>>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// To be held by whatever must not outlive the history.
    pub(super) fn token(&self) -> Token {
        self.0.drops.token()
    }

    /// A job's body has been entered.
    pub(super) fn started(&self) {
        self.0.started.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn accepted<T: Send + 'static, E: Send + 'static>(
        &self,
        future: &GreenFuture<T, E>,
    ) {
        let called_back = Arc::<Mutex<Vec<TaskOutcome>>>::default();
        let (calls, token) = (called_back.clone(), self.token());
        let record = move |handle: &TaskHandle| {
            token.keep();
            calls.lock().push(handle.outcome().expect("it has ended"));
        };
        // One that adds another.
        let adder = record.clone();
        future.add_done_callback(move |handle| {
            adder(handle);
            handle.add_done_callback(record);
        });
        self.0.accepted.lock().push(Account { handle: future.handle(), called_back });
    }

    pub(super) fn refused(&self, reason: Refusal) {
        *self.0.refused.lock().entry(reason).or_default() += 1;
    }

    /// Cancels one of those accepted, counted round.
    pub(super) fn cancel(&self, which: usize) {
        let picked = {
            let accepted = self.0.accepted.lock();
            which.checked_rem(accepted.len()).map(|which| accepted[which].handle.clone())
        };
        if let Some(handle) = picked.filter(TaskHandle::cancel) {
            self.0.cancelled.lock().push(handle);
        }
    }

    /// The executor has ended: do the books balance?
    pub(super) fn audit(&self, statistics: &ExecutorStatistics) {
        let accepted = std::mem::take(&mut *self.0.accepted.lock());
        let mut outcomes: HashMap<TaskOutcome, u64> = HashMap::new();
        for Account { handle, called_back } in &accepted {
            let outcome = handle.outcome().unwrap_or_else(|| panic!("{handle:?} has not ended"));
            assert!(handle.is_done() && !handle.is_running());
            assert_eq!(handle.state() == TaskState::Cancelled, outcome == TaskOutcome::Cancelled);
            assert_eq!(*called_back.lock(), [outcome; 2], "{handle:?}");
            *outcomes.entry(outcome).or_default() += 1;
        }
        for handle in std::mem::take(&mut *self.0.cancelled.lock()) {
            assert_eq!(handle.outcome(), Some(TaskOutcome::Cancelled), "{handle:?}");
        }
        let of = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
        assert_eq!(statistics.submitted(), accepted.len() as u64);
        assert_eq!(statistics.succeeded(), of(TaskOutcome::Succeeded));
        assert_eq!(statistics.failed(), of(TaskOutcome::Failed));
        assert_eq!(statistics.panicked(), of(TaskOutcome::Panicked));
        assert_eq!(statistics.cancelled(), of(TaskOutcome::Cancelled));
        assert_eq!((statistics.abandoned(), statistics.callback_panics()), (0, 0));
        assert_eq!((statistics.queued(), statistics.running()), (0, 0));
        assert_eq!((statistics.parked(), statistics.workers()), (0, 0));
        assert_eq!(statistics.executed(), self.0.started.load(Ordering::SeqCst));
        let refused = self.0.refused.lock();
        let rejected = refused.get(&Refusal::Rejected).copied().unwrap_or(0);
        assert_eq!(statistics.rejected(), rejected);
        assert_eq!(self.0.drops.alive(), 0, "closures, results, callbacks");
    }
}
