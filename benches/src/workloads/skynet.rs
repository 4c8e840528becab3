//! A tree of jobs, ten children each, a number at every leaf (after atemerev's skynet).

use std::pin::Pin;

use executor::submit;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "skynet",
    about: "a 10-ary tree of jobs, each joins its children; ns a leaf",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

fn green(params: &Params) -> Measured {
    fn node(first: u64, leaves: u64) -> u64 {
        if leaves == 1 {
            return first;
        }
        let each = leaves / 10;
        let children: Vec<_> = (0..10)
            .map(|i| submit(move || node(first + i * each, each)).expect("nothing is refused"))
            .collect();
        children.into_iter().map(|child| child.result().expect("none fails")).sum()
    }
    let pool = peers::green(params);
    let leaves = power_of_ten(params.n);
    Measured::time(leaves, || {
        let root = pool.submit(move || node(0, leaves)).expect("nothing is refused");
        check(leaves, root.result().expect("none fails"));
    })
}

fn tokio(params: &Params) -> Measured {
    fn node(first: u64, leaves: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(async move {
            if leaves == 1 {
                return first;
            }
            let each = leaves / 10;
            let children: Vec<_> =
                (0..10).map(|i| tokio::spawn(node(first + i * each, each))).collect();
            let mut sum = 0;
            for child in children {
                sum += child.await.expect("no task fails");
            }
            sum
        })
    }
    let runtime = peers::tokio(params);
    let leaves = power_of_ten(params.n);
    Measured::time(leaves, || {
        let root = runtime.spawn(node(0, leaves));
        check(leaves, runtime.block_on(root).expect("no task fails"));
    })
}

fn power_of_ten(n: u64) -> u64 {
    10u64.pow(n.max(1).ilog10())
}

fn check(leaves: u64, sum: u64) {
    assert_eq!(sum, (0..leaves).sum::<u64>(), "a leaf was lost or came twice");
}
