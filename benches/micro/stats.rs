//! What statistics cost: the counts of one job, and a snapshot of all.

use criterion::{Criterion, criterion_group, criterion_main};
use stats::{Gatherer, Gauges, Outcome};

fn record(criterion: &mut Criterion) {
    let gatherer = Gatherer::new(1, true);
    let mut ns = 0u64;
    criterion.bench_function("record the start and the end of a job", |bencher| {
        bencher.iter(|| {
            // Over many buckets, as times are.
            ns = (ns * 5 + 7) % 1_000_003;
            gatherer.recorder(0).started(ns);
            gatherer.recorder(0).finished(Outcome::Succeeded, ns);
        });
    });
}

fn snapshot(criterion: &mut Criterion) {
    let gatherer = Gatherer::new(4, true);
    for ns in 0..100_000 {
        gatherer.recorder(ns as usize % 4).started(ns * 11);
        gatherer.recorder(ns as usize % 4).finished(Outcome::Succeeded, ns * 7);
    }
    criterion.bench_function("snapshot of four recorders", |bencher| {
        bencher.iter(|| gatherer.snapshot(Gauges::default()));
    });
}

criterion_group!(steps, record, snapshot);
criterion_main!(steps);
