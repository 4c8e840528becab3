//! The numbers: right, and there before the result is.

use executor::{GreenThreadPoolExecutor, Shutdown};
use greenstd::thread;

use super::support::{Gate, Held, Progress, by_build, eventually, ms, pool, watched};

#[test]
fn jobs_and_failures_are_counted_and_timed() {
    let pool = pool(3, 1);
    let good = pool.submit(|| executor::sleep(ms(20)).unwrap()).unwrap();
    let bad = pool.submit(|| panic!("on purpose")).unwrap();
    let slow = pool.submit(|| executor::sleep(ms(10)).unwrap()).unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.submitted(), statistics.executed(), statistics.failures()), (3, 3, 1));
    assert_eq!((statistics.succeeded(), statistics.panicked(), statistics.failed()), (2, 1, 0));
    assert!(statistics.run_total() >= ms(30), "sleeping counts: {:?}", statistics.run_total());
    assert_eq!((statistics.run_time().count(), statistics.queue_wait().count()), (3, 3));
    drop((good, bad, slow));
}

#[test]
fn where_some_jobs_are_timed_all_are_counted() {
    const JOBS: u64 = 3000;
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1).time_one_in(3);
    let pool = watched(builder);
    let jobs = pool.map(0..JOBS, |i| assert_ne!(i, 7, "on purpose")).unwrap();
    assert_eq!(jobs.filter(Result::is_err).count(), 1);
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.failures(), statistics.running()), (JOBS, 1, 0));
    let (waits, runs) = (statistics.queue_wait().count(), statistics.run_time().count());
    assert_eq!(waits, runs, "a job is timed whole or not at all");
    assert!(runs.abs_diff(JOBS / 3) <= JOBS / 100, "{runs} of {JOBS} were timed");
}

#[test]
fn the_wait_in_the_queue_is_no_part_of_the_run_time() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let futures: Vec<_> = (0..5).map(|_| pool.submit(|| ()).unwrap()).collect();
    greenstd::thread::sleep(ms(20));
    let before = pool.statistics();
    held.release();
    futures.into_iter().for_each(|future| future.result().unwrap());
    let after = pool.statistics();
    let since = after.since(&before).unwrap();
    assert!(since.queue_wait_total() >= ms(5 * 20), "{since}");
    assert!(since.average_queue_wait().unwrap() >= ms(20));
    // The one that was held ran for more than 20 ms, the five that waited for nothing much.
    assert!(since.run_total() >= ms(20));
    assert!(since.run_time().min().unwrap() < since.queue_wait().min().unwrap());
}

#[test]
fn a_fresh_executor_has_no_averages() {
    let pool = pool(1, 1);
    let statistics = pool.statistics();
    assert_eq!((statistics.average_run(), statistics.average_queue_wait()), (None, None));
    assert_eq!((statistics.submitted(), statistics.executed(), statistics.queued()), (0, 0, 0));
    assert!(format!("{statistics}").contains("submitted"));
}

#[test]
fn without_statistics_the_counters_are_kept() {
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).statistics(false));
    pool.submit(|| ()).unwrap().result().unwrap();
    drop(pool.submit(|| panic!("on purpose")).unwrap().result().map(drop));
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.panicked()), (2, 1));
    assert_eq!((statistics.average_run(), statistics.run_time().count()), (None, 0));
}

#[test]
fn a_result_is_never_seen_before_it_is_counted() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        for n in 1..=by_build(2000, 30_000) {
            pool.submit(|| ()).unwrap().result().unwrap();
            let statistics = pool.statistics();
            assert_eq!(statistics.executed(), n);
            assert_eq!(statistics.queued(), 0);
        }
    }
}

#[test]
fn nor_is_it_by_any_other_way_of_looking() {
    let pool = pool(4, 2);
    for n in 0..by_build(300, 5000) {
        let before = pool.statistics().executed();
        let future = pool.submit(executor::yield_now).unwrap();
        match n % 4 {
            0 => {
                while !future.is_done() {
                    thread::yield_now();
                }
            }
            1 => drop(executor::wait_for_any([&future]).unwrap()),
            2 => drop(executor::as_completed([&future]).next()),
            _ => {
                let called = Progress::new();
                let progress = called.clone();
                future.add_done_callback(move |_| progress.advance());
                called.wait_until(1);
            }
        }
        assert_eq!(pool.statistics().executed(), before + 1);
    }
}

