//! What an executor is without a word, and what it can be asked to be.

use executor::{GreenThreadPoolExecutor, GuardKind};
use greenstd::thread;

use super::support::{Held, ms, watched};

#[test]
fn without_a_word_there_are_a_thousand_workers_and_a_carrier_for_each_cpu() {
    let pool = watched(GreenThreadPoolExecutor::builder());
    let cpus = thread::available_parallelism().unwrap().get();
    assert_eq!((pool.max_workers(), pool.num_carriers()), (1000, cpus));
    assert!(pool.alive());
    Held::workers(&pool, 1000).release();
}

#[test]
fn as_many_workers_as_anybody_could_want_may_be_permitted() {
    let pool = watched(GreenThreadPoolExecutor::builder().max_workers(usize::MAX).carriers(1));
    assert_eq!(pool.max_workers(), usize::MAX);
    Held::workers(&pool, 2000).release();
}

#[test]
fn jobs_run_with_every_kind_of_guard() {
    for guard in [GuardKind::Auto, GuardKind::Protect] {
        let builder = GreenThreadPoolExecutor::builder().carriers(1).max_workers(50);
        let pool = watched(builder.stack_guard(guard).stack_size(64 * 1024));
        Held::workers(&pool, 50).release();
    }
}

#[test]
fn a_job_may_use_the_stack_that_was_asked_for() {
    /// Uses more than a kilobyte a level, and waits at the bottom.
    fn burrow(depth: u32) -> u64 {
        let frame = std::hint::black_box([u64::from(depth); 128]);
        if depth == 0 {
            executor::sleep(ms(1)).expect("nobody cancels it");
            return 0;
        }
        burrow(depth - 1) + std::hint::black_box(frame)[7]
    }
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).stack_size(8 * 1024 * 1024));
    let depth = 1000;
    let sum = pool.submit(move || burrow(depth)).unwrap().result().unwrap();
    assert_eq!(sum, u64::from(depth * (depth + 1) / 2));
    assert!(pool.statistics().stack_high_water_bytes() > 1_000_000);
}
