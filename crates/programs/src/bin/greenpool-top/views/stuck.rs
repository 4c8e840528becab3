//! The fourth view: what does not go on by itself.

use inspect::CarrierReport;
use inspect::page::{DeadlockLink, DeadlockPage, ExecutorPage, HogPage, Page};

use super::summary::state;
use super::{UNKNOWN, all, or_unknown};
use crate::section::Kind::{Number, Place, Words};
use crate::section::{Row, Section, Tone};
use crate::units::{count, counted, time};

pub(super) fn sections(page: &Page) -> Vec<Section> {
    vec![hogs(page), links(page), backlogs(page)]
}

/// The deadlocks, each of them once: the document says one among several executors of each of them.
pub(crate) fn deadlocks(page: &Page) -> Vec<&DeadlockPage> {
    let mut deadlocks = Vec::new();
    for (number, executor) in page.executors.iter().enumerate() {
        // Two of one executor may look the same, and are two.
        let earlier = page.executors[..number].iter().flat_map(of_executor);
        let is_new = |found: &&DeadlockPage| !earlier.clone().any(|other| other == *found);
        deadlocks.extend(of_executor(executor).iter().filter(is_new));
    }
    deadlocks
}

fn of_executor(executor: &ExecutorPage) -> &[DeadlockPage] {
    executor.threads.as_ref().map_or(&[], |threads| &threads.deadlocks)
}

/// What a watchdog has named, and the silent carriers of which it says nothing.
fn hogs(page: &Page) -> Section {
    let columns = [
        ("carrier", Words),
        ("held", Number),
        ("by", Words),
        ("state", Words),
        ("others", Number),
        ("executor", Words),
    ];
    let named = all(page, |executor| executor.hogs.as_slice());
    let named = named.map(|(executor, hog)| named_row(executor, hog));
    let silent = page.executors.iter().flat_map(|executor| {
        let is_named = |carrier: &str| executor.hogs.iter().any(|hog| hog.carrier == carrier);
        let carriers = executor.carriers.iter();
        let silent = carriers.filter(move |it| !it.has_answered && !is_named(&it.name));
        silent.map(|carrier| silent_row(&executor.name, carrier))
    });
    Section::new("hogs: jobs that hold a carrier, so that its others do not run", &columns)
        .if_empty("all carriers answer")
        .rows(named.chain(silent))
}

fn named_row(executor: &str, hog: &HogPage) -> Row {
    let cells = [
        hog.carrier.clone(),
        time(hog.held),
        hog.name.clone(),
        hog.cause.clone(),
        count(hog.others),
        executor.to_owned(),
    ];
    let job = hog.job.map(|job| format!(", job {job} of {executor}")).unwrap_or_default();
    let mut more = vec![format!("{}{job}: {}", hog.name, cause(&hog.cause))];
    more.extend(hog.submitted_at.as_ref().map(|place| format!("submitted at {place}")));
    more.extend(hog.stack.iter().map(|frame| format!("  {frame}")));
    Row::new(cells).tone(Tone::Bad).more(more)
}

fn cause(cause: &str) -> &str {
    match cause {
        "computes" => "computes without a pause",
        "blocks" => "blocks the OS thread",
        "starves" => "gets no CPU, as others have it",
        other => other,
    }
}

fn silent_row(executor: &str, carrier: &CarrierReport) -> Row {
    let unknown = || UNKNOWN.to_owned();
    let cells = [
        carrier.name.clone(),
        unknown(),
        unknown(),
        state(carrier),
        unknown(),
        executor.to_owned(),
    ];
    Row::new(cells).tone(Tone::Bad)
}

fn links(page: &Page) -> Section {
    let columns = [
        ("deadlock", Number),
        ("job", Words),
        ("waits for", Words),
        ("at", Place),
        ("more", Words),
        ("executor", Words),
    ];
    let rows = deadlocks(page).into_iter().enumerate().flat_map(|(number, found)| {
        found.waits.iter().map(move |link| link_row(number + 1, found, link))
    });
    let are_known = page.executors.iter().any(|executor| executor.threads.is_some());
    Section::new("deadlocks: threads that wait for one another", &columns)
        .if_empty(if are_known { "none is known" } else { "not looked for yet" })
        .rows(rows)
}

fn link_row(number: usize, deadlock: &DeadlockPage, link: &DeadlockLink) -> Row {
    let perhaps = if deadlock.is_certain { "" } else { "perhaps " };
    let cells = [
        format!("{perhaps}{number}"),
        link.name.clone(),
        link.reason.clone(),
        or_unknown(link.at.as_ref()),
        or_unknown(link.detail.as_ref()),
        link.executor.clone(),
    ];
    let tone = if deadlock.is_certain { Tone::Bad } else { Tone::Plain };
    Row::new(cells).tone(tone).more(more(deadlock, link))
}

fn more(deadlock: &DeadlockPage, link: &DeadlockLink) -> Vec<String> {
    let mut lines = vec![format!("{} of {}", link.name, link.executor)];
    lines.extend(link.at.as_ref().map(|at| format!("waits for {} at {at}", link.reason)));
    lines.extend(link.detail.clone());
    lines.extend(link.submitted_at.as_ref().map(|place| format!("submitted at {place}")));
    let (behind, are_behind) = (deadlock.behind, deadlock.behind > 0);
    lines
        .extend(are_behind.then(|| format!("behind this deadlock: {}", counted(behind, "thread"))));
    lines
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
