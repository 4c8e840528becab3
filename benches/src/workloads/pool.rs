//! Jobs of one millisecond under a limit of 1000 at once: the ideal is 1000 ns a job.

use std::sync::Arc;
use std::time::Duration;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

const AT_ONCE: usize = 1000;
const JOB: Duration = Duration::from_millis(1);

pub const WORKLOAD: Workload = Workload {
    name: "pool",
    about: "jobs that wait 1 ms, at most 1000 at once; ns a job, ideally 1000",
    n: 100_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green_builder(params).max_workers(AT_ONCE).build().expect("it starts");
    Measured::time(params.n, || {
        let futures: Vec<_> = (0..params.n)
            .map(|_| pool.submit(|| executor::sleep(JOB)).expect("nothing is refused"))
            .collect();
        for future in futures {
            future.result().expect("none fails").expect("nobody cancels it");
        }
    })
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let permits = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    Measured::time(params.n, || {
        let handles: Vec<_> = (0..params.n)
            .map(|_| {
                let permits = permits.clone();
                runtime.spawn(async move {
                    let _permit = permits.acquire().await.expect("it is not closed");
                    tokio::time::sleep(JOB).await;
                })
            })
            .collect();
        runtime.block_on(async {
            for handle in handles {
                handle.await.expect("no task fails");
            }
        });
    })
}

/// As many coroutines as may run, each taking job after job.
fn may(params: &Params) -> Measured {
    peers::may(params);
    let n = params.n;
    Measured::time(n, || {
        let handles: Vec<_> = (0..AT_ONCE as u64)
            .map(|worker| {
                may::go!(move || {
                    for _ in (worker..n).step_by(AT_ONCE) {
                        may::coroutine::sleep(JOB);
                    }
                })
            })
            .collect();
        for handle in handles {
            handle.join().expect("none fails");
        }
    })
}
