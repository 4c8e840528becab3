//! Workers: slots, leases, retries, dead letters, drains.

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, Shutdown, reject_when_reached};
use greenstd::sync::{Arc, Mutex};
use remote::engine::{
    Cancelled, Engine, EngineQueue, Envelope, InProcess, JobId, ManualClock, Outcome, QueueOptions,
    Retry,
};
use remote::{Function, Registry, Remote, RemoteError, Worker, current_job};

use crate::support::{
    LONG, divide, eventually, fail_until, note, panics, pool, registry, serve, sleep_for, square,
};

/// An engine, the way to it, and a handle of its own to look through.
fn engine(clock: &ManualClock) -> (Remote, Arc<dyn EngineQueue>) {
    let engine = InProcess::with_clock(clock);
    let look = engine.open("numbers", &QueueOptions::default()).unwrap();
    (Remote::new(engine), look)
}

#[test]
fn a_failure_is_retried_with_pauses_and_then_succeeds() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let serving = serve(Worker::new(&pool, &queue), &registry());
    let mut job = queue
        .job()
        .retries(5)
        .back_off(Duration::from_secs(10), LONG)
        .submit(fail_until, (3,))
        .unwrap();
    let retry = Retry { first: Duration::from_secs(10), longest: LONG, ..Retry::default() };
    for failures in [1, 2] {
        eventually(|| serving.handle.statistics().retried == u64::from(failures));
        assert!(job.try_result().is_none());
        let pause = retry.pause_of(job.id(), failures);
        clock.turn(pause - Duration::from_millis(1));
        assert_eq!(look.counts().unwrap().waiting, 1, "the pause is not over");
        clock.turn(Duration::from_millis(1));
    }
    assert_eq!(job.result(), Ok(3));
    assert_eq!(look.counts().unwrap().dead, 0);
    assert_eq!(serving.drain().succeeded, 1);
}

#[test]
fn jobs_that_fail_together_do_not_come_back_together() {
    let retry = Retry { first: Duration::from_secs(10), ..Retry::default() };
    let pause_of = |number: u32| retry.pause_of(&JobId::from(format!("order-{number}")), 1);
    let mut quarters = [0; 4];
    for pause in (0..1000).map(pause_of) {
        let shorter = Duration::from_secs(10) - pause;
        quarters[(shorter.as_millis() / 625).min(3) as usize] += 1;
    }
    assert!(quarters.iter().all(|count| (200..300).contains(count)), "{quarters:?}");
    assert_eq!(pause_of(7), pause_of(7));
}

#[test]
fn what_fails_for_the_last_time_is_a_dead_letter_with_the_reason() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let quick = Duration::from_millis(1);
    let job = queue.job().id("a").retries(2).back_off(quick, quick);
    let failed = job.submit(fail_until, (9,)).unwrap().result();
    assert_eq!(failed, Err(RemoteError::Failed("attempt 3".to_owned())));
    let panicked = queue.job().id("b").submit(panics, ("no".to_owned(),)).unwrap().result();
    assert_eq!(panicked, Err(RemoteError::Panicked("no".to_owned())));
    let dead = queue.dead(10).unwrap();
    let seen: Vec<_> = dead.iter().map(|it| (it.envelope.id.as_str(), &it.outcome)).collect();
    assert!(matches!(seen[0], ("a", Outcome::Failed { text, .. }) if text == "attempt 3"));
    assert!(matches!(seen[1], ("b", Outcome::Panicked(text)) if text == "no"));
    assert_eq!(dead[0].tally.failures, 2);
}

#[test]
fn a_dead_letter_that_is_tried_again_gives_its_result() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    drop(queue.job().id("a").submit(divide, (1, 0)).unwrap().result());
    assert!(queue.retry_dead(&JobId::from("a")).unwrap());
    let again = queue.attach(divide, "a").unwrap().result();
    assert_eq!(again, Err(RemoteError::Failed("by zero".to_owned())));
    eventually(|| queue.dead(10).unwrap().len() == 1);
    assert!(queue.drop_dead(&JobId::from("a")).unwrap());
    assert_eq!(queue.dead(10).unwrap(), []);
}

