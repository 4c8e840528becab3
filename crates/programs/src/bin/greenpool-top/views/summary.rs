//! The first view: what there is, how fast it goes, and what is waited for.

use inspect::CarrierReport;
use inspect::page::{ExecutorPage, Page, Reason, TableRow};

use super::{Order, UNKNOWN, all, later_first};
use crate::section::Kind::{Number, Words};
use crate::section::{Row, Section, Tone};
use crate::units::{count, rate, time};

pub(super) fn sections(page: &Page, order: Option<Order>) -> Vec<Section> {
    let mut all =
        vec![executors(page), rates(page), carriers(page), parked(page, order), counters(page)];
    // Few programs have any.
    if !page.tables.is_empty() {
        all.push(tables(page));
    }
    all
}

fn executors(page: &Page) -> Section {
    let columns = [
        ("executor", Words),
        ("up", Number),
        ("running", Number),
        ("queued", Number),
        ("oldest", Number),
        ("delayed", Number),
        ("workers", Number),
        ("of", Number),
        ("parked", Number),
        ("ready", Number),
    ];
    let row = |executor: &ExecutorPage| {
        let gauges = &executor.gauges;
        let row = Row::new([
            executor.name.clone(),
            if executor.has_ended { "ended".to_owned() } else { time(executor.uptime_seconds) },
            count(gauges.running),
            count(gauges.queued),
            executor.backlog.oldest.map_or_else(|| UNKNOWN.to_owned(), time),
            count(gauges.delayed),
            count(gauges.workers),
            count(executor.max_workers),
            count(gauges.parked),
            count(executor.ready),
        ]);
        row.tone(if executor.has_ended { Tone::Faint } else { Tone::Plain })
    };
    Section::new("executors", &columns).rows(page.executors.iter().map(row))
}

fn rates(page: &Page) -> Section {
    let columns = [
        ("executor", Words),
        ("jobs/s", Number),
        ("accepted/s", Number),
        ("refused/s", Number),
        ("not well/s", Number),
        ("wait p50", Number),
        ("wait p99", Number),
        ("run p50", Number),
        ("run p99", Number),
    ];
    let row = |executor: &ExecutorPage| {
        let name = [executor.name.clone()];
        let Some(recent) = &executor.recent else {
            return Row::new(name.into_iter().chain([(); 8].map(|()| UNKNOWN.to_owned())));
        };
        let per_second = |number: u64| rate(number as f64 / recent.seconds.max(1e-3));
        let numbers = [recent.ended, recent.submitted, recent.rejected, recent.unsuccessful];
        let [wait, run] = [&recent.queue_wait, &recent.run];
        let times = [(wait, wait.p50), (wait, wait.p99), (run, run.p50), (run, run.p99)];
        // Of no job there is no time.
        let measured = times.map(|(times, one)| (times.count > 0).then_some(one));
        let times = measured.map(|one| one.map_or_else(|| UNKNOWN.to_owned(), time));
        let cells = name.into_iter().chain(numbers.map(per_second)).chain(times);
        let tone = if recent.unsuccessful > 0 { Tone::Bad } else { Tone::Plain };
        Row::new(cells).tone(tone)
    };
    Section::new("in the last second", &columns).rows(page.executors.iter().map(row))
}

fn carriers(page: &Page) -> Section {
    let columns = [("carrier", Words), ("state", Words), ("not started", Number)];
    let row = |(_, carrier): (&str, &CarrierReport)| {
        let tone = if carrier.has_answered { Tone::Plain } else { Tone::Bad };
        Row::new([carrier.name.clone(), state(carrier), count(carrier.not_started)]).tone(tone)
    };
    let rows = all(page, |executor| executor.carriers.as_slice()).map(row);
    Section::new("carriers", &columns).rows(rows)
}

/// What a carrier does, as far as it says so.
pub(super) fn state(carrier: &CarrierReport) -> String {
    match (carrier.has_answered, carrier.running) {
        (true, _) => "answers".to_owned(),
        (false, Some(job)) => format!("does not answer, runs job {job}"),
        (false, None) => "does not answer".to_owned(),
    }
}

fn parked(page: &Page, order: Option<Order>) -> Section {
    let columns =
        [("parked", Number), ("longest", Number), ("waiting for", Words), ("executor", Words)];
    let mut reasons: Vec<(&str, &Reason)> =
        all(page, |executor| executor.parked.as_slice()).collect();
    reasons.sort_by(|(_, one), (_, other)| match order {
        Some(Order::Longest) => later_first(one.longest, other.longest),
        Some(Order::Reason) => one.reason.cmp(&other.reason),
        _ => other.count.cmp(&one.count),
    });
    let row = |(executor, reason): (&str, &Reason)| {
        let name = executor.to_owned();
        Row::new([count(reason.count), time(reason.longest), reason.reason.clone(), name])
    };
    Section::new("parked by reason", &columns)
        .if_empty("nothing waits")
        .rows(reasons.into_iter().map(row))
}

fn counters(page: &Page) -> Section {
    let columns = [
        ("executor", Words),
        ("accepted", Number),
        ("refused", Number),
        ("succeeded", Number),
        ("failed", Number),
        ("panicked", Number),
        ("timed out", Number),
        ("cancelled", Number),
        ("expired", Number),
        ("shed", Number),
        ("abandoned", Number),
    ];
    let row = |executor: &ExecutorPage| {
        let counters = &executor.counters;
        let numbers = [
            counters.submitted,
            counters.rejected,
            counters.succeeded,
            counters.failed,
            counters.panicked,
            counters.timed_out,
            counters.cancelled,
            counters.expired,
            counters.shed,
            counters.abandoned,
        ];
        Row::new([executor.name.clone()].into_iter().chain(numbers.map(count)))
    };
    Section::new("since the start", &columns).rows(page.executors.iter().map(row))
}

/// What the program adds, such as its queues elsewhere.
fn tables(page: &Page) -> Section {
    let columns = [("table", Words), ("row", Words), ("number", Number), ("age", Number)];
    let rows = page.tables.iter().flat_map(|table| {
        let age = table.age_seconds.map_or_else(|| UNKNOWN.to_owned(), time);
        let row = move |row: &TableRow| {
            Row::new([table.name.clone(), row.name.clone(), count(row.value), age.clone()])
        };
        table.rows.iter().map(row)
    });
    Section::new("tables of the program", &columns).if_empty("no answer yet").rows(rows)
}
