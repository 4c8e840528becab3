//! A binary tree of forks: each node joins two halves, and a leaf is a number.

use executor::join;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "fork_join",
    about: "a binary tree by join, a number at every leaf; ns a leaf",
    n: 10_000_000,
    warm_up: true,
    runners: &[("green", green), ("rayon", rayon)],
};

fn green(params: &Params) -> Measured {
    fn node(first: u64, leaves: u64) -> u64 {
        if leaves == 1 {
            return first;
        }
        let half = leaves / 2;
        let (left, right) = join(|| node(first, half), || node(first + half, leaves - half));
        left + right
    }
    let pool = peers::green(params);
    let leaves = params.n;
    Measured::time(leaves, || {
        let root = pool.submit(move || node(0, leaves)).expect("nothing is refused");
        check(leaves, root.result().expect("none fails"));
    })
}

fn rayon(params: &Params) -> Measured {
    fn node(first: u64, leaves: u64) -> u64 {
        if leaves == 1 {
            return first;
        }
        let half = leaves / 2;
        let (left, right) = rayon::join(|| node(first, half), || node(first + half, leaves - half));
        left + right
    }
    let pool = peers::rayon(params.carriers);
    let leaves = params.n;
    Measured::time(leaves, || check(leaves, pool.install(|| node(0, leaves))))
}

fn check(leaves: u64, sum: u64) {
    assert_eq!(sum, (0..leaves).sum::<u64>(), "a leaf was lost or came twice");
}
