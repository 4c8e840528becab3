//! Recorders and what the gatherer makes of them.

use std::time::Duration;

use stats::{ExecutorStatistics, Gatherer, Gauges, Outcome, Recorder};

use crate::{busy_gatherer, busy_snapshot, timings};

#[test]
fn a_new_gatherer_has_counted_nothing() {
    let gatherer = Gatherer::new(3, true);
    assert_eq!(gatherer.snapshot(Gauges::default()), ExecutorStatistics::default());
    assert_eq!((gatherer.started(), gatherer.finished()), (0, 0));
}

#[test]
fn no_recorders_at_all_are_fine() {
    let gatherer = Gatherer::new(0, true);
    gatherer.rejected();
    assert_eq!(gatherer.snapshot(Gauges::default()).rejected(), 1);
}

#[test]
#[should_panic(expected = "index out of bounds")]
fn a_recorder_that_is_not_there_panics() {
    Gatherer::new(2, false).recorder(2);
}

#[test]
fn every_event_is_counted_as_itself() {
    let statistics = busy_snapshot();
    assert_eq!(statistics.submitted(), 19);
    assert_eq!(statistics.rejected(), 5);
    assert_eq!(statistics.executed(), 4);
    assert_eq!(statistics.succeeded(), 2);
    assert_eq!(statistics.failures(), 2);
    assert_eq!(statistics.failed(), 1);
    assert_eq!(statistics.panicked(), 1);
    assert_eq!(statistics.cancelled(), 4);
    assert_eq!(statistics.abandoned(), 3);
    assert_eq!(statistics.callback_panics(), 1);
    assert_eq!(statistics.queued(), 7);
    assert_eq!(statistics.running(), 1);
    assert_eq!(statistics.parked(), 1);
    assert_eq!(statistics.workers(), 6);
    assert_eq!(statistics.parks(), 50);
    assert_eq!(statistics.wakes(), 49);
    assert_eq!(statistics.stack_high_water_bytes(), 12_800);
    assert_eq!(statistics.uptime(), Duration::from_secs(2));
    assert_eq!(statistics.executed_per_second(), Some(2.0));
}

#[test]
fn items_at_rest_are_in_exactly_one_state() {
    let s = busy_snapshot();
    let by_state = s.queued() + s.running() + s.executed() + s.cancelled() + s.abandoned();
    assert_eq!(s.submitted(), by_state);
}

#[test]
fn queue_wait_and_run_time_are_kept_apart() {
    let statistics = busy_snapshot();
    assert_eq!(statistics.queue_wait(), &timings(&[1_000, 2_000, 3_000, 6_000, 8_000]));
    assert_eq!(statistics.run_time(), &timings(&[10_000, 20_000, 30_000, 40_000]));
    assert_eq!(statistics.queue_wait_total(), Duration::from_micros(20));
    assert_eq!(statistics.run_total(), Duration::from_micros(100));
    assert_eq!(statistics.average_queue_wait(), Some(Duration::from_micros(4)));
    assert_eq!(statistics.average_run(), Some(Duration::from_micros(25)));
}

#[test]
fn averages_of_nothing_are_none() {
    let statistics = ExecutorStatistics::default();
    assert_eq!(statistics.average_queue_wait(), None);
    assert_eq!(statistics.average_run(), None);
    assert_eq!(statistics.executed_per_second(), None);
}

#[test]
fn without_timings_the_counters_are_kept_and_the_nanoseconds_ignored() {
    let gatherer = Gatherer::new(1, false);
    gatherer.recorder(0).started(5);
    gatherer.recorder(0).finished(Outcome::Succeeded, 7);
    gatherer.recorder(0).started(5);
    let statistics = gatherer.snapshot(Gauges::default());
    assert_eq!((statistics.executed(), statistics.running()), (1, 1));
    assert!(statistics.queue_wait().is_empty());
    assert!(statistics.run_time().is_empty());
    assert_eq!(statistics.average_run(), None);
    assert_eq!(statistics.run_total(), Duration::ZERO);
}

#[test]
fn a_recorder_says_whether_it_keeps_timings() {
    assert!(Recorder::new(true).keeps_timings());
    assert!(!Recorder::new(false).keeps_timings());
    assert!(Gatherer::new(1, true).recorder(0).keeps_timings());
}

#[test]
fn the_cheap_sums_agree_with_the_snapshot() {
    let gatherer = busy_gatherer();
    assert_eq!(gatherer.finished(), 4);
    assert_eq!(gatherer.started(), 5);
}

#[test]
fn recorders_lie_on_cache_lines_of_their_own() {
    let gatherer = Gatherer::new(4, false);
    let addresses: Vec<usize> =
        (0..4).map(|index| std::ptr::from_ref(gatherer.recorder(index)).addr()).collect();
    for neighbours in addresses.windows(2) {
        let end_of_first = neighbours[0] + size_of::<Recorder>() - 1;
        assert!(end_of_first / 64 < neighbours[1] / 64, "{neighbours:x?} share a line");
    }
}
