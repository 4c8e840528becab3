//! The second view: the jobs that have waited longest.

use inspect::page::{Page, Waiter};

use super::{Order, READY, UNKNOWN, all, later_first, or_unknown};
use crate::section::Kind::{Number, Place, Words};
use crate::section::{Row, Section};
use crate::units::time;

pub(super) fn sections(page: &Page, order: Option<Order>) -> Vec<Section> {
    let columns = [
        ("waited", Number),
        ("at most", Number),
        ("job", Words),
        ("waits for", Words),
        ("at", Place),
        ("carrier", Words),
    ];
    let mut waiters: Vec<(&str, &Waiter)> =
        all(page, |executor| executor.longest.as_slice()).collect();
    waiters.sort_by(|(_, one), (_, other)| match order {
        Some(Order::Name) => one.name.cmp(&other.name),
        Some(Order::Reason) => one.reason.cmp(&other.reason),
        _ => later_first(one.waited, other.waited),
    });
    let rows = waiters.into_iter().map(|(executor, waiter)| row(executor, waiter));
    let section = Section::new("jobs that have waited longest", &columns);
    vec![section.if_empty("no job waits").rows(rows)]
}

fn row(executor: &str, waiter: &Waiter) -> Row {
    let cells = [
        time(waiter.waited),
        waiter.at_most.map_or_else(|| UNKNOWN.to_owned(), time),
        waiter.name.clone(),
        waits_for(waiter),
        or_unknown(waiter.at.as_ref()),
        waiter.carrier.clone(),
    ];
    Row::new(cells).more(more(executor, waiter))
}

/// What it waits for, in a word or two.
fn waits_for(waiter: &Waiter) -> String {
    waiter.reason.as_deref().unwrap_or(READY).to_owned()
}

/// All that is known of it.
fn more(executor: &str, waiter: &Waiter) -> Vec<String> {
    let mut lines = vec![format!("{}, job {} of {executor}", waiter.name, waiter.id)];
    let wait = waits_for(waiter);
    lines.extend(waiter.at.as_ref().map(|at| format!("waits for {wait} at {at}")));
    lines.extend(waiter.detail.clone());
    lines.extend(waiter.submitted_at.as_ref().map(|place| format!("submitted at {place}")));
    lines
}
