//! `map_buffered` and `map_unordered`: inputs are asked for as results are taken.

use std::num::NonZeroUsize;

use executor::{
    ExecutorHandle, GreenThreadPoolExecutor, MapError, Refusal, Shutdown, TaskError,
    reject_when_reached,
};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Arc;

use super::support::{Drops, Gate, Held, Progress, Random, ms, pool, watched};

fn buffer(size: usize) -> NonZeroUsize {
    NonZeroUsize::new(size).expect("a buffer has a place")
}

/// Inputs from 0 on, and how many were asked for.
fn counted() -> (Arc<AtomicUsize>, impl Iterator<Item = usize>) {
    let pulled = Arc::new(AtomicUsize::new(0));
    let count = pulled.clone();
    (pulled, std::iter::from_fn(move || Some(count.fetch_add(1, Ordering::SeqCst))))
}

#[test]
fn every_buffer_size_gives_the_same_list() {
    let pool = pool(3, 2);
    for size in [1, 2, 20, 40] {
        let results = pool.map_buffered(buffer(size), 0..20, |n| n * n);
        let results: Vec<_> = results.map(Result::unwrap).collect();
        assert_eq!(results, (0..20).map(|n| n * n).collect::<Vec<_>>());
        let results = pool.map_unordered(buffer(size), 0..20, |n| n * n);
        let mut results: Vec<_> = results.map(Result::unwrap).collect();
        results.sort_unstable();
        assert_eq!(results, (0..20).map(|n| n * n).collect::<Vec<_>>());
    }
}

#[test]
fn inputs_may_come_from_several_iterators() {
    let pool = pool(3, 1);
    let zipped = (0..).zip([10, 20, 30]);
    let sums = pool.map_buffered(buffer(2), zipped, |(a, b)| a + b);
    assert_eq!(sums.map(Result::unwrap).collect::<Vec<_>>(), [10, 21, 32]);
    let endless = (0..).zip(1..);
    let products = pool.map_buffered(buffer(3), endless, |(a, b)| a * b).take(5);
    assert_eq!(products.map(Result::unwrap).collect::<Vec<_>>(), [0, 2, 6, 12, 20]);
}

#[test]
fn inputs_may_be_endless() {
    let pool = pool(3, 2);
    let first: Vec<_> =
        pool.map_buffered(buffer(4), 0.., |n| n).take(100).map(Result::unwrap).collect();
    assert_eq!(first, (0..100).collect::<Vec<_>>());
    let some = pool.map_unordered(buffer(4), 0.., |n| n).take(100).map(Result::unwrap);
    assert!(some.into_iter().all(|n| n < 104), "no more than the buffer ahead");
}

#[test]
fn no_input_gives_no_result() {
    let pool = pool(3, 1);
    assert!(pool.map_buffered(buffer(3), [0_u8; 0], |n| n).next().is_none());
    assert!(pool.map_unordered(buffer(3), [0_u8; 0], |n| n).next().is_none());
}

#[test]
fn exactly_as_many_inputs_are_asked_for_as_the_buffer_holds() {
    let pool = pool(10, 1);
    for size in [1, 3, 8] {
        let (pulled, inputs) = counted();
        let mut map = pool.map_buffered(buffer(size), inputs, |n| n);
        assert_eq!(pulled.load(Ordering::SeqCst), size);
        for taken in 1..5 {
            assert_eq!(map.next().unwrap().unwrap(), taken - 1);
            assert_eq!(pulled.load(Ordering::SeqCst), size + taken);
        }
        let (pulled, inputs) = counted();
        let mut map = pool.map_unordered(buffer(size), inputs, |n| n);
        assert_eq!(pulled.load(Ordering::SeqCst), size);
        for taken in 1..5 {
            map.next().unwrap().unwrap();
            assert_eq!(pulled.load(Ordering::SeqCst), size + taken);
        }
    }
}