#[test]
fn what_runs_what_waits_and_what_is_parked_adds_up() {
    let pool = pool(3, 1);
    let held = Held::workers(&pool, 3);
    let queued: Vec<_> = (0..4).map(|_| pool.submit(|| ()).unwrap()).collect();
    let statistics = pool.statistics();
    assert_eq!((statistics.queued(), statistics.running(), statistics.workers()), (4, 3, 3));
    eventually(|| pool.statistics().parked() == 3);
    let gauge = pool.gauge();
    assert_eq!((gauge.queued, gauge.running), (4, 3));
    assert_eq!((pool.queue_size(), pool.num_workers(), pool.max_workers()), (4, 3, 3));
    queued[0].cancel();
    assert_eq!((pool.statistics().queued(), pool.statistics().cancelled()), (3, 1));
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.queued(), statistics.running(), statistics.parked()), (0, 0, 0));
    assert_eq!((statistics.executed(), statistics.cancelled(), statistics.submitted()), (6, 1, 7));
}

#[test]
fn the_gauge_tells_how_long_the_oldest_has_waited() {
    let pool = pool(1, 1);
    assert_eq!(pool.gauge().oldest, None);
    let held = Held::workers(&pool, 1);
    let oldest = pool.submit(|| ()).unwrap();
    greenstd::thread::sleep(ms(10));
    let younger = pool.submit(|| ()).unwrap();
    assert!(pool.gauge().oldest.is_some_and(|age| age >= ms(10)), "{:?}", pool.gauge());
    oldest.cancel();
    let age = pool.gauge().oldest;
    assert!(age.is_some(), "the younger one waits");
    younger.cancel();
    assert_eq!(pool.gauge().oldest, None);
    held.release();
}

#[test]
fn parks_and_wakes_are_counted() {
    let pool = pool(10, 1);
    let gate = Gate::new();
    let futures: Vec<_> = (0..10)
        .map(|_| {
            let pass = gate.pass();
            pool.submit(move || pass.wait()).unwrap()
        })
        .collect();
    eventually(|| pool.statistics().parked() == 10);
    let parked = pool.statistics();
    assert!(parked.parks() >= 10, "{parked}");
    gate.open();
    futures.into_iter().for_each(|future| future.result().unwrap());
    let after = pool.statistics().since(&parked).unwrap();
    assert!(after.wakes() >= 10, "{after}");
    assert!(pool.statistics().stack_high_water_bytes() > 0);
}

/// Uses so much of the stack, and does not wait.
fn burrow(bytes: usize) -> usize {
    fn frame(until_left: usize) -> usize {
        let on_the_stack = std::hint::black_box([1_u8; 256]);
        let is_deep = greenctx::stack_left().expect("a job") <= until_left;
        let deeper = if is_deep { 0 } else { frame(until_left) };
        deeper + usize::from(std::hint::black_box(on_the_stack)[7])
    }
    frame(greenctx::stack_left().expect("a job") - bytes)
}

#[test]
fn the_deepest_stack_is_known_when_a_job_has_ended_and_while_it_runs() {
    let pool = pool(10, 1);
    let reaches = |bytes| eventually(|| pool.statistics().stack_high_water_bytes() >= bytes);
    // Workers live on: what they have used is known all the same.
    pool.submit(|| ()).unwrap().result().unwrap();
    assert!(pool.statistics().stack_high_water_bytes() < 40_000);
    pool.submit(|| burrow(40_000)).unwrap().result().unwrap();
    reaches(40_000);
    assert!(pool.statistics().stack_high_water_bytes() < 100_000);

    let gate = Gate::new();
    let pass = gate.pass();
    let future = pool.submit(move || {
        let rounds = burrow(60_000);
        pass.wait();
        rounds
    });
    reaches(60_000);
    gate.open();
    future.unwrap().result().unwrap();
}

#[test]
fn a_child_that_runs_on_the_spot_is_counted_like_any_other() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let children: Vec<_> = (0..10).map(|n| handle.submit(move || n).unwrap()).collect();
        children.into_iter().map(|child| child.result().unwrap()).sum::<u64>()
    });
    assert_eq!(parent.unwrap().result().unwrap(), 45);
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.queue_wait().count()), (11, 11));
    assert_eq!(statistics.run_time().count(), 11);
}

#[test]
fn snapshots_do_not_change_and_only_grow() {
    let pool = pool(4, 2);
    let first = pool.statistics();
    let copy = first.clone();
    let handle = pool.handle();
    let reader = thread::spawn(move || {
        let mut before = handle.statistics();
        while before.executed() < 2000 {
            let now = handle.statistics();
            let grown = now.since(&before).expect("nothing goes back");
            assert!(grown.executed() <= 2000);
            before = now;
        }
    });
    let futures: Vec<_> = (0..2000).map(|n| pool.submit(move || n).unwrap()).collect();
    futures.into_iter().for_each(|future| assert!(future.result().is_ok()));
    reader.join().unwrap();
    assert_eq!(first, copy);
}
