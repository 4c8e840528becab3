//! The fourth view: what does not go on by itself.

use inspect::CarrierReport;
use inspect::page::{ExecutorPage, Page, Waiter};

use super::summary::state;
use super::waits::{more, waits_for};
use super::{UNKNOWN, all, or_unknown};
use crate::section::Kind::{Number, Place, Words};
use crate::section::{Row, Section, Tone};
use crate::units::{count, time};

pub(super) fn sections(page: &Page) -> Vec<Section> {
    vec![hogs(page), cycles(page), backlogs(page)]
}

fn hogs(page: &Page) -> Section {
    let columns = [("carrier", Words), ("state", Words), ("executor", Words)];
    let hogs = all(page, |executor| executor.carriers.as_slice());
    let hogs = hogs.filter(|(_, carrier)| !carrier.has_answered);
    let row = |(executor, carrier): (&str, &CarrierReport)| {
        Row::new([carrier.name.clone(), state(carrier), executor.to_owned()]).tone(Tone::Bad)
    };
    Section::new("hogs: carriers that do not answer, as a job keeps them busy", &columns)
        .if_empty("all carriers answer")
        .rows(hogs.map(row))
}

fn cycles(page: &Page) -> Section {
    let columns = [
        ("cycle", Number),
        ("job", Words),
        ("waits for", Words),
        ("at", Place),
        ("more", Words),
        ("waited", Number),
    ];
    let cycles = all(page, of_executor).enumerate();
    let rows = cycles.flat_map(|(number, (executor, cycle))| {
        cycle.iter().map(move |waiter| link(number + 1, executor, waiter))
    });
    let are_known = page.executors.iter().any(|executor| executor.threads.is_some());
    Section::new("deadlocks: each waits for the next, and the last for the first", &columns)
        .if_empty(if are_known { "none is known" } else { "not looked for yet" })
        .rows(rows)
}

fn of_executor(executor: &ExecutorPage) -> &[Vec<Waiter>] {
    executor.threads.as_ref().map_or(&[], |threads| &threads.cycles)
}

fn link(number: usize, executor: &str, waiter: &Waiter) -> Row {
    let cells = [
        count(number),
        waiter.name.clone(),
        waits_for(waiter),
        or_unknown(waiter.at.as_ref()),
        or_unknown(waiter.detail.as_ref()),
        time(waiter.waited),
    ];
    Row::new(cells).tone(Tone::Bad).more(more(executor, waiter))
}

fn backlogs(page: &Page) -> Section {
    let columns =
        [("executor", Words), ("queued", Number), ("oldest", Number), ("the next", Words)];
    let queued = page.executors.iter().filter(|executor| executor.backlog.count > 0);
    let row = |executor: &ExecutorPage| {
        let backlog = &executor.backlog;
        Row::new([
            executor.name.clone(),
            count(backlog.count),
            backlog.oldest.map_or_else(|| UNKNOWN.to_owned(), time),
            backlog.first.first().cloned().unwrap_or_default(),
        ])
        .more(backlog.first.clone())
    };
    Section::new("backlog", &columns).if_empty("empty").rows(queued.map(row))
}
