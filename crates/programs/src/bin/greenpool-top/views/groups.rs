//! The third view: threads that wait for the same thing with the same stack.

use inspect::page::{Group, Page};

use super::{Order, READY, UNKNOWN, all, later_first, or_unknown};
use crate::section::Kind::{Number, Place, Words};
use crate::section::{Row, Section, Tone};
use crate::units::{count, counted, time};

pub(super) fn sections(page: &Page, order: Option<Order>) -> Vec<Section> {
    let columns = [
        ("threads", Number),
        ("longest", Number),
        ("wait for", Words),
        ("at", Place),
        ("in", Words),
        ("such as", Words),
    ];
    let mut groups: Vec<(&str, &Group)> = all(page, of_executor).collect();
    groups.sort_by(|(_, one), (_, other)| match order {
        Some(Order::Longest) => later_first(one.waited[1], other.waited[1]),
        Some(Order::Reason) => one.reason.cmp(&other.reason),
        _ => other.count.cmp(&one.count),
    });
    let rows = groups.into_iter().map(|(executor, group)| row(executor, group));
    let mut section = Section::new("threads by stack", &columns).rows(rows);
    if page.executors.iter().all(|executor| executor.threads.is_none()) {
        section.if_empty = "not looked at yet";
    }
    if page.executors.iter().filter_map(|it| it.threads.as_ref()).any(|it| it.is_cut_short) {
        section.title += ", of the first 10,000";
    }
    vec![section]
}

fn of_executor(executor: &inspect::page::ExecutorPage) -> &[Group] {
    executor.threads.as_ref().map_or(&[], |threads| &threads.groups)
}

fn row(executor: &str, group: &Group) -> Row {
    let wait = group.reason.as_deref().unwrap_or(READY);
    // The innermost is the call that waits; who has called it says more. What a worker does without a job says nothing.
    let function = group.stack.get(1).or(group.stack.first()).filter(|_| group.is_job);
    let cells = [
        count(group.count),
        time(group.waited[1]),
        wait.to_owned(),
        or_unknown(group.at.as_ref()),
        function.map_or_else(|| UNKNOWN.to_owned(), |frame| short(&frame.function)),
        group.names.first().cloned().unwrap_or_default(),
    ];
    let tone = if group.is_job { Tone::Plain } else { Tone::Faint };
    Row::new(cells).tone(tone).more(more(executor, group, wait))
}

/// The last two names of a path: the function, and what it belongs to. A closure is part of the function that it is in.
fn short(function: &str) -> String {
    let function = function.trim_end_matches("::{{closure}}");
    let before = function.rmatch_indices("::").nth(1).map_or(0, |(colons, _)| colons + 2);
    function[before..].to_owned()
}

fn more(executor: &str, group: &Group, wait: &str) -> Vec<String> {
    let [least, most] = group.waited.map(time);
    let at = group.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
    let mut lines = vec![
        format!(
            "{} of {executor}: {wait}{at}, for {least} to {most}",
            counted(group.count, "thread")
        ),
        group.names.join(", "),
    ];
    lines.extend(group.details.iter().cloned());
    lines.extend(group.submitted_at.iter().map(|place| format!("submitted at {place}")));
    lines.extend(group.stack.iter().map(|frame| format!("  {frame}")));
    lines
}
