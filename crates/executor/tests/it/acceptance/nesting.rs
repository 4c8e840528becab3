//! Jobs that wait for jobs of their own executor, to any depth.

use executor::{ExecutorHandle, GreenThreadPoolExecutor, GuardKind, Refusal, Shutdown};

use super::support::process::resident_bytes;
use super::support::{by_build, child, pool, stack_for_frames, watched};

/// A job that waits for a job, and so on for `levels` more. Gives how many were served.
fn nest(pool: &ExecutorHandle, levels: u64) -> u64 {
    if levels == 0 {
        return 0;
    }
    let handle = pool.clone();
    match pool.submit(move || nest(&handle, levels - 1)) {
        Ok(child) => 1 + child.result().unwrap_or(0),
        Err(refused) => {
            assert_eq!(refused.reason(), Refusal::Rejected);
            0
        }
    }
}

#[test]
fn the_only_worker_serves_a_chain_of_its_own_queued_children() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let handle = pool.handle();
        let served = pool.submit(move || nest(&handle, 1000)).unwrap().result().unwrap();
        assert_eq!(served, 1000);
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(pool.statistics().executed(), 1001);
    }
}

#[test]
fn a_hundred_thousand_nested_levels_are_served() {
    const THIS: &str = "acceptance::nesting::a_hundred_thousand_nested_levels_are_served";
    const LEVELS: u64 = 100_000;
    // A process of its own for the memory that it takes.
    let ended = child::run(THIS, || {
        for (workers, carriers) in [(1, 1), (4, 2)] {
            let pool = pool(workers, carriers);
            let handle = pool.handle();
            let served = pool.submit(move || nest(&handle, LEVELS)).unwrap().result().unwrap();
            assert_eq!(served, LEVELS);
            pool.shutdown(Shutdown::wait()).unwrap();
            assert_eq!(pool.statistics().executed(), LEVELS + 1);
            println!("{LEVELS} levels, {} MiB resident", resident_bytes() >> 20);
        }
    });
    ended.assert_done();
}

#[test]
fn too_many_nested_levels_for_the_stacks_there_are_end_in_an_error() {
    const THIS: &str =
        "acceptance::nesting::too_many_nested_levels_for_the_stacks_there_are_end_in_an_error";
    let ended = child::run(THIS, || {
        // The smallest stacks hold a level or two, and guards by mprotect are for 29,000 of them.
        let pool = watched(
            GreenThreadPoolExecutor::builder()
                .max_workers(1)
                .carriers(1)
                .stack_size(stack_for_frames(by_build(32 * 1024, greenctx::MIN_STACK_BYTES)))
                .stack_guard(GuardKind::Protect),
        );
        let handle = pool.handle();
        let served = pool.submit(move || nest(&handle, 1_000_000)).unwrap().result().unwrap();
        println!("{served} levels served");
        assert!(served > 1000);
        pool.shutdown(Shutdown::wait()).unwrap();
        let statistics = pool.statistics();
        assert_eq!(statistics.executed() + statistics.abandoned(), statistics.submitted());
        assert!(statistics.abandoned() <= 1, "{statistics}");
    });
    ended.assert_done();
}

/// A job with ten children, each of which has as many, down to `depth`. Gives its leaves' number.
fn grow(pool: &ExecutorHandle, depth: u32) -> u64 {
    if depth == 0 {
        return 1;
    }
    let children: Vec<_> = (0..10)
        .map(|_| {
            let handle = pool.clone();
            pool.submit(move || grow(&handle, depth - 1)).unwrap()
        })
        .collect();
    children.into_iter().map(|child| child.result().unwrap()).sum()
}

#[test]
fn a_tree_of_jobs_with_a_million_leaves_finishes() {
    let depth = by_build(4, 6);
    for (workers, carriers) in [(1, 1), (100, 2)] {
        let pool = pool(workers, carriers);
        let handle = pool.handle();
        let leaves = pool.submit(move || grow(&handle, depth)).unwrap().result().unwrap();
        assert_eq!(leaves, 10_u64.pow(depth));
        pool.shutdown(Shutdown::wait()).unwrap();
        let nodes = (10_u64.pow(depth + 1) - 1) / 9;
        assert_eq!(pool.statistics().executed(), nodes);
    }
}