#[test]
fn a_job_that_was_there_at_two_deaths_is_buried_unrun() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let job = queue.submit(square, (7,)).unwrap();
    for _ in 0..2 {
        assert_eq!(look.fetch(1, Duration::ZERO).unwrap().len(), 1);
        clock.turn(look.options().lease); // that worker says no more
    }
    let serving = serve(Worker::new(&pool, &queue), &registry());
    assert_eq!(job.result(), Err(RemoteError::WorkersDied(2)));
    assert_eq!(serving.drain().buried, 1);
    assert_eq!(look.dead(1).unwrap()[0].tally.deaths, 2);
}

#[test]
fn a_job_runs_elsewhere_after_its_worker_died() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let job = queue.submit(square, (7,)).unwrap();
    let theirs = look.fetch(1, Duration::ZERO).unwrap().pop().unwrap();
    let serving = serve(Worker::new(&pool, &queue), &registry());
    clock.turn(look.options().lease);
    assert_eq!(job.result(), Ok(49));
    let late = look.complete(&theirs.lease, &Outcome::Succeeded(b"50".to_vec())).unwrap();
    assert!(!late.is_stored());
    drop(serving);
}

#[test]
fn a_job_that_takes_many_leases_runs_once() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let (started, go_on) = (Arc::new(Mutex::new(0)), Arc::new(executor::sync::Event::new()));
    let (count, gate) = (started.clone(), go_on.clone());
    let mut registry = Registry::new();
    registry.register(note, move || {
        *count.lock() += 1;
        gate.wait().unwrap();
    });
    let worker = Worker::new(&pool, &queue).extend_every(Duration::from_millis(1));
    let serving = serve(worker, &registry);
    let job = queue.submit(note, ()).unwrap();
    eventually(|| *started.lock() == 1);
    for _ in 0..20 {
        clock.turn(look.options().lease / 2);
        // One that began after the turn.
        let extended = serving.handle.statistics().extended;
        eventually(|| serving.handle.statistics().extended >= extended + 2);
    }
    go_on.set();
    assert_eq!(job.result(), Ok(()));
    assert_eq!(*started.lock(), 1);
    let statistics = serving.drain();
    assert_eq!((statistics.pulled, statistics.lost), (1, 0));
}

#[test]
fn a_worker_that_has_lost_its_lease_stops_the_job() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let worker = Worker::new(&pool, &queue).extend_every(Duration::from_millis(1)).concurrency(1);
    let serving = serve(worker, &registry());
    let job = queue.submit(sleep_for, (600_000,)).unwrap();
    eventually(|| look.counts().unwrap().leased == 1);
    clock.turn(look.options().lease * 2); // as if it had been cut off
    eventually(|| serving.handle.statistics().lost >= 1);
    // It runs again here or elsewhere; what was stopped has not ended it.
    eventually(|| serving.handle.statistics().pulled >= 2);
    assert!(!job.is_done());
    assert_eq!(job.cancel().unwrap(), Cancelled::Asked);
    assert_eq!(job.result(), Err(RemoteError::Cancelled));
}

#[test]
fn a_running_job_is_cancelled_from_afar() {
    let pool = pool(2);
    let remote = Remote::new(InProcess::new());
    let queue = remote.queue("numbers");
    let worker = Worker::new(&pool, &queue).extend_every(Duration::from_millis(1));
    let serving = serve(worker, &registry());
    let job = queue.submit(sleep_for, (600_000,)).unwrap();
    eventually(|| queue.counts().unwrap().leased == 1);
    assert_eq!(job.cancel().unwrap(), Cancelled::Asked);
    assert_eq!(job.result(), Err(RemoteError::Cancelled));
    assert_eq!(serving.drain().cancelled, 1);
    assert_eq!(queue.dead(1).unwrap(), []);
}

#[test]
fn nothing_is_pulled_while_no_slot_is_free() {
    let (pool, remote) = (pool(1), Remote::new(InProcess::new()));
    let queue = remote.queue("numbers");
    let gate = Arc::new(executor::sync::Event::new());
    let theirs = gate.clone();
    let busy = pool.submit(move || theirs.wait().unwrap()).unwrap();
    let job = queue.submit(square, (7,)).unwrap();
    let serving = serve(Worker::new(&pool, &queue), &registry());
    eventually(|| pool.queue_size() == 1); // its runner waits for the slot
    assert_eq!(queue.counts().unwrap().waiting, 1);
    gate.set();
    assert_eq!(job.result(), Ok(49));
    busy.result().unwrap();
    assert_eq!(serving.drain().given_back, 0);
}

