//! Readers beside writers.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use greenstd::thread;
use stats::{Gatherer, Gauges, Histogram, Outcome};

const ITEMS: u64 = 200_000;

/// A different length for each item, spread over many buckets.
fn length_ns(item: u64) -> u64 {
    1 + (item * item) % 1_000_000
}

#[test]
fn a_reader_never_sees_a_number_go_backwards() {
    let gatherer = Arc::new(Gatherer::new(2, true));
    let done = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = (0..2)
        .map(|worker| {
            let (gatherer, done) = (gatherer.clone(), done.clone());
            thread::spawn(move || {
                for item in 0..ITEMS {
                    gatherer.recorder(worker).started(length_ns(item));
                    gatherer.recorder(worker).finished(outcome_of(item), length_ns(item));
                    if item % 8 == 0 {
                        gatherer.rejected();
                    }
                }
                done.fetch_add(1, Ordering::Release);
            })
        })
        .collect();

    let mut earlier = gatherer.snapshot(Gauges::default());
    loop {
        let last_round = done.load(Ordering::Acquire) == 2;
        let later = gatherer.snapshot(Gauges::default());
        let since = later.since(&earlier).expect("no counter, bucket or sum goes backwards");
        assert!(since.executed() <= 2 * ITEMS);
        assert!(later.running() <= 2, "two workers run at most two items");
        assert!(later.run_time().count() <= 2 * ITEMS);
        earlier = later;
        if last_round {
            break;
        }
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());

    assert_eq!(earlier.executed(), 2 * ITEMS);
    assert_eq!(earlier.panicked(), 2 * ITEMS.div_ceil(100));
    assert_eq!(earlier.rejected(), 2 * ITEMS / 8);
    assert_eq!(earlier.running(), 0);
    let total: u64 = (0..ITEMS).map(length_ns).sum();
    assert_eq!(earlier.run_total().as_nanos(), u128::from(2 * total));
    assert_eq!(earlier.queue_wait(), earlier.run_time());
}

fn outcome_of(item: u64) -> Outcome {
    match item % 100 {
        0 => Outcome::Panicked,
        1..10 => Outcome::Failed,
        _ => Outcome::Succeeded,
    }
}

#[test]
fn who_has_the_result_finds_the_item_counted() {
    let gatherer = Arc::new(Gatherer::new(1, true));
    let published = Arc::new(AtomicU64::new(0));
    let writer = thread::spawn({
        let (gatherer, published) = (gatherer.clone(), published.clone());
        move || {
            for item in 1..=ITEMS {
                gatherer.recorder(0).started(item);
                gatherer.recorder(0).finished(Outcome::Succeeded, item);
                published.store(item, Ordering::Release);
            }
        }
    });
    let mut seen = 0;
    while seen < ITEMS {
        seen = published.load(Ordering::Acquire);
        assert!(gatherer.finished() >= seen);
        assert!(gatherer.started() >= seen);
        let statistics = gatherer.snapshot(Gauges::default());
        assert!(statistics.executed() >= seen);
        assert!(statistics.run_time().count() >= seen);
        assert!(statistics.run_time().max().map_or(0, |max| max.as_nanos()) >= u128::from(seen));
    }
    writer.join().unwrap();
}

#[test]
fn a_snapshot_in_mid_recording_is_coherent() {
    let histogram = Arc::new(Histogram::new());
    let stop = Arc::new(AtomicBool::new(false));
    let writer = thread::spawn({
        let (histogram, stop) = (histogram.clone(), stop.clone());
        move || {
            // Each value is a new minimum or maximum, until the range is used up.
            let mut step = 0u64;
            while !stop.load(Ordering::Relaxed) {
                let distance = (step / 2).min(999_999);
                let below = step.is_multiple_of(2);
                histogram.record(if below { 1_000_000 - distance } else { 1_000_000 + distance });
                step += 1;
            }
        }
    });
    for _ in 0..2_000 {
        let timings = histogram.snapshot();
        let (Some(min), Some(max)) = (timings.min(), timings.max()) else { continue };
        assert!(min <= max);
        let buckets: Vec<_> = timings.buckets().collect();
        assert!((buckets[0].from..=buckets[0].to).contains(&min));
        let last = buckets[buckets.len() - 1];
        assert!((last.from..=last.to).contains(&max));
        assert_eq!(timings.count(), buckets.iter().map(|bucket| bucket.count).sum::<u64>());
        for percent in [1.0, 50.0, 99.0] {
            assert!((min..=max).contains(&timings.percentile(percent).unwrap()));
        }
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
}
