//! The table that a person reads.

use std::fmt;

use crate::format::{self, NONE};
use crate::plot;
use crate::statistics::ExecutorStatistics;
use crate::timings::Timings;

impl fmt::Display for ExecutorStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        counters(self, f)?;
        limits(self, f)?;
        forks(self, f)?;
        writeln!(f)?;
        let timings = [("queue wait", self.queue_wait()), ("run time", self.run_time())];
        percentiles(&timings, f)?;
        if f.alternate() {
            for (name, timings) in timings {
                write!(f, "\n\n{name}")?;
                plot::write(timings, f)?;
            }
        }
        Ok(())
    }
}

/// A column of the upper half: what is counted, and how often.
type Column = [(&'static str, String); 6];

/// Three columns: what became of the items, how those executed ended, and the green threads.
fn counters(statistics: &ExecutorStatistics, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let count = format::count;
    let items: Column = [
        ("submitted", count(statistics.submitted())),
        ("rejected", count(statistics.rejected())),
        ("cancelled", count(statistics.cancelled())),
        ("abandoned", count(statistics.abandoned())),
        ("queued", count(statistics.queued())),
        ("running", count(statistics.running())),
    ];
    let outcomes: Column = [
        ("executed", count(statistics.executed())),
        ("succeeded", count(statistics.succeeded())),
        ("failed", count(statistics.failed())),
        ("panicked", count(statistics.panicked())),
        ("callback panics", count(statistics.callback_panics())),
        (
            "throughput",
            statistics.executed_per_second().map_or_else(|| NONE.to_owned(), format::rate),
        ),
    ];
    let threads: Column = [
        ("workers", count(statistics.workers())),
        ("parked", count(statistics.parked())),
        ("parks", count(statistics.parks())),
        ("wakes", count(statistics.wakes())),
        ("stack peak", format::bytes(statistics.stack_high_water_bytes())),
        ("uptime", format::duration(statistics.uptime())),
    ];
    let [items, outcomes, threads] = [&items, &outcomes, &threads].map(align);
    for ((item, outcome), thread) in items.iter().zip(&outcomes).zip(&threads) {
        writeln!(f, "{item}    {outcome}    {thread}")?;
    }
    Ok(())
}

/// What ended by a limit of time, or was shed; nothing where nothing was.
fn limits(statistics: &ExecutorStatistics, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [expired, timed_out] = [statistics.expired(), statistics.timed_out()];
    if expired > 0 || timed_out > 0 {
        let [expired, timed_out] = [expired, timed_out].map(format::count);
        writeln!(f, "expired   {expired:>11}    timed out       {timed_out:>11}")?;
    }
    match statistics.shed() {
        0 => Ok(()),
        shed => writeln!(f, "shed      {:>11}", format::count(shed)),
    }
}

/// What was forked, and how much of that was stolen; nothing where nobody forks.
fn forks(statistics: &ExecutorStatistics, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if statistics.forked() == 0 {
        return Ok(());
    }
    let [forked, stolen] = [statistics.forked(), statistics.stolen()].map(format::count);
    writeln!(f, "forked    {forked:>11}    stolen          {stolen:>11}")
}

/// Labels to the left and numbers to the right, as wide as they need.
fn align(column: &Column) -> Vec<String> {
    const LEAST_NUMBER: usize = 11;
    let label = column.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let number = column.iter().map(|(_, number)| number.chars().count()).max().unwrap_or(0);
    let number = number.max(LEAST_NUMBER);
    column.iter().map(|(name, amount)| format!("{name:<label$} {amount:>number$}")).collect()
}

fn percentiles(timings: &[(&str, &Timings)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let header = ["count", "mean", "p50", "p90", "p99", "p99.9", "max"].map(str::to_owned);
    row("", &header, f)?;
    for (name, timings) in timings {
        let percentile = |percent| format::optional_duration(timings.percentile(percent));
        let cells = [
            format::count(timings.count()),
            format::optional_duration(timings.mean()),
            percentile(50.0),
            percentile(90.0),
            percentile(99.0),
            percentile(99.9),
            format::optional_duration(timings.max()),
        ];
        writeln!(f)?;
        row(name, &cells, f)?;
    }
    Ok(())
}

fn row(name: &str, [count, times @ ..]: &[String; 7], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{name:<10} {count:>13}")?;
    times.iter().try_for_each(|time| write!(f, " {time:>8}"))
}
