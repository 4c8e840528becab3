//! Properties of arbitrary recordings.
//!
//! Each test prints its seed, which is shown if it fails; `PROPTEST_RNG_SEED=<seed>` runs it again
//! with the same cases, and `PROPTEST_CASES=<n>` sets their number.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use stats::{ExecutorStatistics, Gatherer, Gauges, Histogram, Outcome, Timings};

use crate::timings;

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        config.rng_seed = RngSeed::Fixed(since_1970.as_nanos() as u64);
    }
    println!("PROPTEST_RNG_SEED={}", config.rng_seed);
    config
}

/// Nanoseconds of every order of magnitude, with a liking for the borders of buckets.
fn nanoseconds() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => (0u32..64, any::<u64>()).prop_map(|(shift, bits)| bits >> shift),
        2 => (0u32..64, -1i64..=1).prop_map(|(power, off)| (1u64 << power).wrapping_add_signed(off)),
        1 => Just(0),
    ]
}

/// Within the range in which durations are told apart.
fn in_range() -> impl Strategy<Value = u64> {
    nanoseconds().prop_map(|ns| ns & ((1 << 42) - 1))
}

fn recording() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(nanoseconds(), 0..200)
}

#[derive(Debug, Clone)]
enum Event {
    Started { worker: usize, wait_ns: u64 },
    Finished { worker: usize, outcome: Outcome, run_ns: u64 },
    Rejected,
    Cancelled,
    Abandoned,
    CallbackPanicked,
}

fn event() -> impl Strategy<Value = Event> {
    let outcome =
        prop_oneof![Just(Outcome::Succeeded), Just(Outcome::Failed), Just(Outcome::Panicked)];
    prop_oneof![
        4 => (0usize..2, in_range())
            .prop_map(|(worker, wait_ns)| Event::Started { worker, wait_ns }),
        4 => (0usize..2, outcome, in_range())
            .prop_map(|(worker, outcome, run_ns)| Event::Finished { worker, outcome, run_ns }),
        1 => Just(Event::Rejected),
        1 => Just(Event::Cancelled),
        1 => Just(Event::Abandoned),
        1 => Just(Event::CallbackPanicked),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..100)
}

fn gauges() -> impl Strategy<Value = Gauges> {
    let numbers = prop::array::uniform9(0u64..1 << 40);
    (numbers, any::<Duration>()).prop_map(|(numbers, uptime)| {
        let [submitted, queued, forked, stolen, parked, workers, parks, wakes, stack] = numbers;
        let stack_high_water_bytes = stack;
        Gauges {
            submitted,
            queued,
            forked,
            stolen,
            parked,
            workers,
            parks,
            wakes,
            stack_high_water_bytes,
            uptime,
        }
    })
}

fn play(gatherer: &Gatherer, events: &[Event]) {
    for event in events {
        match *event {
            Event::Started { worker, wait_ns } => gatherer.recorder(worker).started(wait_ns),
            Event::Finished { worker, outcome, run_ns } => {
                // An item must have started before it ends.
                gatherer.recorder(worker).started(run_ns / 2);
                gatherer.recorder(worker).finished(outcome, run_ns);
            }
            Event::Rejected => gatherer.rejected(),
            Event::Cancelled => gatherer.cancelled(),
            Event::Abandoned => gatherer.abandoned(),
            Event::CallbackPanicked => gatherer.callback_panicked(),
        }
    }
}

fn played(events: &[Event], gauges: Gauges) -> ExecutorStatistics {
    let gatherer = Gatherer::new(2, true);
    play(&gatherer, events);
    gatherer.snapshot(gauges)
}

/// The value that has so many percent of the sorted values at or below it.
fn true_percentile(sorted: &[u64], percent: u64) -> u64 {
    let rank = (percent as usize * sorted.len()).div_ceil(100).max(1);
    sorted[rank - 1]
}

