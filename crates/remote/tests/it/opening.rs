//! Opening queues: one opens, and all that want the same queue meanwhile wait for it.

use std::fmt;

use executor::sync::Event;
use executor::{GreenThreadPoolExecutor, TaskHandle};
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::Arc;
use remote::engine::{Engine, EngineError, EngineQueue, InProcess, QueueOptions};
use remote::{Queue, Refused, Remote};

use crate::support::square;

const SUBMITTERS: u64 = 50;

/// An engine that takes its time to open a queue.
struct Slow {
    engine: InProcess,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    opened: AtomicU64,
    /// The openings end.
    go: Event,
    /// How many openings fail.
    failures: AtomicU64,
}

impl Engine for Slow {
    fn open(
        &self,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<Arc<dyn EngineQueue>, EngineError> {
        self.state.opened.fetch_add(1, Ordering::Relaxed);
        self.state.go.wait()?;
        let failures = self.state.failures.load(Ordering::Relaxed);
        if failures > 0 {
            self.state.failures.store(failures - 1, Ordering::Relaxed);
            return Err(EngineError::unreachable("nobody is there"));
        }
        self.engine.open(queue, options)
    }
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slow")
    }
}

fn slow() -> (Queue, Arc<State>) {
    let state = Arc::<State>::default();
    let engine = Slow { engine: InProcess::new(), state: state.clone() };
    (Remote::new(engine).queue("numbers"), state)
}

/// On one carrier, each job runs until it waits before the next one starts.
fn one_after_the_other() -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder().max_workers(100).carriers(1).build().unwrap()
}

/// How many submissions were accepted, of those that were made while the queue was being opened.
fn submit_at_once(queue: &Queue, state: &Arc<State>) -> usize {
    let pool = one_after_the_other();
    let submit = |number: u64| {
        let queue = queue.clone();
        move || match queue.submit(square, (number,)) {
            Ok(job) => {
                drop(job);
                true
            }
            Err(error) => {
                assert!(matches!(error.reason(), Refused::Engine(EngineError::Unreachable(_))));
                false
            }
        }
    };
    let jobs: Vec<_> = (0..SUBMITTERS).map(|number| pool.submit(submit(number)).unwrap()).collect();
    let state = state.clone();
    pool.submit(move || state.go.set()).unwrap().result().unwrap();
    jobs.into_iter().filter_map(|job| job.result().unwrap().then_some(())).count()
}

#[test]
fn queue_is_opened_once_however_many_submit_at_first() {
    let (queue, state) = slow();
    assert_eq!(submit_at_once(&queue, &state), SUBMITTERS as usize);
    assert_eq!(state.opened.load(Ordering::Relaxed), 1);
}

#[test]
fn failed_opening_is_the_error_of_all_that_waited_for_it_and_the_next_one_opens_anew() {
    let (queue, state) = slow();
    state.failures.store(1, Ordering::Relaxed);
    assert_eq!(submit_at_once(&queue, &state), 0);
    assert_eq!(state.opened.load(Ordering::Relaxed), 1);
    assert!(queue.submit(square, (1,)).is_ok());
    assert_eq!(state.opened.load(Ordering::Relaxed), 2);
}

#[test]
fn interrupted_opening_is_taken_over_by_another_submitter() {
    let (queue, state) = slow();
    let pool = one_after_the_other();
    let submit = |number: u64| {
        let queue = queue.clone();
        move || queue.submit(square, (number,)).is_ok()
    };
    let first = pool.submit(submit(1)).unwrap();
    let second = pool.submit(submit(2)).unwrap();
    let cancelled: TaskHandle = first.handle();
    pool.submit(move || cancelled.cancel()).unwrap().result().unwrap();
    assert_eq!(first.result().ok(), Some(false));
    state.go.set();
    assert_eq!(second.result().ok(), Some(true));
    assert_eq!(state.opened.load(Ordering::Relaxed), 2);
}