#[test]
fn never_more_jobs_run_than_the_concurrency_allows_and_none_is_held() {
    let (pool, remote) = (pool(16), Remote::new(InProcess::new()));
    let queue = remote.queue("numbers");
    let most = Arc::new(Mutex::new((0, 0)));
    let seen = most.clone();
    let mut registry = Registry::new();
    registry.register(note, move || {
        {
            let mut seen = seen.lock();
            seen.0 += 1;
            seen.1 = seen.1.max(seen.0);
        }
        executor::sleep(Duration::from_millis(1)).unwrap();
        seen.lock().0 -= 1;
    });
    let jobs: Vec<_> = (0..100).map(|_| queue.submit(note, ()).unwrap()).collect();
    let serving = serve(Worker::new(&pool, &queue).concurrency(3), &registry);
    let leased = || queue.counts().unwrap().leased;
    while jobs.iter().any(|job| !job.is_done()) {
        assert!(leased() <= 3);
    }
    assert_eq!(most.lock().1, 3);
    assert_eq!(serving.drain().succeeded, 100);
}

#[test]
fn local_jobs_are_not_kept_out_by_an_idle_worker() {
    let (pool, remote) = (pool(1), Remote::new(InProcess::new()));
    let queue = remote.queue("numbers");
    let _serving = serve(Worker::new(&pool, &queue), &registry());
    // The worker's runner has the only slot. It leaves it to those that wait, and queues up behind them.
    for n in 0..3 {
        assert_eq!(pool.submit(move || n).unwrap().result().unwrap(), n);
    }
    assert_eq!(queue.submit(square, (7,)).unwrap().result(), Ok(49));
}

#[test]
fn an_executor_that_refuses_delays_the_worker_and_no_job_is_lost() {
    let pool = GreenThreadPoolExecutor::builder()
        .max_workers(2)
        .check_and_reject(reject_when_reached(0))
        .build()
        .unwrap();
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let jobs: Vec<_> = (0..50).map(|n| queue.submit(square, (n,)).unwrap()).collect();
    for (n, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.result(), Ok((n * n) as u64));
    }
}

#[test]
fn an_unknown_function_waits_for_a_worker_that_knows_it() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let old = serve(Worker::new(&pool, &queue), &Registry::new());
    let job = queue.submit(square, (7,)).unwrap();
    eventually(|| old.handle.statistics().unknown == 1);
    drop(old);
    let _new = serve(Worker::new(&pool, &queue), &registry());
    clock.turn(Duration::from_secs(1));
    assert_eq!(job.result(), Ok(49));
    assert_eq!(look.counts().unwrap().dead, 0);
}

#[test]
fn a_function_that_nobody_knows_is_a_dead_letter_in_the_end() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    let queue = remote.queue("numbers");
    let serving = serve(Worker::new(&pool, &queue).unknown(3), &registry());
    let nobody: Function<(), ()> = Function::new("nobody").version(7);
    let job = queue.submit(nobody, ()).unwrap();
    for times in 1..=3 {
        eventually(|| serving.handle.statistics().unknown == times);
        clock.turn(Duration::from_secs(60));
    }
    assert_eq!(job.result(), Err(RemoteError::UnknownFunction));
    assert_eq!(look.dead(1).unwrap()[0].envelope.function, "nobody.v7");
}

#[test]
fn a_drain_lets_what_runs_end_and_leaves_the_rest() {
    let (pool, remote) = (pool(2), Remote::new(InProcess::new()));
    let queue = remote.queue("numbers");
    let gate = Arc::new(executor::sync::Event::new());
    let theirs = gate.clone();
    let mut registry = Registry::new();
    registry.register(note, move || theirs.wait().unwrap());
    let mut serving = serve(Worker::new(&pool, &queue), &registry);
    let jobs: Vec<_> = (0..5).map(|_| queue.submit(note, ()).unwrap()).collect();
    eventually(|| queue.counts().unwrap().leased == 2);
    serving.handle.drain();
    gate.set();
    assert_eq!(serving.join().succeeded, 2);
    let counts = queue.counts().unwrap();
    assert_eq!((counts.waiting, counts.leased), (3, 0));
    eventually(|| jobs.iter().filter(|job| job.is_done()).count() == 2);
}

