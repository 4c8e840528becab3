//! One histogram: what is exact, what is rounded, and what lies beyond the range.

use std::time::Duration;

use stats::{Histogram, Timings};

use crate::timings;

const LAST_BUCKET_NS: u64 = (1 << 42) - 1;

#[test]
fn an_empty_histogram_has_no_durations() {
    let timings = Histogram::new().snapshot();
    assert_eq!(timings, Timings::default());
    assert!(timings.is_empty());
    assert_eq!(timings.count(), 0);
    assert_eq!(timings.sum(), Duration::ZERO);
    assert_eq!(timings.min(), None);
    assert_eq!(timings.max(), None);
    assert_eq!(timings.mean(), None);
    assert_eq!(timings.percentile(50.0), None);
    assert_eq!(timings.buckets().count(), 0);
}

#[test]
fn count_sum_mean_and_extremes_are_exact() {
    let timings = timings(&[1_234_567, 89, 7_654_321]);
    assert_eq!(timings.count(), 3);
    assert_eq!(timings.sum(), Duration::from_nanos(8_888_977));
    assert_eq!(timings.mean(), Some(Duration::from_nanos(2_962_992)));
    assert_eq!(timings.min(), Some(Duration::from_nanos(89)));
    assert_eq!(timings.max(), Some(Duration::from_nanos(7_654_321)));
}

#[test]
fn nanoseconds_below_128_are_told_apart() {
    let values: Vec<u64> = (0..128).collect();
    let timings = timings(&values);
    let buckets: Vec<_> = timings.buckets().collect();
    assert_eq!(buckets.len(), 128);
    for (ns, bucket) in values.into_iter().zip(buckets) {
        let exactly = Duration::from_nanos(ns);
        assert_eq!((bucket.from, bucket.to, bucket.count), (exactly, exactly, 1));
    }
}

#[test]
fn buckets_border_on_each_other_and_are_at_most_one_64th_wide() {
    // The borders of all buckets, each as the first value in one.
    let mut borders: Vec<u64> = (0..64).collect();
    borders.extend((0..36).flat_map(|power| (64..128).map(move |step: u64| step << power)));
    let timings = timings(&borders);
    let mut next = Duration::ZERO;
    for (bucket, border) in timings.buckets().zip(&borders) {
        assert_eq!(bucket.from, Duration::from_nanos(*border));
        assert_eq!(bucket.from, next, "no gap and no overlap");
        assert_eq!(bucket.count, 1);
        assert!((bucket.to - bucket.from) * 64 <= bucket.from, "{bucket:?} is too wide");
        next = bucket.to + Duration::from_nanos(1);
    }
    assert_eq!(next, Duration::from_nanos(LAST_BUCKET_NS + 1), "the range ends after 73 minutes");
}

#[test]
fn percentiles_are_those_of_the_rank() {
    let values: Vec<u64> = (1..=100).collect();
    let timings = timings(&values);
    for percent in 1..=100 {
        let expected = Duration::from_nanos(percent);
        assert_eq!(timings.percentile(percent as f64), Some(expected), "percentile {percent}");
    }
    assert_eq!(timings.percentile(99.9), Some(Duration::from_nanos(100)));
    assert_eq!(timings.percentile(0.001), Some(Duration::from_nanos(1)));
}

#[test]
fn percentiles_beyond_the_ends_are_the_extremes() {
    let timings = timings(&[1_000_001, 5_000_003]);
    for percent in [0.0, -5.0, f64::NEG_INFINITY] {
        assert_eq!(timings.percentile(percent), timings.min(), "percentile {percent}");
    }
    for percent in [100.0, 250.0, f64::INFINITY] {
        assert_eq!(timings.percentile(percent), timings.max(), "percentile {percent}");
    }
    assert_eq!(timings.percentile(f64::NAN), None);
}

#[test]
fn values_beyond_the_range_share_the_last_bucket_but_keep_sum_and_maximum() {
    let five_hours = 5 * 3600 * 1_000_000_000;
    let timings = timings(&[1_000, five_hours, 2 * five_hours]);
    let last = timings.buckets().last().unwrap();
    assert_eq!((last.to, last.count), (Duration::from_nanos(LAST_BUCKET_NS), 2));
    assert_eq!(timings.sum(), Duration::from_nanos(3 * five_hours + 1_000));
    assert_eq!(timings.max(), Some(Duration::from_nanos(2 * five_hours)));
    assert_eq!(timings.percentile(50.0), timings.max(), "never below the true percentile");
}

#[test]
fn a_sum_that_does_not_fit_saturates() {
    let timings = timings(&[u64::MAX, u64::MAX, 1]);
    assert_eq!(timings.sum(), Duration::from_nanos(u64::MAX));
    assert_eq!(timings.max(), Some(Duration::from_nanos(u64::MAX)));
    assert_eq!(timings.count(), 3);
}

#[test]
fn a_snapshot_does_not_change_when_more_is_recorded() {
    let histogram = Histogram::new();
    histogram.record(10);
    let before = histogram.snapshot();
    histogram.record(20);
    assert_eq!(before, timings(&[10]));
    assert_eq!(histogram.snapshot(), timings(&[10, 20]));
}

#[test]
fn a_difference_keeps_an_extreme_that_is_new_and_bounds_one_that_is_not() {
    let histogram = Histogram::new();
    [1_000_000, 9_000_000].into_iter().for_each(|ns| histogram.record(ns));
    let earlier = histogram.snapshot();
    [2_000_000, 9_999_999].into_iter().for_each(|ns| histogram.record(ns));
    let since = histogram.snapshot().since(&earlier).unwrap();

    assert_eq!(since.count(), 2);
    assert_eq!(since.sum(), Duration::from_nanos(11_999_999));
    assert_eq!(since.max(), Some(Duration::from_nanos(9_999_999)), "a new maximum is exact");
    let min = since.min().unwrap().as_nanos();
    assert!((1_968_750..=2_000_000).contains(&min), "{min} is in the bucket of the true minimum");
}

#[test]
fn a_difference_does_not_exceed_the_extremes_of_all() {
    let histogram = Histogram::new();
    histogram.record(1_000_001);
    let earlier = histogram.snapshot();
    histogram.record(1_000_001);
    let since = histogram.snapshot().since(&earlier).unwrap();
    assert_eq!(since, earlier, "the same happened again");
}

#[test]
fn a_difference_equals_a_recording_of_the_same_durations() {
    let histogram = Histogram::new();
    histogram.record(1);
    let earlier = histogram.snapshot();
    [0, 2].into_iter().for_each(|ns| histogram.record(ns));
    assert_eq!(histogram.snapshot().since(&earlier).unwrap(), timings(&[0, 2]));
}

#[test]
fn timings_of_another_source_are_not_earlier() {
    let error = timings(&[10]).since(&timings(&[20])).unwrap_err();
    assert_eq!(error.quantity(), "timings");
    assert!(timings(&[10]).since(&timings(&[10, 10])).is_err());
    assert!(timings(&[10, 20]).since(&timings(&[30])).is_err());
    assert!(Timings::default().since(&timings(&[10])).is_err());
}
