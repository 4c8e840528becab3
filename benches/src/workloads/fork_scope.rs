//! A tree of scopes, ten parts each, a number at every leaf: `skynet` by parts that borrow.

use executor::scope;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "fork_scope",
    about: "a 10-ary tree by scope, a number at every leaf; ns a leaf",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("rayon", rayon)],
};

fn green(params: &Params) -> Measured {
    fn node(first: u64, leaves: u64) -> u64 {
        if leaves == 1 {
            return first;
        }
        let each = leaves / 10;
        let mut sums = [0; 10];
        scope(|scope| {
            for (i, sum) in (0..).zip(&mut sums) {
                scope.submit(move || *sum = node(first + i * each, each));
            }
        });
        sums.iter().sum()
    }
    let pool = peers::green(params);
    let leaves = power_of_ten(params.n);
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
        let each = leaves / 10;
        let mut sums = [0; 10];
        rayon::scope(|scope| {
            for (i, sum) in (0..).zip(&mut sums) {
                scope.spawn(move |_| *sum = node(first + i * each, each));
            }
        });
        sums.iter().sum()
    }
    let pool = peers::rayon(params.carriers);
    let leaves = power_of_ten(params.n);
    Measured::time(leaves, || check(leaves, pool.install(|| node(0, leaves))))
}

fn power_of_ten(n: u64) -> u64 {
    10u64.pow(n.max(1).ilog10())
}

fn check(leaves: u64, sum: u64) {
    assert_eq!(sum, (0..leaves).sum::<u64>(), "a leaf was lost or came twice");
}
