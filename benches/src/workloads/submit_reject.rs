//! The cost of a refusal: a full executor, and submissions that it turns down.

use std::sync::Arc;

use executor::reject_when_reached;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "submit_reject",
    about: "submissions to a full executor, each refused; ns a refusal",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green_builder(params)
        .max_workers(1)
        .check_and_reject(reject_when_reached(0))
        .build()
        .expect("it starts");
    let blocker = pool.submit(executor::park).expect("there is room for one");
    let measured = Measured::time(params.n, || {
        let refused = (0..params.n).filter(|&i| pool.submit(move || i).is_err()).count();
        assert_eq!(refused as u64, params.n, "something was accepted");
    });
    blocker.cancel();
    measured
}

/// Tokio has no refusal; its users take a permit before they spawn.
fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let permits = Arc::new(tokio::sync::Semaphore::new(1));
    let _taken = permits.clone().try_acquire_owned().expect("there is room for one");
    Measured::time(params.n, || {
        let refused = (0..params.n)
            .filter(|&i| match permits.clone().try_acquire_owned() {
                Ok(permit) => {
                    runtime.spawn(async move {
                        let _permit = permit;
                        i
                    });
                    false
                }
                Err(_) => true,
            })
            .count();
        assert_eq!(refused as u64, params.n, "something was accepted");
    })
}
