//! Work from outside the carrier.

use std::collections::VecDeque;

use greenctx::{Carrier, CarrierHandle, Found, Spawner, Work, current, park, spawn, yield_now};
use greenstd::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use greenstd::sync::{Arc, Mutex};

use testkit::Watchdog;

type Job = Box<dyn FnOnce() + Send>;

/// A queue that other threads fill.
#[derive(Clone, Default)]
struct Jobs {
    waiting: Arc<Mutex<VecDeque<Job>>>,
    closed: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    woken: Arc<AtomicU64>,
}

impl Jobs {
    fn submit(&self, carrier: &CarrierHandle, job: impl FnOnce() + Send + 'static) {
        self.waiting.lock().push_back(Box::new(job));
        carrier.wake();
    }

    fn close(&self, carrier: &CarrierHandle) {
        self.closed.store(true, Ordering::Release);
        carrier.wake();
    }
}

impl Work for Jobs {
    fn find(&mut self, spawner: &Spawner<'_>) -> Found {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let Some(job) = self.waiting.lock().pop_front() else { return Found::Nothing };
        let live = spawner.live();
        let thread = spawner.spawn(Some(Arc::from("job")), job).expect("there is a stack");
        assert_eq!(thread.name(), Some("job"));
        assert_eq!(spawner.live(), live + 1);
        assert!(spawner.has_ready());
        Found::Something
    }

    fn recheck(&mut self) -> bool {
        !self.waiting.lock().is_empty()
    }

    fn awake(&mut self) {
        self.woken.fetch_add(1, Ordering::Relaxed);
    }

    fn is_exhausted(&self) -> bool {
        self.closed.load(Ordering::Acquire) && self.waiting.lock().is_empty()
    }
}

/// A carrier on an OS thread of its own that runs what is in `jobs`.
fn start(jobs: &Jobs) -> (CarrierHandle, greenstd::thread::JoinHandle<()>) {
    let (send, receive) = std::sync::mpsc::channel();
    let mut jobs = jobs.clone();
    let thread = greenstd::thread::spawn(move || {
        let carrier = Carrier::new().unwrap();
        send.send(carrier.handle()).expect("the test waits for it");
        carrier.run_with(&mut jobs);
    });
    (receive.recv().expect("the carrier starts"), thread)
}

#[test]
fn what_is_submitted_from_outside_runs_and_the_end_comes_with_the_last() {
    const JOBS: u64 = 10_000;
    let jobs = Jobs::default();
    let (carrier, thread) = start(&jobs);
    let _watchdog = Watchdog::over(carrier.clone());
    let done = Arc::new(AtomicU64::new(0));
    for number in 0..JOBS {
        let done = done.clone();
        jobs.submit(&carrier, move || {
            if number % 3 == 0 {
                yield_now();
            }
            // What a job starts has to end, too.
            drop(spawn(move || done.fetch_add(1, Ordering::Relaxed)));
        });
    }
    jobs.close(&carrier);
    thread.join().unwrap();
    assert_eq!(done.load(Ordering::Relaxed), JOBS);
    assert_eq!(carrier.counters().live(), 0);
}

#[test]
fn each_submission_to_a_sleeping_carrier_wakes_it() {
    let jobs = Jobs::default();
    let (carrier, thread) = start(&jobs);
    let _watchdog = Watchdog::over(carrier.clone());
    for round in 1..=200 {
        while carrier.counters().sleeps() < round {
            greenstd::thread::yield_now();
        }
        let parker = greenstd::thread::Parker::new();
        let unparker = parker.unparker();
        jobs.submit(&carrier, move || unparker.unpark());
        parker.park();
    }
    jobs.close(&carrier);
    thread.join().unwrap();
    assert!(jobs.woken.load(Ordering::Relaxed) >= 200, "it is told when it was asleep");
}

#[test]
fn work_from_outside_does_not_starve_behind_threads_that_yield() {
    let jobs = Jobs::default();
    let (carrier, thread) = start(&jobs);
    let _watchdog = Watchdog::over(carrier.clone());
    let turns = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    for _ in 0..3 {
        let (turns, stop) = (turns.clone(), stop.clone());
        jobs.submit(&carrier, move || {
            while !stop.load(Ordering::Relaxed) {
                turns.fetch_add(1, Ordering::Relaxed);
                yield_now();
            }
        });
    }
    while turns.load(Ordering::Relaxed) < 1000 {
        greenstd::thread::yield_now();
    }
    for _ in 0..50 {
        let parker = greenstd::thread::Parker::new();
        let (unparker, turn) = (parker.unparker(), turns.clone());
        let ran_at = Arc::new(AtomicU64::new(0));
        let ran = ran_at.clone();
        jobs.submit(&carrier, move || {
            ran.store(turn.load(Ordering::Relaxed), Ordering::Relaxed);
            unparker.unpark();
        });
        let sent_at = turns.load(Ordering::Relaxed);
        parker.park();
        let ran_at = ran_at.load(Ordering::Relaxed);
        assert!(ran_at <= sent_at + 200, "it starved from {sent_at} to {ran_at}");
    }
    stop.store(true, Ordering::Relaxed);
    jobs.close(&carrier);
    thread.join().unwrap();
}

#[test]
fn a_carrier_without_work_waits_for_its_threads() {
    struct Once {
        started: bool,
        ended: Arc<AtomicBool>,
    }
    impl Work for Once {
        fn find(&mut self, spawner: &Spawner<'_>) -> Found {
            if std::mem::replace(&mut self.started, true) {
                return Found::Nothing;
            }
            let ended = self.ended.clone();
            let body = move || {
                let parked = current();
                greenstd::thread::spawn(move || parked.unpark());
                park().expect("nobody cancels us");
                ended.store(true, Ordering::Relaxed);
            };
            spawner.spawn(None, body).expect("there is a stack");
            Found::Something
        }
        fn recheck(&mut self) -> bool {
            false
        }
        fn is_exhausted(&self) -> bool {
            self.started
        }
    }
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    let _watchdog = Watchdog::over(handle.clone());
    let ended = Arc::new(AtomicBool::new(false));
    carrier.run_with(&mut Once { started: false, ended: ended.clone() });
    assert!(ended.load(Ordering::Relaxed));
    assert_eq!(handle.counters().live(), 0);
}

#[test]
fn exhausted_work_and_no_thread_is_the_end_at_once() {
    struct Nothing;
    impl Work for Nothing {
        fn find(&mut self, _: &Spawner<'_>) -> Found {
            Found::Nothing
        }
        fn recheck(&mut self) -> bool {
            false
        }
        fn is_exhausted(&self) -> bool {
            true
        }
    }
    Carrier::new().unwrap().run_with(&mut Nothing);
}
