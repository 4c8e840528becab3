//! Many parked threads at once: what each costs in memory.

use std::sync::Arc;

use super::{Workload, peers};
use crate::measure::{Measured, Params, rss_bytes};

pub const WORKLOAD: Workload = Workload {
    name: "parked",
    about: "parked threads: bytes of memory a thread, page tables included",
    n: 1_000_000,
    warm_up: false,
    runners: &[("green", green), ("tokio", tokio), ("may", may)],
};

fn green(params: &Params) -> Measured {
    let builder = peers::green_builder(params).stack_size(greenctx::MIN_STACK_BYTES);
    let pool = builder.build().expect("it starts");
    let before = rss_bytes();
    let futures: Vec<_> =
        (0..params.n).map(|_| pool.submit(executor::park).expect("nothing is refused")).collect();
    while pool.statistics().parked() < params.n {
        std::thread::yield_now();
    }
    let each = (rss_bytes() - before) as f64 / params.n as f64;
    for future in &futures {
        assert!(!future.cancel(), "all of them have started");
    }
    for future in futures {
        // Cancelled while parked: the park says so, and the job returns it.
        assert!(future.result().expect("no job fails").is_err());
    }
    Measured::figures(vec![("rss_bytes_per_thread", each)])
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let started = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let before = rss_bytes();
    let handles: Vec<_> = (0..params.n)
        .map(|_| {
            let (gate, started) = (gate.clone(), started.clone());
            runtime.spawn(async move {
                started.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                gate.acquire().await.expect("it is not closed").forget();
            })
        })
        .collect();
    while started.load(std::sync::atomic::Ordering::Relaxed) < params.n {
        std::thread::yield_now();
    }
    let each = (rss_bytes() - before) as f64 / params.n as f64;
    gate.add_permits(params.n as usize);
    runtime.block_on(async {
        for handle in handles {
            handle.await.expect("no task fails");
        }
    });
    Measured::figures(vec![("rss_bytes_per_thread", each)])
}

/// It aborts beyond some 32,000.
fn may(params: &Params) -> Measured {
    peers::may(params);
    let n = params.n.min(30_000);
    let before = rss_bytes();
    let handles: Vec<_> = (0..n).map(|_| may::go!(may::coroutine::park)).collect();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let each = (rss_bytes() - before) as f64 / n as f64;
    for handle in &handles {
        handle.coroutine().unpark();
    }
    for handle in handles {
        handle.join().expect("none fails");
    }
    Measured::figures(vec![("rss_bytes_per_thread", each)])
}
