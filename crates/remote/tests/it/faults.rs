//! Everything above the engine, on an engine that loses, repeats and delays by a seed: each job's result arrives, none is
//! lost, and only jobs whose lease ran out run twice.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use greenstd::atomic::{AtomicBool, AtomicU64, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;
use remote::engine::{
    Again, Answer, Cancelled, Counts, DeadLetter, Delivery, Engine, EngineError, EngineQueue,
    Envelope, InProcess, JobId, Lease, LeaseState, ManualClock, Outcome, QueueOptions, Submitted,
};
use remote::{Registry, Remote, Worker, current_job};
use testkit::Random;

use crate::support::{pool, serve, square};

const JOBS: u64 = 300;

/// What goes wrong, and how often.
struct Faults {
    random: Mutex<Random>,
    is_on: AtomicBool,
    /// Of how many calls one goes wrong.
    one_in: usize,
    happened: AtomicU64,
}

/// What happens to one call.
enum Fate {
    Well,
    /// The engine never hears of it.
    Lost,
    /// The engine has done it, and its answer is lost.
    AnswerLost,
    /// The engine hears it twice.
    Twice,
}

impl Faults {
    fn new(random: Random, one_in: usize) -> Arc<Self> {
        let random = Mutex::new(random);
        Arc::new(Faults {
            random,
            is_on: AtomicBool::new(true),
            one_in,
            happened: AtomicU64::new(0),
        })
    }

    fn fate(&self) -> Fate {
        if !self.is_on.load(Ordering::Relaxed) {
            return Fate::Well;
        }
        let mut random = self.random.lock();
        if random.below(self.one_in) != 0 {
            return Fate::Well;
        }
        self.happened.fetch_add(1, Ordering::Relaxed);
        match random.below(3) {
            0 => Fate::Lost,
            1 => Fate::AnswerLost,
            _ => Fate::Twice,
        }
    }

    fn call<T>(&self, call: impl Fn() -> Result<T, EngineError>) -> Result<T, EngineError> {
        match self.fate() {
            Fate::Well => call(),
            Fate::Lost => Err(EngineError::unreachable("lost")),
            Fate::AnswerLost => {
                let _ = call()?;
                Err(EngineError::unreachable("the answer is lost"))
            }
            Fate::Twice => {
                let _ = call()?;
                call()
            }
        }
    }
}

struct Faulty {
    engine: InProcess,
    faults: Arc<Faults>,
}

struct FaultyQueue {
    queue: Arc<dyn EngineQueue>,
    faults: Arc<Faults>,
}

impl Engine for Faulty {
    fn open(
        &self,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<Arc<dyn EngineQueue>, EngineError> {
        let queue = self.engine.open(queue, options)?;
        Ok(Arc::new(FaultyQueue { queue, faults: self.faults.clone() }))
    }
}

impl EngineQueue for FaultyQueue {
    fn name(&self) -> &str {
        self.queue.name()
    }

    fn options(&self) -> &QueueOptions {
        self.queue.options()
    }

    fn submit(&self, envelope: &Envelope) -> Result<Submitted, EngineError> {
        self.faults.call(|| self.queue.submit(envelope))
    }

    /// What is fetched and lost has a lease that runs out. It is not fetched twice: that would only lose more.
    fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError> {
        match self.faults.fate() {
            Fate::Well | Fate::Twice => self.queue.fetch(max, wait),
            Fate::Lost => Err(EngineError::unreachable("lost")),
            Fate::AnswerLost => {
                let _ = self.queue.fetch(max, wait)?;
                Err(EngineError::unreachable("the deliveries are lost"))
            }
        }
    }

    fn extend(&self, leases: &[Lease]) -> Result<Vec<LeaseState>, EngineError> {
        self.faults.call(|| self.queue.extend(leases))
    }

    fn complete(&self, lease: &Lease, outcome: &Outcome) -> Result<Answer, EngineError> {
        self.faults.call(|| self.queue.complete(lease, outcome))
    }

