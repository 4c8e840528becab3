//! Items through a map, in the order of the inputs.

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "map",
    about: "items through an ordered map, from a plain thread; ns an item",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    Measured::time(params.n, || {
        let doubled = pool.map(0..params.n, |i| i * 2).expect("nothing is refused");
        check(params.n, doubled.map(|result| result.expect("no item fails")));
    })
}

/// What `futures::stream::iter(..).map(spawn).buffered(..)` comes to with an unlimited buffer.
fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    Measured::time(params.n, || {
        runtime.block_on(async {
            let handles: Vec<_> =
                (0..params.n).map(|i| tokio::spawn(async move { i * 2 })).collect();
            let mut sum = 0;
            for handle in handles {
                sum += handle.await.expect("no task fails");
            }
            check(params.n, std::iter::once(sum));
        });
    })
}

fn check(n: u64, results: impl Iterator<Item = u64>) {
    assert_eq!(results.sum::<u64>(), n * (n - 1), "an item was lost or came twice");
}
