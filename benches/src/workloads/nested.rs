//! One job that submits all others and takes their results.

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "nested",
    about: "one job submits all others and joins them; ns a job",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let handle = pool.handle();
    let n = params.n;
    Measured::time(n, || {
        let parent = pool.submit(move || {
            let children: Vec<_> =
                (0..n).map(|i| handle.submit(move || i).expect("nothing is refused")).collect();
            children.into_iter().map(|child| child.result().expect("none fails")).sum::<u64>()
        });
        check(n, parent.expect("nothing is refused").result().expect("none fails"));
    })
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let n = params.n;
    Measured::time(n, || {
        let parent = runtime.spawn(async move {
            let children: Vec<_> = (0..n).map(|i| tokio::spawn(async move { i })).collect();
            let mut sum = 0u64;
            for child in children {
                sum += child.await.expect("no task fails");
            }
            sum
        });
        check(n, runtime.block_on(parent).expect("no task fails"));
    })
}

fn check(n: u64, sum: u64) {
    assert_eq!(sum, (0..n).sum::<u64>(), "a result was lost or came twice");
}
