//! Runtimes of tokio beside green threads: waiting leaves no context behind for whoever runs next.

use std::time::Duration;

use executor::GreenThreadPoolExecutor;
use executor::io::block_on;
use tokio::runtime::{Builder, Handle};

#[test]
fn jobs_that_wait_for_tasks_of_tokio_leave_no_context_to_others() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let executor = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let is_inside = || Handle::try_current().is_ok();
    // They wait for times of no order, so they go on in another order than they began.
    let waits = executor.map(0..200_u64, move |n| {
        let before = is_inside();
        let nap = Duration::from_millis(n * 7 % 10);
        let task = handle.spawn(async move {
            tokio::time::sleep(nap).await;
            n
        });
        let answer = block_on(task).unwrap().unwrap();
        (answer, before || is_inside())
    });
    let mut sum = 0;
    for waited in waits.unwrap() {
        let (answer, was_inside) = waited.unwrap();
        assert!(!was_inside);
        sum += answer;
    }
    assert_eq!(sum, 19_900);
    assert!(!executor.submit(is_inside).unwrap().result().unwrap());
}
