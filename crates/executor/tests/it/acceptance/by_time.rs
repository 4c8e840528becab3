//! Rejection by time: what a hook sees of the waits, what it refuses, and what a refusal says.

use std::time::Duration;

use executor::rejection::Batch;
use executor::{
    CheckAndReject, ExecutorHandle, GreenThreadPoolExecutor, Load, Refusal, Shutdown, Verdict,
    reject_when_reached, reject_when_wait_exceeds, sleep,
};
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::support::{Held, Watched, detach, eventually, ms, watched};

const HOUR: Duration = Duration::from_secs(3600);

/// With one worker on one carrier.
#[track_caller]
fn serial(rejection: impl CheckAndReject) -> Watched {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    watched(builder.check_and_reject(rejection))
}

/// A hook that accepts everything, and the last load that it has seen.
fn spy() -> (impl CheckAndReject, Arc<Mutex<Option<Load>>>) {
    let seen = Arc::new(Mutex::new(None));
    let last = seen.clone();
    let hook = move |load: &Load| {
        *last.lock() = Some(*load);
        Verdict::Accept
    };
    (hook, seen)
}

/// Has jobs wait and start until some looks have seen it.
fn let_it_learn(pool: &Watched) {
    let jobs: Vec<_> = (0..60).map(|_| pool.submit_wait(|| sleep(ms(1))).unwrap()).collect();
    jobs.into_iter().for_each(|job| job.result().unwrap().unwrap());
}

/// How many of `each` offers by each of so many threads were accepted.
fn accepted_of(
    pool: &Watched,
    threads: usize,
    each: usize,
    offer: fn(&ExecutorHandle) -> bool,
) -> usize {
    let submitters: Vec<_> = (0..threads)
        .map(|_| {
            let handle = pool.handle();
            thread::spawn(move || (0..each).filter(|_| offer(&handle)).count())
        })
        .collect();
    submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum()
}

#[test]
fn at_first_nothing_is_known_of_the_waits() {
    let (hook, seen) = spy();
    let pool = serial(hook);
    pool.submit(|| ()).unwrap().result().unwrap();
    let load = seen.lock().take().unwrap();
    assert_eq!((load.expected_wait, load.oldest_wait), (None, Duration::ZERO));
    assert_eq!(load.starts_per_second, 0.0);
    assert!(!load.saturated && !load.low);
}

#[test]
fn a_hook_sees_how_long_a_job_would_wait() {
    let (hook, seen) = spy();
    let pool = serial(hook);
    let_it_learn(&pool);
    let held = Held::workers(&pool, 1);
    detach(&pool, || ());
    detach(&pool, || ());
    detach(&pool, || ());
    let load = seen.lock().take().unwrap();
    assert_eq!((load.queued, load.running), (2, 1));
    assert!(load.starts_per_second > 0.0);
    let (wait, expected) = (load.expected_wait.unwrap(), 2.0 / load.starts_per_second);
    assert!((wait.as_secs_f64() - expected).abs() <= expected * 0.01, "{load:?}");
    held.release();
}

#[test]
fn a_hook_sees_that_the_executor_is_saturated_and_that_it_is_so_no_more() {
    let (hook, seen) = spy();
    let pool = serial(hook);
    let mut jobs = Vec::new();
    let is_saturated =
        || seen.lock().is_some_and(|load| load.saturated && load.oldest_wait > ms(0));
    while !is_saturated() {
        jobs.push(pool.submit(|| sleep(ms(1))).unwrap());
        let _ = sleep(Duration::from_micros(300));
    }
    jobs.into_iter().for_each(|job| job.result().unwrap().unwrap());
    eventually(|| {
        pool.submit(|| ()).unwrap().result().unwrap();
        seen.lock().is_some_and(|load| !load.saturated)
    });
    assert_eq!(seen.lock().unwrap().oldest_wait, Duration::ZERO);
}

