//! Jobs that live long are spread over the carriers, whoever submits them.

use std::collections::HashMap;
use std::time::Duration;

use executor::{GreenFuture, GreenThreadPoolExecutor, park, sleep, yield_now};

use super::support::process::os_thread;
use super::support::{by_build, watched};

/// As a server does: one job takes what comes in, a little at a time, and submits a job for each that
/// then waits most of the time.
#[test]
fn handlers_that_a_job_submits_one_by_one_do_not_stay_on_its_carrier() {
    let handlers = by_build(300, 2000);
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(2).max_workers(handlers + 1));
    let handle = pool.handle();
    let acceptor = pool
        .submit(move || {
            let accept = |_| {
                sleep(Duration::from_micros(20)).unwrap();
                let handler = || {
                    let carrier = os_thread();
                    let _ = park(); // until it is cancelled
                    carrier
                };
                handle.submit(handler).unwrap()
            };
            (0..handlers).map(accept).collect::<Vec<_>>()
        })
        .unwrap();
    let futures = acceptor.result().unwrap();
    while !futures.iter().all(GreenFuture::is_running) {
        yield_now();
    }
    let mut carriers = HashMap::new();
    for future in futures {
        future.cancel();
        *carriers.entry(future.result().unwrap()).or_insert(0) += 1;
    }
    let fewest = carriers.values().copied().min().unwrap_or_default();
    assert!(carriers.len() == 2 && fewest * 8 >= handlers, "by carrier: {carriers:?}");
}