fn as_ns(duration: Option<Duration>) -> Option<u64> {
    duration.map(|duration| duration.as_nanos() as u64)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn count_sum_and_extremes_are_exact(values in recording()) {
        let timings = timings(&values);
        let sum = values.iter().fold(0u64, |sum, ns| sum.saturating_add(*ns));
        prop_assert_eq!(timings.count(), values.len() as u64);
        prop_assert_eq!(timings.sum(), Duration::from_nanos(sum));
        prop_assert_eq!(as_ns(timings.min()), values.iter().min().copied());
        prop_assert_eq!(as_ns(timings.max()), values.iter().max().copied());
        prop_assert_eq!(as_ns(timings.mean()), sum.checked_div(values.len() as u64));
    }

    #[test]
    fn a_percentile_is_at_most_one_64th_above_the_true_one_and_never_below(
        mut values in prop::collection::vec(in_range(), 1..200),
        percent in 0u64..=100,
    ) {
        let found = as_ns(timings(&values).percentile(percent as f64)).unwrap();
        values.sort_unstable();
        let truth = true_percentile(&values, percent);
        prop_assert!(truth <= found, "{} is below {}", found, truth);
        prop_assert!(found - truth <= truth / 64, "{} is too far above {}", found, truth);
    }

    #[test]
    fn beyond_the_range_a_percentile_is_still_never_below(
        mut values in prop::collection::vec(nanoseconds(), 1..200),
        percent in 0u64..=100,
    ) {
        let timings = timings(&values);
        let found = as_ns(timings.percentile(percent as f64)).unwrap();
        values.sort_unstable();
        prop_assert!(true_percentile(&values, percent) <= found);
        prop_assert!(found <= values[values.len() - 1]);
    }

    #[test]
    fn percentiles_rise(values in recording(), mut percents in prop::array::uniform5(-10.0..110.0f64)) {
        let timings = timings(&values);
        percents.sort_by(f64::total_cmp);
        prop_assert!(percents.map(|percent| timings.percentile(percent)).is_sorted());
    }

    #[test]
    fn every_value_lies_in_a_bucket_that_counts_it(values in recording()) {
        let timings = timings(&values);
        let buckets: Vec<_> = timings.buckets().collect();
        let last_of_all = Duration::from_nanos((1 << 42) - 1);
        for bucket in &buckets {
            let inside = values.iter().filter(|ns| {
                let duration = Duration::from_nanos(**ns).min(last_of_all);
                (bucket.from..=bucket.to).contains(&duration)
            });
            prop_assert_eq!(inside.count() as u64, bucket.count);
        }
        let total: u64 = buckets.iter().map(|bucket| bucket.count).sum();
        prop_assert_eq!(total, values.len() as u64);
    }

    #[test]
    fn merged_snapshots_are_the_snapshot_of_everything(first in recording(), second in recording()) {
        let all = [first.clone(), second.clone()].concat();
        prop_assert_eq!(timings(&first).merge(&timings(&second)), timings(&all));
    }

    #[test]
    fn merging_is_commutative_and_associative(
        [a, b, c] in prop::array::uniform3((events(), gauges())),
    ) {
        let [a, b, c] = [a, b, c].map(|(events, gauges)| played(&events, gauges));
        prop_assert_eq!(a.merge(&b), b.merge(&a));
        prop_assert_eq!(a.merge(&b).merge(&c), a.merge(&b.merge(&c)));
    }

    #[test]
    fn the_earlier_snapshot_and_the_difference_make_the_later_one(
        before in recording(),
        after in recording(),
    ) {
        // Without values whose sum saturates: it then says nothing about the parts.
        let narrow = |ns: &u64| ns >> 8;
        let histogram = Histogram::new();
        before.iter().map(narrow).for_each(|ns| histogram.record(ns));
        let earlier = histogram.snapshot();
        after.iter().map(narrow).for_each(|ns| histogram.record(ns));
        let later = histogram.snapshot();
        let since = later.since(&earlier).unwrap();
        prop_assert_eq!(earlier.merge(&since), later);

        let alone = timings(&after.iter().map(narrow).collect::<Vec<_>>());
        prop_assert_eq!((since.count(), since.sum()), (alone.count(), alone.sum()));
        prop_assert!(since.buckets().eq(alone.buckets()));
        prop_assert!(since.min() <= alone.min() && since.max() >= alone.max());
    }

    #[test]
    fn a_difference_of_snapshots_is_what_was_played_in_between(
        before in events(),
        after in events(),
        gauges in gauges(),
    ) {
        let gatherer = Gatherer::new(2, true);
        play(&gatherer, &before);
        let earlier = gatherer.snapshot(gauges);
        play(&gatherer, &after);
        let later = gatherer.snapshot(gauges);
        let since = later.since(&earlier).unwrap();
        let alone = played(&after, gauges);
        prop_assert_eq!(since.executed(), alone.executed());
        prop_assert_eq!(since.failures(), alone.failures());
        prop_assert_eq!(since.rejected(), alone.rejected());
        prop_assert_eq!(since.cancelled(), alone.cancelled());
        prop_assert_eq!(since.abandoned(), alone.abandoned());
        prop_assert_eq!(since.run_total(), alone.run_total());
        prop_assert_eq!(since.queue_wait().count(), alone.queue_wait().count());
        prop_assert_eq!(later.running(), earlier.running() + alone.running());
        if later != earlier && !(after.is_empty()) {
            prop_assert!(earlier.since(&later).is_err(), "what grew cannot be undone");
        }
    }

    #[test]
    fn json_loses_nothing(events in events(), gauges in gauges()) {
        let statistics = played(&events, gauges);
        let json = serde_json::to_string(&statistics).unwrap();
        prop_assert_eq!(serde_json::from_str::<ExecutorStatistics>(&json).unwrap(), statistics);
    }

    #[test]
    fn json_of_any_timings_loses_nothing(before in recording(), after in recording()) {
        let histogram = Histogram::new();
        before.iter().for_each(|ns| histogram.record(*ns));
        let earlier = histogram.snapshot();
        after.iter().for_each(|ns| histogram.record(*ns));
        let later = histogram.snapshot();
        let since = later.since(&earlier).unwrap();
        for timings in [later, since] {
            let json = serde_json::to_string(&timings).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timings>(&json).unwrap(), timings);
        }
    }

    #[test]
    fn whatever_was_recorded_can_be_shown(values in recording(), gauges in gauges()) {
        let gatherer = Gatherer::new(1, true);
        for ns in &values {
            gatherer.recorder(0).started(*ns);
            gatherer.recorder(0).finished(Outcome::Succeeded, ns.rotate_left(7));
        }
        let statistics = gatherer.snapshot(gauges);
        let text = format!("{statistics:#}");
        // Three blocks, and at least a line of each plot below its title.
        prop_assert_eq!(text.split("\n\n").count(), 4);
        let plotted: u64 = text
            .lines()
            .filter(|line| line.contains(" – ") && line.ends_with('%'))
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                words[words.len() - 3].replace(',', "").parse::<u64>().unwrap()
            })
            .sum();
        prop_assert_eq!(plotted, 2 * values.len() as u64, "every value is in some row");
    }
}
