//! `map`: all inputs at once, results in order.

use executor::{
    GreenThreadPoolExecutor, MapError, Refusal, TaskError, WaitError, reject_when_reached,
};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Arc;

use super::support::{Drops, Gate, Held, Progress, Random, by_build, ms, pool, watched};

#[test]
fn a_map_gives_what_the_iterator_would() {
    let pool = pool(5, 2);
    let results: Result<Vec<_>, _> = pool.map(0..50_u32, |n| n.pow(2)).unwrap().collect();
    assert_eq!(results.unwrap(), (0..50).map(|n: u32| n.pow(2)).collect::<Vec<_>>());
    let pairs = [(1, 5), (2, 6), (3, 7)];
    let powers: Result<Vec<_>, _> =
        pool.map(pairs, |(a, b): (i32, u32)| a.pow(b)).unwrap().collect();
    assert_eq!(powers.unwrap(), [1, 64, 2187]);
    let zipped = (0..10).zip(5..8);
    let sums: Result<Vec<_>, _> = pool.map(zipped, |(a, b)| a + b).unwrap().collect();
    assert_eq!(sums.unwrap(), [5, 7, 9], "the shorter one ends it");
}

#[test]
fn a_map_over_nothing_gives_nothing() {
    let pool = pool(5, 1);
    let mut map = pool.map(Vec::<u8>::new(), |n| n).unwrap();
    assert_eq!(map.len(), 0);
    assert!(map.next().is_none() && map.next().is_none());
}

#[test]
fn results_keep_their_order_whatever_the_order_of_their_end() {
    let mut random = Random::for_test("results_keep_their_order_whatever_the_order_of_their_end");
    for (items, workers) in [(5, 5), (50, 7), (by_build(500, 5000), 50)] {
        let pool = pool(workers, 2);
        let inputs: Vec<_> = (0..items).map(|n| (n, random.within(0..20))).collect();
        let results: Vec<_> = pool
            .map(inputs, |(n, yields)| {
                for _ in 0..yields {
                    executor::yield_now();
                }
                n
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(results, (0..items).collect::<Vec<_>>());
    }
}

#[test]
fn a_map_submits_everything_before_it_returns() {
    let pool = pool(2, 1);
    let done = Progress::new();
    let progress = done.clone();
    let map = pool.map(0..30, move |_| progress.advance()).unwrap();
    assert_eq!(map.len(), 30);
    done.wait_until(30);
    drop(map);
}

#[test]
fn a_panicking_item_is_an_error_at_its_place_and_the_others_follow() {
    let pool = pool(3, 2);
    let map = pool.map(0..6, |n| {
        assert!(n % 3 != 1, "item {n}");
        n
    });
    let results: Vec<_> =
        map.unwrap().map(|item| item.map_err(|error| error.to_string())).collect();
    assert_eq!(results.len(), 6);
    for (n, result) in results.into_iter().enumerate() {
        match n % 3 {
            1 => assert!(result.unwrap_err().starts_with(&format!("the job panicked: item {n} ("))),
            _ => assert_eq!(result.unwrap(), n),
        }
    }
}

#[test]
fn when_the_time_is_over_the_map_says_so_and_ends() {
    let pool = pool(3, 1);
    let gate = Gate::new();
    let pass = gate.pass();
    let mut map = pool
        .map(0..3, move |n| {
            if n == 2 {
                pass.wait();
            }
        })
        .unwrap();
    // Whatever time these take.
    assert!(map.next().unwrap().is_ok());
    assert!(map.next().unwrap().is_ok());
    let mut map = map.timeout(ms(2));
    assert!(matches!(map.next(), Some(Err(MapError::TimedOut))));
    assert!(map.next().is_none() && map.next().is_none());
    gate.open();
}

#[test]
fn when_the_time_is_over_what_has_not_started_is_cancelled() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let inputs: Vec<_> = (0..5).map(|_| drops.token()).collect();
    let mut map = pool.map(inputs, drop).unwrap().timeout(ms(2));
    assert!(matches!(map.next(), Some(Err(MapError::TimedOut))));
    assert_eq!(pool.statistics().cancelled(), 5, "also the one that was waited for");
    assert_eq!(drops.alive(), 0);
    assert!(map.next().is_none());
    held.release();
}

#[test]
fn what_is_running_when_the_time_is_over_goes_on() {
    let pool = pool(1, 1);
    let (gate, started, ended) = (Gate::new(), Progress::new(), Progress::new());
    let (pass, start, end) = (gate.pass(), started.clone(), ended.clone());
    let map = pool.map(0..4, move |_| {
        start.advance();
        pass.wait();
        end.advance();
    });
    started.wait_until(1);
    let mut map = map.unwrap().timeout(ms(1));
    assert!(matches!(map.next(), Some(Err(MapError::TimedOut))));
    assert_eq!(pool.statistics().cancelled(), 3);
    gate.open();
    ended.wait_until(1);
}

#[test]
fn a_time_out_of_an_items_own_is_not_the_maps() {
    let pool = pool(2, 1);
    let map = pool.map(0..3, |n| {
        if n == 1 {
            std::panic::panic_any(WaitError::TimedOut);
        }
        n
    });
    let results: Vec<_> = map.unwrap().timeout(ms(60_000)).collect();
    assert!(matches!(results[..], [Ok(0), Err(MapError::Task(TaskError::Panicked(_))), Ok(2)]));
}

#[test]
fn a_map_with_all_the_time_in_the_world_ends_with_its_items() {
    let pool = pool(2, 1);
    let map = pool.map(0..3, |n| n).unwrap().timeout(std::time::Duration::MAX);
    assert_eq!(map.map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_dropped_map_cancels_what_has_not_started() {
    for taken in [0, 1] {
        let pool = pool(1, 1);
        let (gate, started) = (Gate::new(), Progress::new());
        let (pass, start) = (gate.pass(), started.clone());
        let ran = Arc::new(AtomicUsize::new(0));
        let count = ran.clone();
        let mut map = pool
            .map(0..5, move |n| {
                count.fetch_add(1, Ordering::SeqCst);
                start.advance();
                if n == taken {
                    pass.wait();
                }
            })
            .unwrap();
        for _ in 0..taken {
            map.next().unwrap().unwrap();
        }
        started.wait_until(taken + 1);
        drop(map);
        assert_eq!(pool.statistics().cancelled(), 4 - taken as u64);
        gate.open();
        pool.shutdown(executor::Shutdown::wait()).unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), taken + 1);
    }
}

#[test]
fn a_refusal_half_way_cancels_what_was_submitted_and_says_so() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(4)),
    );
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let inputs: Vec<_> = (0..10).map(|_| drops.token()).collect();
    let refused = pool.map(inputs, drop).unwrap_err();
    assert_eq!((refused.reason, refused.submitted, refused.cancelled), (Refusal::Rejected, 4, 4));
    assert!(refused.to_string().contains("4 items had been accepted, 4 of them are cancelled"));
    assert_eq!(drops.alive(), 0);
    assert_eq!(pool.queue_size(), 0);
    held.release();
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!(pool.map(0..3, |n| n).unwrap_err().reason, Refusal::Shutdown);
}