#[test]
fn unordered_results_come_as_they_end() {
    let pool = pool(3, 1);
    let gates = [Gate::new(), Gate::new(), Gate::new()];
    let passes: Vec<_> = gates.iter().map(Gate::pass).collect();
    let mut map = pool.map_unordered(buffer(3), passes.into_iter().enumerate(), |(n, pass)| {
        pass.wait();
        n
    });
    for which in [1, 2, 0] {
        gates[which].open();
        assert_eq!(map.next().unwrap().unwrap(), which);
    }
    assert!(map.next().is_none());
}

#[test]
fn a_panicking_item_does_not_end_a_lazy_map() {
    let pool = pool(3, 2);
    let job = |n: usize| {
        assert!(n % 4 != 2, "on purpose");
        n
    };
    let ordered: Vec<_> = pool.map_buffered(buffer(3), 0..10, job).collect();
    assert_eq!(ordered.len(), 10);
    for (n, result) in ordered.into_iter().enumerate() {
        match result {
            Ok(value) => assert_eq!(value, n),
            Err(MapError::Task(error)) => assert!(error.is_panicked() && n % 4 == 2),
            Err(other) => panic!("{other}"),
        }
    }
    let unordered: Vec<_> = pool.map_unordered(buffer(3), 0..10, job).collect();
    assert_eq!(unordered.iter().filter(|result| result.is_ok()).count(), 8);
    assert_eq!(unordered.len(), 10);
}

#[test]
fn a_dropped_lazy_map_cancels_what_has_not_started() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let (first, second) = (drops.clone(), drops.clone());
    drop(pool.map_buffered(buffer(5), 0.., move |_: u64| first.token()));
    drop(pool.map_unordered(buffer(5), 0.., move |_: u64| second.token()));
    assert_eq!(pool.statistics().cancelled(), 10);
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    assert_eq!((pool.statistics().executed(), drops.made()), (1, 0));
}