#[test]
fn a_drain_with_a_limit_gives_back_what_does_not_end() {
    let (pool, remote) = (pool(2), Remote::new(InProcess::new()));
    let queue = remote.queue("numbers");
    let mut serving = serve(Worker::new(&pool, &queue), &registry());
    let job = queue.submit(sleep_for, (600_000,)).unwrap();
    eventually(|| queue.counts().unwrap().leased == 1);
    serving.handle.drain_within(Duration::from_millis(1));
    assert_eq!(serving.join().given_back, 1);
    let counts = queue.counts().unwrap();
    assert_eq!((counts.waiting, counts.leased, counts.dead), (1, 0, 0));
    assert!(!job.is_done());
}

#[test]
fn a_worker_ends_when_its_executor_is_shut_down() {
    let (pool, remote) = (pool(2), Remote::new(InProcess::new()));
    let queue = remote.queue("numbers");
    let mut serving = serve(Worker::new(&pool, &queue), &registry());
    assert_eq!(queue.submit(square, (7,)).unwrap().result(), Ok(49));
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!(serving.join().succeeded, 1);
}

#[test]
fn a_function_knows_its_job() {
    let pool = pool(2);
    let known: Function<(), (String, u32, String)> = Function::new("known");
    let mut registry = Registry::new();
    registry.register(known, || {
        let job = current_job().unwrap();
        (job.id.to_string(), job.attempt, job.headers["traceparent"].clone())
    });
    let queue = Remote::in_process(&pool, &registry).queue("numbers");
    let job = queue.job().id("a").header("traceparent", "00-1-2-01").submit(known, ()).unwrap();
    assert_eq!(job.result(), Ok(("a".to_owned(), 1, "00-1-2-01".to_owned())));
}

#[test]
fn a_delayed_job_waits_and_an_expired_one_does_not_run() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, _look) = engine(&clock);
    let queue = remote.queue("numbers");
    let hour = Duration::from_secs(3600);
    let late = queue.job().delay(hour).submit(square, (7,)).unwrap();
    let brief = queue.job().delay(hour).expires(hour / 2).submit(square, (8,)).unwrap();
    let _serving = serve(Worker::new(&pool, &queue), &registry());
    clock.turn(hour / 2);
    assert_eq!(brief.result(), Err(RemoteError::Expired));
    assert!(!late.is_done());
    clock.turn(hour / 2);
    assert_eq!(late.result(), Ok(49));
}

#[test]
fn what_an_engine_holds_for_nobody_is_taken_by_any_worker() {
    let (pool, clock) = (pool(2), ManualClock::new());
    let (remote, look) = engine(&clock);
    // By another language, as it were.
    let envelope = Envelope::new(JobId::from("a"), "square", b"[7]".to_vec());
    let _accepted = look.submit(&envelope).unwrap();
    let _serving = serve(Worker::new(&pool, &remote.queue("numbers")), &registry());
    eventually(|| look.result(&envelope.id).unwrap().is_some());
    assert_eq!(look.result(&envelope.id).unwrap(), Some(Outcome::Succeeded(b"49".to_vec())));
}

#[test]
fn the_worker_in_this_process_can_be_asked_what_it_has_done() {
    let pool = pool(2);
    let remote = Remote::in_process(&pool, &registry());
    assert!(remote.worker_of("numbers").is_none(), "the queue was not used");
    assert_eq!(remote.queue("numbers").submit(square, (3,)).unwrap().result().unwrap(), 9);
    let worker = remote.worker_of("numbers").expect("it has run a job");
    // It counts after the result has gone out.
    eventually(|| worker.statistics().succeeded == 1);
    assert!(remote.worker_of("others").is_none());
    assert!(Remote::new(InProcess::new()).worker_of("numbers").is_none());
}
