//! The engine in this process, by a clock that the tests turn.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use remote::engine::{Engine, EngineQueue, Envelope, InProcess, JobId, ManualClock, QueueOptions};

use super::conformance::{self, Subject};

struct Local {
    engine: InProcess,
    clock: ManualClock,
}

impl Subject for Local {
    fn open(&self, options: &QueueOptions) -> Arc<dyn EngineQueue> {
        self.engine.open("bills", options).unwrap()
    }

    fn pass(&self, time: Duration) {
        self.clock.turn(time);
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(30)
    }
}

fn subject() -> Option<Local> {
    let clock = ManualClock::new();
    Some(Local { engine: InProcess::with_clock(&clock), clock })
}

conformance::all!(super::subject());

#[test]
fn a_wait_for_jobs_ends_when_a_delay_is_over_though_a_later_one_was_known_first() {
    let queue = InProcess::new().open("bills", &QueueOptions::default()).unwrap();
    let mut late = Envelope::new(JobId::from("late"), "bill", Vec::new());
    late.delay = Duration::from_secs(3600);
    let mut soon = Envelope::new(JobId::from("soon"), "bill", Vec::new());
    soon.delay = Duration::from_millis(20);
    let _accepted = queue.submit(&late).unwrap();
    let theirs = queue.clone();
    let fetching = thread::spawn(move || theirs.fetch(1, Duration::from_secs(600)).unwrap());
    let _accepted = queue.submit(&soon).unwrap();
    let deliveries = fetching.join().unwrap();
    assert_eq!(deliveries[0].envelope.id, soon.id);
}

#[test]
fn waiters_get_each_job_once_however_many_wait() {
    let queue = InProcess::new().open("bills", &QueueOptions::default()).unwrap();
    let fetchers: Vec<_> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut taken = Vec::new();
                while let Ok(deliveries) = queue.fetch(3, Duration::from_secs(600)) {
                    taken.extend(deliveries.into_iter().map(|it| it.envelope.id));
                    if queue.counts().unwrap().leased == 1000 {
                        queue.stop_waiting();
                    }
                }
                taken
            })
        })
        .collect();
    for number in 0..1000 {
        let id = JobId::from(number.to_string());
        let _accepted = queue.submit(&Envelope::new(id, "bill", Vec::new())).unwrap();
    }
    let mut taken: Vec<JobId> =
        fetchers.into_iter().flat_map(|fetcher| fetcher.join().unwrap()).collect();
    taken.sort_unstable();
    let count = taken.len();
    taken.dedup();
    assert_eq!((taken.len(), count), (1000, 1000));
}