    fn again(&self, lease: &Lease, after: Duration, why: &Again) -> Result<Answer, EngineError> {
        self.faults.call(|| self.queue.again(lease, after, why))
    }

    fn bury(&self, delivery: &Delivery, outcome: &Outcome) -> Result<Answer, EngineError> {
        self.faults.call(|| self.queue.bury(delivery, outcome))
    }

    fn watch(&self, id: &JobId) {
        self.queue.watch(id);
    }

    fn unwatch(&self, id: &JobId) {
        self.queue.unwatch(id);
    }

    /// An engine gives what it could not deliver again, so nothing is lost here but the call.
    fn results(&self, max: usize, wait: Duration) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        match self.faults.fate() {
            Fate::Well | Fate::Twice => self.queue.results(max, wait),
            Fate::Lost | Fate::AnswerLost => Err(EngineError::unreachable("lost")),
        }
    }

    fn result(&self, id: &JobId) -> Result<Option<Outcome>, EngineError> {
        self.faults.call(|| self.queue.result(id))
    }

    fn cancel(&self, id: &JobId) -> Result<Cancelled, EngineError> {
        self.faults.call(|| self.queue.cancel(id))
    }

    fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
        self.faults.call(|| self.queue.dead(max))
    }

    fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.faults.call(|| self.queue.retry_dead(id))
    }

    fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.faults.call(|| self.queue.drop_dead(id))
    }

    fn counts(&self) -> Result<Counts, EngineError> {
        self.faults.call(|| self.queue.counts())
    }

    fn stop_waiting(&self) {
        self.queue.stop_waiting();
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl fmt::Debug for FaultyQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyQueue")
    }
}

/// Which attempts of which job have run, by the deaths of its workers before it.
type Ran = Arc<Mutex<HashMap<JobId, Vec<u32>>>>;

fn registry(ran: &Ran) -> Registry {
    let (ran, mut registry) = (ran.clone(), Registry::new());
    registry.register(square, move |number: u64| {
        let job = current_job().unwrap();
        ran.lock().entry(job.id).or_default().push(job.attempt);
        executor::yield_now();
        number * number
    });
    registry
}

fn run_under_faults(random: Random) {
    let (clock, pool) = (ManualClock::new(), pool(16));
    let faults = Faults::new(random, 12);
    let engine = Faulty { engine: InProcess::with_clock(&clock), faults: faults.clone() };
    let queue = Remote::new(engine).queue("numbers");
    let ran = Ran::default();
    let workers: Vec<_> =
        (0..3).map(|_| serve(Worker::new(&pool, &queue).concurrency(5), &registry(&ran))).collect();
    let jobs: Vec<_> = (0..JOBS)
        .map(|n| queue.job().id(format!("job-{n}")).deaths(100).submit(square, (n,)).unwrap())
        .collect();
    // The time passes in small steps, so that only what nobody answers for runs out.
    let is_over = Arc::new(AtomicBool::new(false));
    let (theirs, over) = (clock.clone(), is_over.clone());
    let turning = thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
            theirs.turn(Duration::from_secs(1));
        }
    });
    for (n, job) in (0..JOBS).zip(jobs) {
        assert_eq!(job.result(), Ok(n * n));
    }
    is_over.store(true, Ordering::Relaxed);
    turning.join().unwrap();
    faults.is_on.store(false, Ordering::Relaxed);
    drop(workers);
    let counts = queue.counts().unwrap();
    assert_eq!((counts.waiting, counts.leased, counts.dead), (0, 0, 0));
    assert!(faults.happened.load(Ordering::Relaxed) > 0);
    let ran = ran.lock();
    assert_eq!(ran.len() as u64, JOBS);
    for (id, attempts) in ran.iter() {
        // Each further run is a further attempt: the lease of the one before has run out.
        let mut sorted = attempts.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), attempts.len(), "{id} ran twice by one lease");
    }
}

#[test]
fn with_an_engine_that_loses_and_repeats_every_result_arrives() {
    let mut random = Random::for_test("with_an_engine_that_loses_and_repeats_every_result_arrives");
    for _ in 0..4 {
        run_under_faults(random.fork());
    }
}