#[test]
fn a_lazy_map_meets_a_full_backlog_and_goes_on() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(2)),
    );
    let ordered = pool.map_buffered(buffer(50), 0..200, |n| n);
    assert_eq!(ordered.map(Result::unwrap).collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    let unordered = pool.map_unordered(buffer(50), 0..200, |n| n).map(Result::unwrap);
    assert_eq!(unordered.sum::<i32>(), 19_900);
    // With nothing of its own under way it waits for the room that others make.
    let held = Held::workers(&pool, 1);
    let fillers = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
    let map = pool.map_buffered(buffer(5), 0..5, |n| n);
    held.release();
    assert_eq!(map.map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    fillers.into_iter().for_each(|future| future.result().unwrap());
}

#[test]
fn a_lazy_map_ends_with_the_refusal_when_the_executor_is_shut_down() {
    let pool = pool(2, 1);
    let mut ordered = pool.map_buffered(buffer(2), 0.., |n: u64| n);
    let mut unordered = pool.map_unordered(buffer(2), 0.., |n: u64| n);
    pool.shutdown(Shutdown::wait()).unwrap();
    // What was submitted comes, then the reason why no more does, then nothing.
    assert_eq!(ordered.next().unwrap().unwrap(), 0);
    assert_eq!(ordered.next().unwrap().unwrap(), 1);
    assert!(matches!(ordered.next(), Some(Err(MapError::Refused(Refusal::Shutdown)))));
    assert!(ordered.next().is_none());
    assert!(unordered.next().unwrap().is_ok() && unordered.next().unwrap().is_ok());
    assert!(matches!(unordered.next(), Some(Err(MapError::Refused(Refusal::Shutdown)))));
    assert!(unordered.next().is_none());
}

#[test]
fn lazy_maps_keep_no_result_that_they_have_given() {
    let pool = pool(1, 1);
    let drops = Drops::new();
    let (first, second) = (drops.clone(), drops.clone());
    let ordered = pool.map_buffered(buffer(1), 0..5, move |_| first.token());
    for token in ordered {
        drop(token.unwrap());
        // The next one is made already, at most.
        assert!(drops.alive() <= 1);
    }
    let unordered = pool.map_unordered(buffer(1), 0..5, move |_| second.token());
    for token in unordered {
        drop(token.unwrap());
        assert!(drops.alive() <= 1);
    }
    assert_eq!((drops.made(), drops.alive()), (10, 0));
}

#[test]
fn lazy_maps_in_a_job_of_their_own_executor_do_not_deadlock() {
    for (workers, carriers, backlog) in [(1, 1, 1), (1, 1, 50), (2, 2, 3)] {
        let pool = watched(
            GreenThreadPoolExecutor::builder()
                .max_workers(workers)
                .carriers(carriers)
                .check_and_reject(reject_when_reached(backlog)),
        );
        let handle = pool.handle();
        let sums = pool.submit(move || {
            let ordered = handle.map_buffered(buffer(3), 0..50, |n| n).map(Result::unwrap);
            let unordered = handle.map_unordered(buffer(3), 0..50, |n| n).map(Result::unwrap);
            (ordered.sum::<i32>(), unordered.sum::<i32>())
        });
        assert_eq!(sums.unwrap().result().unwrap(), (1225, 1225));
    }
}

#[test]
fn a_cancelled_job_stops_waiting_for_its_map() {
    let (pool, other) = (pool(1, 1), pool(1, 1));
    let held = Held::workers(&other, 1);
    let (handle, begun) = (other.handle(), Progress::new());
    let progress = begun.clone();
    let waiter = pool
        .submit(move || {
            let mut map = handle.map_unordered(buffer(2), 0..4, |n| n);
            progress.advance();
            matches!(map.next(), Some(Err(MapError::Task(executor::TaskError::Interrupted))))
        })
        .unwrap();
    begun.wait_until(1);
    super::support::eventually(|| pool.statistics().parked() == 1);
    waiter.cancel();
    assert!(waiter.result().unwrap());
    held.release();
}

#[test]
fn random_yields_keep_the_order_of_a_buffered_map() {
    let mut random = Random::for_test("random_yields_keep_the_order_of_a_buffered_map");
    for (items, workers, size) in [(50, 1, 7), (500, 50, 20)] {
        let pool = pool(workers, 2);
        let inputs: Vec<_> = (0..items).map(|n| (n, random.within(0..10))).collect();
        let results = pool.map_buffered(buffer(size), inputs, |(n, yields)| {
            for _ in 0..yields {
                executor::yield_now();
            }
            if n % 50 == 0 {
                executor::sleep(ms(1)).unwrap();
            }
            n
        });
        assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), (0..items).collect::<Vec<_>>());
    }
}

/// What a map calls for each item.
type Call = Box<dyn Fn() + Send + Sync>;

/// The results of a map of nothing much.
type Results<'a> = Box<dyn Iterator<Item = Result<(), MapError>> + 'a>;

/// Reads a map in a job of its own until it ends, and is cancelled while the first two items run
/// elsewhere. Gives what it read.
fn read_until_cancelled(
    map: fn(&ExecutorHandle, Call) -> Results<'_>,
) -> Vec<Result<(), MapError>> {
    let pool = pool(4, 2);
    let (gate, running, started) = (Gate::new(), Progress::new(), Progress::new());
    let (handle, pass, starts) = (pool.handle(), gate.pass(), started.clone());
    let reader = pool.submit(move || {
        let runs = running.clone();
        let item = move || {
            runs.advance();
            pass.wait();
        };
        let items = map(&handle, Box::new(item));
        running.wait_until(2);
        starts.advance();
        items.collect::<Vec<_>>()
    });
    let reader = reader.unwrap();
    started.wait_until(1);
    reader.cancel();
    let read = reader.result().unwrap();
    gate.open();
    read
}

#[test]
fn a_cancelled_reader_is_told_once_and_the_map_ends() {
    for read in [
        read_until_cancelled(|pool, call| {
            Box::new(pool.map_unordered(buffer(2), 0.., move |_| call()))
        }),
        read_until_cancelled(|pool, call| {
            Box::new(pool.map_buffered(buffer(2), 0.., move |_| call()))
        }),
    ] {
        let told = matches!(read[..], [Err(MapError::Task(TaskError::Interrupted))]);
        assert!(told, "{} items", read.len());
    }
}