#[test]
fn what_would_wait_too_long_is_refused_and_told_when_to_come_back() {
    let pool = serial(reject_when_wait_exceeds(Duration::ZERO));
    let_it_learn(&pool);
    let held = Held::workers(&pool, 1);
    let waiting = pool.submit(|| 1).unwrap(); // no job is before it
    let refused = pool.submit(|| 2).unwrap_err();
    assert!(refused.is_rejected());
    assert!(refused.retry_after().is_some_and(|time| time >= ms(1)));
    assert_eq!(pool.statistics().rejected(), 1);
    let patient = pool.job().wait_timeout(ms(1)).submit(|| 3).unwrap_err();
    assert_eq!(patient.reason(), Refusal::TimedOut);
    assert!(patient.retry_after().is_some());
    held.release();
    assert_eq!(waiting.result().unwrap(), 1);
    assert_eq!(pool.submit(refused.into_inner()).unwrap().result().unwrap(), 2);
}

#[test]
fn a_free_slot_refuses_nothing_whatever_was_before() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(20).carriers(2);
    let pool = watched(builder.check_and_reject(reject_when_wait_exceeds(Duration::ZERO)));
    for _ in 0..3 {
        let jobs: Vec<_> = (0..200).map(|_| pool.submit_wait(|| sleep(ms(2))).unwrap()).collect();
        jobs.into_iter().for_each(|job| job.result().unwrap().unwrap());
        eventually(|| pool.num_workers() == 0);
        let jobs: Vec<_> = (0..20).map(|n| pool.submit(move || n).unwrap()).collect();
        assert!(jobs.into_iter().all(|job| job.result().is_ok()));
    }
}

#[test]
fn other_refusals_know_no_time_to_come_back() {
    let pool = serial(reject_when_reached(0));
    let held = Held::workers(&pool, 1);
    assert_eq!(pool.submit(|| ()).unwrap_err().retry_after(), None);
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(pool.submit(|| ()).unwrap_err().retry_after(), None);
}

#[test]
fn a_hook_that_panics_knows_no_time() {
    struct Panics;
    impl CheckAndReject for Panics {
        fn check(&self, _: &Load) -> Verdict {
            Verdict::Reject
        }

        fn retry_after(&self, _: &Load) -> Option<Duration> {
            panic!("as it should")
        }
    }
    let refused = serial(Panics).submit(|| ()).unwrap_err();
    assert!(refused.is_rejected() && refused.retry_after().is_none());
}

#[test]
fn a_limit_beside_a_target_stays_exact() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(3).carriers(2);
    let pool = watched(
        builder.check_and_reject(reject_when_wait_exceeds(HOUR).and(reject_when_reached(4))),
    );
    let held = Held::workers(&pool, 3);
    assert_eq!(accepted_of(&pool, 8, 100, |pool| pool.submit(|| ()).is_ok()), 4);
    assert_eq!(pool.statistics().rejected(), 796);
    held.release();
}

#[test]
fn of_two_hooks_each_may_refuse() {
    let odd = |load: &Load| match load.queued % 2 {
        0 => Verdict::Accept,
        _ => Verdict::Reject,
    };
    let low = |load: &Load| if load.low { Verdict::Reject } else { Verdict::Accept };
    let pool = serial(odd.and(low));
    let held = Held::workers(&pool, 1);
    assert!(pool.job().low().submit(|| ()).is_err());
    assert!(pool.submit(|| ()).is_ok());
    assert!(pool.submit(|| ()).is_err());
    held.release();
}

#[test]
fn a_low_job_gets_half_of_the_backlog_exactly() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(2);
    let pool = watched(builder.check_and_reject(reject_when_reached(9)));
    let held = Held::workers(&pool, 2);
    assert_eq!(accepted_of(&pool, 4, 50, |pool| pool.job().low().submit(|| ()).is_ok()), 4);
    assert_eq!((0..50).filter(|_| pool.submit(|| ()).is_ok()).count(), 5);
    assert_eq!(pool.statistics().rejected(), 196 + 45);
    held.release();
}

#[test]
fn a_low_job_is_like_others_where_nothing_is_refused() {
    let pool = watched(GreenThreadPoolExecutor::builder().max_workers(1).carriers(1));
    let held = Held::workers(&pool, 1);
    let jobs: Vec<_> = (0..100).map(|n| pool.job().low().submit(move || n).unwrap()).collect();
    held.release();
    assert_eq!(jobs.into_iter().map(|job| job.result().unwrap()).sum::<u32>(), 4950);
}

