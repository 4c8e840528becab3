//! What the steps of a job cost: submit, refusal, claim on join, completion, the snapshot.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use executor::{ExecutorHandle, GreenThreadPoolExecutor, reject_when_reached};

/// So many jobs are outstanding at once where only a part of their way is timed.
const BATCH: u64 = 1024;

fn pool() -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder().carriers(2).build().expect("the executor starts")
}

/// The time that the submissions alone take, in batches whose results are taken untimed.
fn submissions(pool: &ExecutorHandle, jobs: u64) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = jobs;
    while left > 0 {
        let batch = left.min(BATCH);
        let start = Instant::now();
        let futures: Vec<_> =
            (0..batch).map(|i| pool.submit(move || i).expect("nothing is refused")).collect();
        took += start.elapsed();
        for (i, future) in (0..).zip(futures) {
            assert_eq!(future.result().expect("none fails"), i);
        }
        left -= batch;
    }
    took
}

fn submit(criterion: &mut Criterion) {
    let pool = pool();
    criterion.bench_function("submit from a plain thread", |bencher| {
        bencher.iter_custom(|jobs| submissions(&pool, jobs));
    });
    criterion.bench_function("submit from a job", |bencher| {
        bencher.iter_custom(|jobs| {
            let handle = pool.handle();
            let took = pool.submit(move || submissions(&handle, jobs));
            took.expect("nothing is refused").result().expect("it does not panic")
        });
    });
}

/// A job submits a child and takes its result: it finds it queued, and runs it itself.
fn claim_on_join(criterion: &mut Criterion) {
    let one = GreenThreadPoolExecutor::builder().carriers(1).max_workers(1);
    let pool = one.build().expect("the executor starts");
    criterion.bench_function("submit and claim on join", |bencher| {
        bencher.iter_custom(|jobs| {
            let handle = pool.handle();
            let parent = pool.submit(move || {
                let start = Instant::now();
                for i in 0..jobs {
                    let child = handle.submit(move || i).expect("nothing is refused");
                    assert_eq!(child.result().expect("it does not panic"), i);
                }
                start.elapsed()
            });
            parent.expect("nothing is refused").result().expect("it does not panic")
        });
    });
}

/// A plain thread submits a job and waits for it: two wake-ups of OS threads, unless the other side
/// is still awake.
fn round_trip(criterion: &mut Criterion) {
    let pool = pool();
    criterion.bench_function("submit and result, one at a time", |bencher| {
        bencher.iter(|| pool.submit(|| 1).expect("nothing is refused").result());
    });
}

/// The result of a job that has ended is taken.
fn completion(criterion: &mut Criterion) {
    let pool = pool();
    criterion.bench_function("result of a finished job", |bencher| {
        bencher.iter_batched(
            || {
                let future = pool.submit(|| 1).expect("nothing is refused");
                future.wait().expect("no time limit");
                future
            },
            |future| future.result().expect("it does not panic"),
            criterion::BatchSize::SmallInput,
        );
    });
}

fn refusal(criterion: &mut Criterion) {
    let full = GreenThreadPoolExecutor::builder()
        .carriers(1)
        .max_workers(1)
        .check_and_reject(reject_when_reached(0));
    let pool = full.build().expect("the executor starts");
    let only = pool.submit(executor::park).expect("there is room for one");
    criterion.bench_function("refusal", |bencher| {
        bencher.iter(|| pool.submit(|| ()).expect_err("there is no room"));
    });
    only.cancel();
}

fn snapshot(criterion: &mut Criterion) {
    let pool = pool();
    submissions(&pool.handle(), BATCH);
    criterion.bench_function("statistics snapshot", |bencher| bencher.iter(|| pool.statistics()));
}

criterion_group!(steps, submit, claim_on_join, round_trip, completion, refusal, snapshot);
criterion_main!(steps);
