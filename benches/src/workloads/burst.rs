//! All jobs submitted first, from a plain thread, then every result taken.

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "burst",
    about: "all jobs submitted from a plain thread, then every result taken; ns a job",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    Measured::time(params.n, || {
        let futures: Vec<_> =
            (0..params.n).map(|i| pool.submit(move || i).expect("nothing is refused")).collect();
        check(params.n, futures.into_iter().map(|future| future.result().expect("none fails")));
    })
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    Measured::time(params.n, || {
        let handles: Vec<_> = (0..params.n).map(|i| runtime.spawn(async move { i })).collect();
        runtime.block_on(async {
            let mut sum = 0u64;
            for handle in handles {
                sum += handle.await.expect("no task fails");
            }
            check(params.n, std::iter::once(sum));
        });
    })
}

fn may(params: &Params) -> Measured {
    peers::may(params);
    Measured::time(params.n, || {
        let handles: Vec<_> = (0..params.n).map(|i| may::go!(move || i)).collect();
        check(params.n, handles.into_iter().map(|handle| handle.join().expect("none fails")));
    })
}

fn check(n: u64, results: impl Iterator<Item = u64>) {
    assert_eq!(results.sum::<u64>(), (0..n).sum::<u64>(), "a result was lost or came twice");
}
