//! Timers that are armed and cancelled, as most time limits are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

const LIMIT: Duration = Duration::from_secs(10);

pub const WORKLOAD: Workload = Workload {
    name: "timers",
    about: "waits with a time limit that end before it: arm, switch, cancel; ns a wait",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

/// One green thread waits with a limit, its sibling wakes it and yields.
fn green(params: &Params) -> Measured {
    let carrier = greenctx::Carrier::new().expect("a carrier starts");
    let n = params.n;
    Measured::time(n, || {
        let waits = carrier.run(move || {
            let over = Arc::new(AtomicBool::new(false));
            let waiter = greenctx::spawn({
                let over = over.clone();
                move || {
                    for _ in 0..n {
                        greenctx::park_timeout(LIMIT).expect("nobody cancels it");
                    }
                    over.store(true, Ordering::Relaxed);
                    n
                }
            });
            greenctx::yield_now();
            while !over.load(Ordering::Relaxed) {
                waiter.thread().unpark();
                greenctx::yield_now();
            }
            waiter.join().expect("it does not panic")
        });
        assert_eq!(waits.expect("there is a stack"), n);
    })
}

/// A future that is ready at the second poll: the first arms the timer.
fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let n = params.n;
    Measured::time(n, || {
        let task = runtime.spawn(async move {
            for _ in 0..n {
                let wait = tokio::time::timeout(LIMIT, tokio::task::yield_now());
                wait.await.expect("it is ready long before");
            }
            n
        });
        assert_eq!(runtime.block_on(task).expect("no task fails"), n);
    })
}
