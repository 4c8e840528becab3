//! Jobs that live long are spread over the carriers, whoever submits them.

use std::collections::HashMap;
use std::time::Duration;

use executor::{GreenFuture, GreenThreadPoolExecutor, park, sleep};
use greenstd::sync::{Arc, Mutex};

use super::support::process::os_thread;
use super::support::{by_build, watched};

/// How many jobs have started, by carrier.
type Started = Arc<Mutex<HashMap<String, usize>>>;

/// Whether each of the two carriers has its part of so many jobs.
fn are_spread(jobs: usize, started: &Started) -> bool {
    let started = started.lock();
    started.len() == 2 && started.values().all(|count| count * 8 >= jobs)
}

/// As a server does: one job takes what comes in, a little at a time, and submits a job for each that
/// then waits most of the time.
#[test]
fn handlers_that_a_job_submits_one_by_one_do_not_stay_on_its_carrier() {
    let handlers = by_build(300, 2000);
    // On a busy machine, the other carrier may get no CPU for as long as the first ones take.
    let most = 20 * handlers;
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(2).max_workers(most + 1));
    let (handle, started) = (pool.handle(), Started::default());
    let seen = started.clone();
    let acceptor = pool
        .submit(move || {
            let accept = || {
                sleep(Duration::from_micros(20)).unwrap();
                let started = seen.clone();
                let handler = move || {
                    *started.lock().entry(os_thread()).or_default() += 1;
                    let _ = park(); // until it is cancelled
                };
                handle.submit(handler).unwrap()
            };
            let mut futures: Vec<GreenFuture<()>> = Vec::new();
            while futures.len() < handlers
                || (!are_spread(futures.len(), &seen) && futures.len() < most)
            {
                futures.push(accept());
            }
            futures
        })
        .unwrap();
    let futures = acceptor.result().unwrap();
    assert!(are_spread(futures.len(), &started), "{} jobs: {started:?}", futures.len());
    futures.iter().for_each(|future| _ = future.cancel());
}
