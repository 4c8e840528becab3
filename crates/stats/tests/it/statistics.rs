//! Merging and subtracting snapshots.

use std::time::Duration;

use stats::{ExecutorStatistics, Gauges, Outcome};

use crate::{busy_gatherer, busy_snapshot, gauges, timings};

#[test]
fn merging_with_nothing_changes_nothing() {
    let busy = busy_snapshot();
    assert_eq!(busy.merge(&ExecutorStatistics::default()), busy);
    assert_eq!(ExecutorStatistics::default().merge(&busy), busy);
}

#[test]
fn merging_adds_counters_gauges_and_histograms() {
    let both = busy_snapshot().merge(&busy_snapshot());
    assert_eq!(both.submitted(), 38);
    assert_eq!(both.rejected(), 10);
    assert_eq!(both.succeeded(), 4);
    assert_eq!(both.failed(), 2);
    assert_eq!(both.panicked(), 2);
    assert_eq!(both.cancelled(), 8);
    assert_eq!(both.abandoned(), 6);
    assert_eq!(both.callback_panics(), 2);
    assert_eq!(both.queued(), 14);
    assert_eq!(both.running(), 2);
    assert_eq!(both.parked(), 2);
    assert_eq!(both.workers(), 12);
    assert_eq!(both.parks(), 100);
    assert_eq!(both.wakes(), 98);
    assert_eq!(both.run_total(), Duration::from_micros(200));
    assert_eq!(both.run_time().count(), 8);
}

#[test]
fn merging_takes_the_larger_stack_and_the_longer_uptime() {
    let small = busy_gatherer().snapshot(gauges());
    let large = busy_gatherer().snapshot(Gauges {
        stack_high_water_bytes: 99_000,
        uptime: Duration::from_secs(1),
        ..gauges()
    });
    let both = small.merge(&large);
    assert_eq!(both.stack_high_water_bytes(), 99_000);
    assert_eq!(both.uptime(), Duration::from_secs(2));
}

#[test]
fn a_difference_holds_what_happened_in_between() {
    let gatherer = busy_gatherer();
    let earlier = gatherer.snapshot(gauges());
    gatherer.recorder(0).started(100);
    gatherer.recorder(0).finished(Outcome::Failed, 90);
    gatherer.rejected();
    let later = gatherer.snapshot(Gauges {
        submitted: 20,
        queued: 3,
        parks: 60,
        wakes: 51,
        stack_high_water_bytes: 13_000,
        uptime: Duration::from_secs(5),
        ..gauges()
    });
    let since = later.since(&earlier).unwrap();

    assert_eq!((since.submitted(), since.rejected()), (1, 1));
    assert_eq!((since.executed(), since.failed(), since.succeeded()), (1, 1, 0));
    assert_eq!((since.cancelled(), since.abandoned(), since.callback_panics()), (0, 0, 0));
    assert_eq!((since.parks(), since.wakes()), (10, 2));
    assert_eq!(since.queue_wait(), &timings(&[100]));
    assert_eq!(since.run_time(), &timings(&[90]));
    assert_eq!(since.uptime(), Duration::from_secs(3), "the time in between");
    assert_eq!(
        (since.queued(), since.running(), since.parked(), since.workers()),
        (3, 1, 1, 6),
        "gauges are those of the later snapshot"
    );
    assert_eq!(since.stack_high_water_bytes(), 13_000);
}

#[test]
fn forked_parts_add_up_and_are_subtracted() {
    let forked = |forked, stolen| busy_gatherer().snapshot(Gauges { forked, stolen, ..gauges() });
    let both = forked(10, 2).merge(&forked(5, 1));
    assert_eq!((both.forked(), both.stolen()), (15, 3));
    let since = forked(10, 2).since(&forked(4, 1)).unwrap();
    assert_eq!((since.forked(), since.stolen()), (6, 1));
    assert_eq!(forked(4, 1).since(&forked(10, 2)).unwrap_err().quantity(), "forked");
}

#[test]
fn nothing_happens_between_a_snapshot_and_itself() {
    let since = busy_snapshot().since(&busy_snapshot()).unwrap();
    assert_eq!(since.executed(), 0);
    assert_eq!(since.uptime(), Duration::ZERO);
    assert!(since.queue_wait().is_empty() && since.run_time().is_empty());
}

#[test]
fn a_later_snapshot_cannot_be_subtracted() {
    let gatherer = busy_gatherer();
    let earlier = gatherer.snapshot(gauges());
    gatherer.cancelled();
    let later = gatherer.snapshot(gauges());
    let error = earlier.since(&later).unwrap_err();
    assert_eq!(error.quantity(), "cancelled");
    assert_eq!(
        error.to_string(),
        "not an earlier snapshot of the same source: it is ahead in `cancelled`"
    );
}

#[test]
fn each_quantity_that_only_grows_is_checked() {
    let zero = ExecutorStatistics::default();
    let cases = [
        ("submitted", r#"{"submitted": 1}"#),
        ("rejected", r#"{"rejected": 1}"#),
        ("succeeded", r#"{"succeeded": 1}"#),
        ("failed", r#"{"failed": 1}"#),
        ("panicked", r#"{"panicked": 1}"#),
        ("cancelled", r#"{"cancelled": 1}"#),
        ("abandoned", r#"{"abandoned": 1}"#),
        ("callback_panics", r#"{"callback_panics": 1}"#),
        ("parks", r#"{"parks": 1}"#),
        ("wakes", r#"{"wakes": 1}"#),
        ("uptime", r#"{"uptime": {"secs": 1, "nanos": 0}}"#),
        (
            "queue_wait",
            r#"{"queue_wait": {"sum_ns": 1, "min_ns": 1, "max_ns": 1, "buckets": [[1, 1]]}}"#,
        ),
        (
            "run_time",
            r#"{"run_time": {"sum_ns": 1, "min_ns": 1, "max_ns": 1, "buckets": [[1, 1]]}}"#,
        ),
    ];
    for (quantity, json) in cases {
        let ahead: ExecutorStatistics = serde_json::from_str(json).unwrap();
        assert_eq!(zero.since(&ahead).unwrap_err().quantity(), quantity);
    }
    let gauges = r#"{"queued": 1, "running": 1, "parked": 1, "workers": 1}"#;
    let busier: ExecutorStatistics = serde_json::from_str(gauges).unwrap();
    assert!(zero.since(&busier).is_ok(), "gauges may fall");
}