#[test]
fn a_map_keeps_no_result_that_it_has_given_and_no_input_that_it_has_used() {
    let pool = pool(1, 1);
    let drops = Drops::new();
    let inputs: Vec<_> = (0..10).map(|_| drops.token()).collect();
    let held = Held::workers(&pool, 1);
    let mut map = pool.map(inputs, |token| token).unwrap();
    held.release();
    for left in (0..10).rev() {
        drop(map.next().unwrap().unwrap());
        assert_eq!(drops.alive(), left);
    }
    assert!(map.next().is_none());
}

#[test]
fn two_maps_share_the_workers_of_their_executor() {
    let pool = pool(3, 2);
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let job = {
        let (running, most) = (running.clone(), most.clone());
        move |n: usize| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            executor::yield_now();
            running.fetch_sub(1, Ordering::SeqCst);
            n
        }
    };
    let (first, second) = (pool.map(0..50, job.clone()).unwrap(), pool.map(50..100, job).unwrap());
    let both: Vec<_> = first.chain(second).map(Result::unwrap).collect();
    assert_eq!(both, (0..100).collect::<Vec<_>>());
    assert!(most.load(Ordering::SeqCst) <= 3);
}

#[test]
fn a_map_inside_a_job_of_its_own_executor_does_not_deadlock() {
    for (workers, carriers) in [(1, 1), (1, 2), (2, 2)] {
        let pool = pool(workers, carriers);
        let handle = pool.handle();
        let sum = pool.submit(move || {
            let inner = handle.map(0..100_u64, |n| n).unwrap();
            let timed = handle.map(0..100_u64, |n| n).unwrap().timeout(ms(60_000));
            inner.map(Result::unwrap).sum::<u64>() + timed.map(Result::unwrap).sum::<u64>()
        });
        assert_eq!(sum.unwrap().result().unwrap(), 9900);
    }
}

#[test]
fn many_maps_and_a_shutdown_do_not_hang() {
    for carriers in [1, 2] {
        let pool = pool(5, carriers);
        let map = pool.map(0..6, |n| n).unwrap();
        pool.shutdown(executor::Shutdown::wait()).unwrap();
        assert_eq!(map.map(Result::unwrap).sum::<i32>(), 15);
    }
}
