//! One scope that forks all others: `nested` by parts that borrow.

use executor::scope;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "fork_nested",
    about: "one job forks all others in one scope, each writes a number; ns a part",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("rayon", rayon)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let n = params.n;
    Measured::time(n, || {
        let parent = pool.submit(move || {
            let mut numbers = vec![0; n as usize];
            scope(|scope| {
                for (i, number) in (0..).zip(&mut numbers) {
                    scope.submit(move || *number = i);
                }
            });
            numbers.iter().sum::<u64>()
        });
        check(n, parent.expect("nothing is refused").result().expect("none fails"));
    })
}

fn rayon(params: &Params) -> Measured {
    let pool = peers::rayon(params.carriers);
    let n = params.n;
    Measured::time(n, || {
        let sum = pool.install(|| {
            let mut numbers = vec![0; n as usize];
            rayon::scope(|scope| {
                for (i, number) in (0..).zip(&mut numbers) {
                    scope.spawn(move |_| *number = i);
                }
            });
            numbers.iter().sum::<u64>()
        });
        check(n, sum);
    })
}

fn check(n: u64, sum: u64) {
    assert_eq!(sum, (0..n).sum::<u64>(), "a part was lost or came twice");
}
