//! Futures of several kinds together.

use executor::{
    Executor, GreenThreadPoolExecutor, SynchronousExecutor, ThreadPoolExecutor, as_completed,
    wait_for_all,
};

use super::super::support::{Held, pool, watch};
use super::threads;

#[test]
fn one_wait_set_takes_futures_of_all_kinds() {
    let _watch = watch();
    let green = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let threads = ThreadPoolExecutor::builder().build().unwrap();
    let here = SynchronousExecutor::new();
    let kinds: [&dyn Executor; 3] = [&green, &threads, &here];
    let submit = || kinds.map(|kind| kind.as_handle().submit(|| 1).unwrap());
    assert_eq!(wait_for_all(submit()).unwrap().done.len(), 3);
    let sum: u32 = as_completed(submit()).map(|job| job.unwrap().result().unwrap()).sum();
    assert_eq!(sum, 3);
}

#[test]
fn a_green_thread_parks_while_a_thread_pool_works() {
    let green = pool(2, 1);
    let (_watch, threads) = threads(ThreadPoolExecutor::builder().max_workers(1));
    let held = Held::workers(&threads, 1);
    let blocking = threads.handle();
    let waits = green.submit(move || blocking.submit(|| 42).unwrap().result().unwrap()).unwrap();
    // The only carrier runs this one: the other does not block it.
    assert_eq!(green.submit(|| 1).unwrap().result().unwrap(), 1);
    assert!(!waits.is_done());
    held.release();
    assert_eq!(waits.result().unwrap(), 42);
}

#[test]
fn a_thread_waits_for_a_green_job_that_waits_for_it() {
    let green = pool(1, 1);
    let (_watch, threads) = threads(ThreadPoolExecutor::builder().max_workers(2));
    let (greens, blocking) = (green.handle(), threads.handle());
    let job = threads.submit(move || {
        let inner = greens.submit(move || blocking.submit(|| 20).unwrap().result().unwrap() + 1);
        inner.unwrap().result().unwrap() + 1
    });
    assert_eq!(job.unwrap().result().unwrap(), 22);
}

#[test]
fn a_synchronous_job_in_a_green_one_parks_that() {
    let green = pool(2, 1);
    let here = SynchronousExecutor::new();
    let inner = here.handle();
    let waits = green.submit(move || {
        inner.try_submit(|| executor::sleep(std::time::Duration::from_millis(1))).unwrap().result()
    });
    assert_eq!(green.submit(|| 1).unwrap().result().unwrap(), 1);
    waits.unwrap().result().unwrap().unwrap();
    assert_eq!(here.statistics().succeeded(), 1);
}
