//! How often the heap is asked for memory. It counts for all threads, so this is a program of
//! its own. What runs beside a test would be counted as well. So there is one test, with its parts in a row.
#![cfg(not(any(green_loom, green_shuttle)))]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::alloc::System;

use executor::{GreenThreadPoolExecutor, park, reject_when_reached};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// So many jobs are outstanding at once.
const OUTSTANDING: usize = 256;

const ROUNDS: usize = 40;

const JOBS: usize = OUTSTANDING * ROUNDS;

#[test]
fn a_job_and_a_refusal_cost_no_allocation() {
    a_job_costs_none();
    a_large_job_costs_one();
    a_refusal_costs_none();
    a_waiting_job_takes_less_than_eighty_bytes();
    a_burst_leaves_nothing();
}

fn a_job_costs_none() {
    // Now and then a queue still grows, a carrier starts another worker, or the blocks of a sheet were elsewhere.
    let allocations = allocations_of([0; 2]);
    // A sanitizer wants each job to be memory of its own.
    let expected = if cfg!(feature = "sanitizer") { JOBS } else { 0 };
    assert!(allocations <= expected + JOBS / 50, "{allocations} for {JOBS} jobs");
}

/// One whose task is larger than a block.
fn a_large_job_costs_one() {
    let allocations = allocations_of([0; 20]);
    assert!(allocations >= JOBS, "{allocations} for {JOBS} jobs do not count them");
    assert!(allocations <= JOBS + JOBS / 50, "{allocations} for {JOBS} jobs");
}

/// Of [`JOBS`] jobs that have such a thing captured.
fn allocations_of<const N: usize>(captured: [usize; N]) -> usize {
    let pool = GreenThreadPoolExecutor::builder().carriers(2).build().unwrap();
    let mut futures = Vec::with_capacity(OUTSTANDING);
    let mut submit_and_take_results = || {
        for i in 0..OUTSTANDING {
            let payload = captured.map(|_| i);
            futures.push(pool.submit(move || payload.iter().sum::<usize>()).unwrap());
        }
        for (i, future) in futures.drain(..).enumerate() {
            assert_eq!(future.result().unwrap(), N * i);
        }
    };
    // The queues grow to their size, the carriers take their stacks.
    (0..ROUNDS).for_each(|_| submit_and_take_results());

    let heap = Region::new(HEAP);
    (0..ROUNDS).for_each(|_| submit_and_take_results());
    let counted = heap.change();
    counted.allocations + counted.reallocations
}

fn a_refusal_costs_none() {
    let only_one = GreenThreadPoolExecutor::builder()
        .carriers(1)
        .max_workers(1)
        .check_and_reject(reject_when_reached(0));
    let pool = only_one.build().unwrap();
    let occupant = pool.submit(park).unwrap();
    while !occupant.is_running() {
        greenstd::thread::yield_now();
    }
    let refuse = |payload: [usize; 4]| {
        let refused = pool.submit(move || payload).expect_err("there is no room");
        assert!(refused.is_rejected());
        assert_eq!(refused.into_inner()(), payload);
    };
    refuse([0; 4]);

    let heap = Region::new(HEAP);
    (0..1000).for_each(|i| refuse([i; 4]));
    let counted = heap.change();
    assert_eq!(counted.allocations + counted.reallocations, 0, "{counted:?}");
    occupant.cancel();
}

/// One with a closure and a result of one word, beside its future.
fn a_waiting_job_takes_less_than_eighty_bytes() {
    // A little less than the queue has room for, once it has grown.
    const WAITING: usize = 128 * 1024 - 100;
    let pool = GreenThreadPoolExecutor::builder().carriers(1).max_workers(1).build().unwrap();
    let occupant = pool.submit(park).unwrap();
    while !occupant.is_running() {
        greenstd::thread::yield_now();
    }
    let mut futures = Vec::with_capacity(WAITING);
    let heap = Region::new(HEAP);
    futures.extend((0..WAITING).map(|i| pool.submit(move || i).unwrap()));
    let counted = heap.change();
    let taken = counted.bytes_allocated - counted.bytes_deallocated;
    assert!(taken < 80 * WAITING, "{taken} bytes for {WAITING} jobs");
    assert_eq!(size_of_val(&futures[0]), size_of::<usize>());
    occupant.cancel();
}

fn a_burst_leaves_nothing() {
    const BURST: usize = 100_000;
    let pool = GreenThreadPoolExecutor::builder().carriers(1).max_workers(1).build().unwrap();
    let occupant = pool.submit(park).unwrap();
    while !occupant.is_running() {
        greenstd::thread::yield_now();
    }
    let heap = Region::new(HEAP);
    (0..BURST).for_each(|_| drop(pool.submit(|| ()).unwrap()));
    let full = heap.change();
    assert!(full.bytes_allocated - full.bytes_deallocated > BURST * size_of::<[usize; 2]>());
    occupant.cancel();
    // Behind all the others.
    pool.submit(|| ()).unwrap().result().unwrap();
    let counted = heap.change();
    let left = counted.bytes_allocated.saturating_sub(counted.bytes_deallocated);
    assert!(left < 256 * 1024, "{left} bytes are left of {full:?}");
}
