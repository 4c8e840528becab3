//! Taking on the identity of what is run for others.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use greenctx::{
    Carrier, CarrierHandle, Identity, Interrupted, Wake, assume, current, green_local,
    is_cancelled, park, park_timeout, shield, spawn, with_identity, yield_now,
};
use greenstd::panics::contain;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};
use greenstd::time;

use crate::{on_carrier, run_on};

struct Job {
    id: u64,
    name: &'static str,
    cancelled: AtomicBool,
}

impl Job {
    fn new(id: u64, name: &'static str) -> Arc<Self> {
        Arc::new(Job { id, name, cancelled: AtomicBool::new(false) })
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }
}

impl Identity for Job {
    fn id(&self) -> u64 {
        self.id
    }

    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str(self.name)
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}

fn present_id() -> Option<u64> {
    with_identity(|identity| identity.map(Identity::id))
}

green_local! {
    static NUMBER: Cell<u32> = Cell::new(0);
}

#[test]
fn an_identity_is_assumed_for_the_duration() {
    on_carrier(|| {
        assert_eq!(present_id(), None);
        let result = assume(&*Job::new(5, "five"), || (present_id(), "result"));
        assert_eq!(result, (Some(5), "result"));
        assert_eq!(present_id(), None);
    });
}

#[test]
fn identities_nest() {
    on_carrier(|| {
        assume(&*Job::new(1, "outer"), || {
            assume(&*Job::new(2, "inner"), || assert_eq!(present_id(), Some(2)));
            assert_eq!(present_id(), Some(1));
        });
        assert_eq!(present_id(), None);
    });
}

#[test]
fn an_identity_belongs_to_one_thread() {
    on_carrier(|| {
        let threads: Vec<_> = (1..50)
            .map(|id| {
                spawn(move || {
                    let run = || {
                        yield_now();
                        assert_eq!(spawn(present_id).join().unwrap(), None, "it is not inherited");
                        present_id()
                    };
                    assume(&*Job::new(id, "job"), run)
                })
            })
            .collect();
        for (id, thread) in (1..50).zip(threads) {
            assert_eq!(thread.join().unwrap(), Some(id));
        }
    });
}

#[test]
fn the_former_role_returns_after_a_panic() {
    on_carrier(|| {
        NUMBER.set(3);
        let panicked = contain(|| {
            assume(&*Job::new(9, "panics"), || {
                NUMBER.set(4);
                panic!("in the middle");
            })
        });
        assert!(panicked.is_err());
        assert_eq!(present_id(), None);
        assert_eq!(NUMBER.get(), 3);
    });
}

#[test]
fn an_identity_has_green_locals_of_its_own() {
    on_carrier(|| {
        NUMBER.set(1);
        for _ in 0..2 {
            assume(&*Job::new(1, "job"), || {
                assert_eq!(NUMBER.get(), 0);
                NUMBER.set(2);
                yield_now();
                assert_eq!(NUMBER.get(), 2);
            });
        }
        assert_eq!(NUMBER.get(), 1);
    });
}

#[test]
fn the_locals_of_an_identity_are_dropped_as_it_ends() {
    green_local! {
        static LAST: std::cell::RefCell<Option<Seen>> = std::cell::RefCell::new(None);
    }
    struct Seen(Arc<AtomicBool>);
    impl Drop for Seen {
        fn drop(&mut self) {
            assert_eq!(present_id(), Some(1), "it runs under the identity that made the value");
            self.0.store(true, Ordering::Relaxed);
        }
    }
    on_carrier(|| {
        let dropped = Arc::new(AtomicBool::new(false));
        let seen = Seen(dropped.clone());
        assume(&*Job::new(1, "job"), || LAST.with(|last| *last.borrow_mut() = Some(seen)));
        assert!(dropped.load(Ordering::Relaxed));
    });
}

#[test]
fn cancellation_is_the_identitys_while_it_is_assumed() {
    on_carrier(|| {
        let job = Job::new(1, "job");
        let canceller = job.clone();
        let thread = spawn(move || {
            let during = assume(&*job, || {
                // The thread's own cancellation is out of sight.
                current().cancel();
                assert!(!is_cancelled());
                while park_timeout(Duration::from_millis(1)) == Ok(Wake::Unparked) {}
                canceller.cancel();
                assert!(is_cancelled());
                park()
            });
            (during, is_cancelled(), park())
        });
        let (during, after, parked) = thread.join().unwrap();
        assert!(during.is_err());
        assert!(after && parked.is_err(), "the thread's own cancellation is back");
    });
}

#[test]
fn a_parked_identity_is_interrupted_by_cancelling_and_unparking() {
    on_carrier(|| {
        let job = Job::new(1, "job");
        let theirs = job.clone();
        let thread = spawn(move || -> Result<(), Interrupted> {
            assume(&*theirs, || {
                loop {
                    park()?;
                }
            })
        });
        yield_now();
        // Without the flag it is a spurious wake-up.
        thread.thread().unpark();
        yield_now();
        assert!(!thread.is_finished());
        job.cancel();
        thread.thread().unpark();
        assert!(thread.join().unwrap().is_err());
    });
}

#[test]
fn a_shield_belongs_to_the_role_that_raised_it() {
    on_carrier(|| {
        let job = Job::new(1, "job");
        job.cancel();
        shield(|| assume(&*job, || assert!(park().is_err())));
    });
}

#[test]
fn off_a_green_thread_nothing_is_assumed() {
    let result = assume(&*Job::new(5, "five"), || (present_id(), 1));
    assert_eq!(result, (None, 1));
}

#[test]
fn a_report_names_the_identity() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let job = spawn(|| assume(&*Job::new(77, "fetch"), park));
        let plain = greenctx::Builder::new().name("plain").spawn(park).unwrap();
        yield_now();
        let deadline = time::now() + Duration::from_secs(60);
        let reports = handle.threads(deadline).expect("the carrier answers");
        let find = |name: &str| reports.iter().find(|report| report.name == name);
        let fetch = find("fetch").expect("the name of the identity");
        assert!(fetch.has_identity);
        assert_eq!(fetch.id, 77);
        let idle = find("plain").expect("the name of the thread");
        assert!(!idle.has_identity);
        assert_eq!(idle.id, plain.thread().id().as_u64());
        assert_eq!(reports.len(), 3, "main, too");
        job.thread().unpark();
        plain.thread().unpark();
        job.join().unwrap().expect("nobody cancels us");
    });
}

fn running(handle: &CarrierHandle) -> Option<u64> {
    handle.counters().running()
}

#[test]
fn the_running_identity_is_seen_from_outside() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        assert_eq!(running(&handle), None);
        let inside = handle.clone();
        let thread = spawn(move || {
            let run = || {
                assert_eq!(running(&inside), Some(7));
                yield_now();
                assert_eq!(running(&inside), Some(7));
                assume(&*Job::new(8, "nested"), || assert_eq!(running(&inside), Some(8)));
                assert_eq!(running(&inside), Some(7));
            };
            assume(&*Job::new(7, "job"), run);
            assert_eq!(running(&inside), None);
        });
        yield_now();
        assert_eq!(running(&handle), None, "main runs, which has none");
        thread.join().unwrap();
    });
}

#[test]
fn a_thread_that_just_starts_is_not_taken_for_the_one_that_ran_before() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let first = spawn(|| assume(&*Job::new(7, "job"), park));
        let second = spawn(move || running(&handle));
        let seen = second.join().unwrap();
        first.thread().unpark();
        first.join().unwrap().expect("nobody cancels us");
        assert_eq!(seen, None);
    });
}