#[test]
fn low_jobs_that_wait_for_room_get_in_and_hold_up_nobody() {
    let pool = serial(reject_when_reached(2));
    let held = Held::workers(&pool, 1);
    let fillers = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
    let submitters: Vec<_> = (0..12_u32)
        .map(|n| {
            let handle = pool.handle();
            thread::spawn(move || {
                let job = handle.job().wait();
                let job = if n % 2 == 0 { job.low() } else { job };
                job.submit(move || n).unwrap().result().unwrap()
            })
        })
        .collect();
    held.release();
    let sum: u32 = submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum();
    assert_eq!(sum, 66);
    fillers.into_iter().for_each(|filler| filler.result().unwrap());
}

#[test]
fn those_that_wait_for_a_shorter_wait_all_get_in() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(2);
    let pool = watched(builder.check_and_reject(reject_when_wait_exceeds(Duration::ZERO)));
    let submitters: Vec<_> = (0..6_u64)
        .map(|n| {
            let handle = pool.handle();
            thread::spawn(move || {
                let submit = |_| {
                    let job = handle.job().wait();
                    let job = if n % 3 == 0 { job.low() } else { job };
                    job.fallible().submit(|| sleep(Duration::from_micros(100))).unwrap()
                };
                let jobs: Vec<_> = (0..50).map(submit).collect();
                jobs.into_iter().for_each(|job| job.result().unwrap());
            })
        })
        .collect();
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    assert_eq!(pool.statistics().executed(), 300);
}

/// Adds up what it hears, and panics then.
#[derive(Clone, Default)]
struct Heard {
    started: Arc<AtomicU64>,
    ended: Arc<AtomicU64>,
    calls: Arc<AtomicU64>,
    slowest_ns: Arc<AtomicU64>,
}

impl CheckAndReject for Heard {
    fn check(&self, _: &Load) -> Verdict {
        Verdict::Accept
    }

    fn started(&self, waits: &Batch) {
        assert!(waits.longest <= waits.total && waits.jobs > 0);
        self.started.fetch_add(waits.jobs, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        panic!("as it should");
    }

    fn ended(&self, runs: &Batch) {
        self.ended.fetch_add(runs.jobs, Ordering::Relaxed);
        self.slowest_ns.fetch_max(runs.longest.as_nanos() as u64, Ordering::Relaxed);
        panic!("as it should");
    }
}

#[test]
fn a_hook_hears_of_each_job_in_batches_and_may_panic() {
    let heard = Heard::default();
    let builder = GreenThreadPoolExecutor::builder().max_workers(4).carriers(2);
    let pool = watched(builder.check_and_reject(heard.clone().and(reject_when_reached(100_000))));
    let held = Held::workers(&pool, 4);
    let jobs: Vec<_> = (0..5000).map(|n| pool.submit(move || n).unwrap()).collect();
    held.release();
    assert!(jobs.into_iter().all(|job| job.result().is_ok()));
    pool.submit(|| sleep(ms(1))).unwrap().result().unwrap().unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
    let [started, ended, calls] =
        [&heard.started, &heard.ended, &heard.calls].map(|count| count.load(Ordering::Relaxed));
    assert_eq!((started, ended), (5005, 5005), "four have held the workers");
    assert!(calls < 2500, "{calls} calls");
    assert!(heard.slowest_ns.load(Ordering::Relaxed) >= 1_000_000);
    assert_eq!(pool.statistics().callback_panics(), 0);
}

#[test]
fn a_hook_hears_nothing_of_jobs_that_are_not_timed() {
    let heard = Heard::default();
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.statistics(false).check_and_reject(heard.clone()));
    let_it_learn(&pool);
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(heard.started.load(Ordering::Relaxed), 0);
}

#[test]
fn without_statistics_the_waits_are_known_all_the_same() {
    let (hook, seen) = spy();
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.statistics(false).check_and_reject(hook));
    let_it_learn(&pool);
    detach(&pool, || ());
    assert!(seen.lock().is_some_and(|load| load.expected_wait.is_some()));
}
