//! The table and the plot.

use stats::{ExecutorStatistics, Gatherer, Gauges, Outcome};

use crate::{busy_snapshot, gauges};

#[test]
fn the_table_shows_every_number() {
    let expected = "\
submitted          19    executed                  4    workers              6
rejected            5    succeeded                 2    parked               1
cancelled           4    failed                    1    parks               50
abandoned           3    panicked                  1    wakes               49
queued              7    callback panics           1    stack peak    12.5 KiB
running             1    throughput          2.00 /s    uptime          2.00 s
forked             40    stolen                    3

                   count     mean      p50      p90      p99    p99.9      max
queue wait             5  4.00 µs  3.01 µs  8.00 µs  8.00 µs  8.00 µs  8.00 µs
run time               4  25.0 µs  20.2 µs  40.0 µs  40.0 µs  40.0 µs  40.0 µs";
    assert_eq!(busy_snapshot().to_string(), expected);
}

#[test]
fn where_there_is_no_number_there_is_a_dash() {
    let table = ExecutorStatistics::default().to_string();
    let run_time = table.lines().last().unwrap();
    assert_eq!(
        run_time.split_whitespace().collect::<Vec<_>>(),
        ["run", "time", "0", "–", "–", "–", "–", "–", "–"]
    );
    assert!(table.contains("throughput                –"));
    assert!(!table.contains("forked"), "nobody forks: {table}");
}

#[test]
fn the_alternate_form_plots_both_histograms_below_the_table() {
    let statistics = busy_snapshot();
    let text = format!("{statistics:#}");
    let plots = text.strip_prefix(&statistics.to_string()).unwrap();
    let expected = "

queue wait
    1 µs – 1.2 µs   ████████████████████████████████████             1  20.0 %
  1.2 µs – 1.5 µs                                                    0   0.0 %
  1.5 µs – 2 µs                                                      0   0.0 %
    2 µs – 2.5 µs   ████████████████████████████████████             1  20.0 %
  2.5 µs – 3 µs                                                      0   0.0 %
    3 µs – 4 µs     ████████████████████████████████████             1  20.0 %
    4 µs – 5 µs                                                      0   0.0 %
    5 µs – 6 µs                                                      0   0.0 %
    6 µs – 8 µs     ████████████████████████████████████             1  20.0 %
    8 µs – 10 µs    ████████████████████████████████████             1  20.0 %

run time
";
    assert!(plots.starts_with(expected), "{plots}");
}

#[test]
fn a_plot_of_nothing_says_so() {
    let text = format!("{:#}", ExecutorStatistics::default());
    assert!(text.ends_with("run time\n  nothing recorded"), "{text}");
}

#[test]
fn bars_are_in_proportion_and_a_rare_duration_is_still_seen() {
    let gatherer = Gatherer::new(1, true);
    let run = |ns, times| {
        for _ in 0..times {
            gatherer.recorder(0).started(0);
            gatherer.recorder(0).finished(Outcome::Succeeded, ns);
        }
    };
    run(1_100, 2_000);
    run(1_300, 1_000);
    run(1_700, 1);
    let text = format!("{:#}", gatherer.snapshot(Gauges::default()));
    let bars: Vec<usize> = text
        .lines()
        .rev()
        .take(3)
        .map(|line| line.chars().filter(|c| ('▁'..='▏').contains(c)).count())
        .collect();
    assert_eq!(bars, [1, 18, 36]);
    assert!(text.contains('▏'), "the thinnest bar stands for one in two thousand");
}

#[test]
fn nothing_is_wider_than_80_columns() {
    let gatherer = Gatherer::new(1, true);
    for ns in (0..60).map(|power| 3u64 << power) {
        for _ in 0..2_000 {
            gatherer.recorder(0).started(ns);
        }
        gatherer.recorder(0).finished(Outcome::Succeeded, ns);
    }
    let billions = 123_456_789;
    let statistics = gatherer.snapshot(Gauges {
        submitted: billions,
        parks: billions,
        wakes: billions,
        ..gauges()
    });
    for line in format!("{statistics:#}").lines() {
        assert!(line.chars().count() <= 80, "{line}");
        assert_eq!(line, line.trim_end(), "no blanks at the end");
    }
}

#[test]
fn the_longest_duration_of_all_can_be_plotted() {
    let gatherer = Gatherer::new(1, true);
    gatherer.recorder(0).started(u64::MAX);
    let text = format!("{:#}", gatherer.snapshot(Gauges::default()));
    assert!(text.contains("1 100.0 %"), "{text}");
}

#[test]
fn durations_take_the_unit_in_which_three_digits_say_most() {
    for (ns, expected) in [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_000, "1.00 µs"),
        (9_994, "9.99 µs"),
        (9_996, "10.0 µs"),
        (99_960, "100 µs"),
        (999_400, "999 µs"),
        (999_600, "1.00 ms"),
        (1_500_000_000, "1.50 s"),
        (99_900_000_000, "99.9 s"),
        (600_000_000_000, "10.0 min"),
        (7_200_000_000_000, "2.00 h"),
        (864_000_000_000_000, "10.0 d"),
    ] {
        assert_eq!(longest_run(ns), expected, "{ns} ns");
    }
}

/// The last cell of the table for a single run of so many nanoseconds.
fn longest_run(ns: u64) -> String {
    let gatherer = Gatherer::new(1, true);
    gatherer.recorder(0).started(0);
    gatherer.recorder(0).finished(Outcome::Succeeded, ns);
    let table = gatherer.snapshot(Gauges::default()).to_string();
    let words: Vec<&str> = table.split_whitespace().collect();
    words[words.len() - 2..].join(" ")
}
