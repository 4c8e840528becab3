//! A binary tree of forks whose leaves sleep, a thousand parts at once.

use std::time::Duration;

use executor::join;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "fork_wait",
    about: "a binary tree by join whose leaves sleep 1 ms, a thousand parts at once; ns a leaf",
    n: 100_000,
    warm_up: true,
    runners: &[("green", green), ("rayon", rayon)],
};

/// How many parts there are at a time, those that wait for others among them.
const AT_ONCE: usize = 1000;

/// How long a leaf sleeps.
const LEAF: Duration = Duration::from_millis(1);

fn green(params: &Params) -> Measured {
    fn node(leaves: u64) -> u64 {
        if leaves == 1 {
            executor::sleep(LEAF).expect("nobody cancels it");
            return 1;
        }
        let half = leaves / 2;
        let (left, right) = join(|| node(half), || node(leaves - half));
        left + right
    }
    let pool = peers::green_builder(params).max_workers(AT_ONCE).build().expect("it starts");
    let leaves = params.n;
    Measured::time(leaves, || {
        let root = pool.submit(move || node(leaves)).expect("nothing is refused");
        check(leaves, root.result().expect("none fails"));
    })
}

/// A leaf holds its OS thread, so rayon's users start as many threads as leaves shall sleep at once.
fn rayon(params: &Params) -> Measured {
    fn node(leaves: u64) -> u64 {
        if leaves == 1 {
            std::thread::sleep(LEAF);
            return 1;
        }
        let half = leaves / 2;
        let (left, right) = rayon::join(|| node(half), || node(leaves - half));
        left + right
    }
    let pool = peers::rayon(AT_ONCE);
    let leaves = params.n;
    Measured::time(leaves, || check(leaves, pool.install(|| node(leaves))))
}

fn check(leaves: u64, slept: u64) {
    assert_eq!(slept, leaves, "a leaf was lost or came twice");
}
