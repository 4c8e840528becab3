//! The views: what of a document is shown in each.

mod groups;
mod stuck;
mod summary;
#[cfg(test)]
pub(crate) mod tests;
mod waits;

use inspect::page::{ExecutorPage, Page};

pub(crate) use stuck::deadlocks;

use crate::section::Section;

/// What there is to look at, in the order of the keys `1` to `4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Executors, carriers, rates, and what is waited for.
    Summary,
    /// The jobs that have waited longest.
    Waits,
    /// Threads by their stacks.
    Groups,
    /// What holds carriers, deadlocks and the backlog.
    Stuck,
}

/// By what rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Those that are most come first.
    Count,
    /// What has waited longest comes first.
    Longest,
    /// By the name of the job.
    Name,
    /// By what is waited for.
    Reason,
}

impl View {
    pub(crate) const ALL: [View; 4] = [View::Summary, View::Waits, View::Groups, View::Stuck];

    pub(crate) fn title(self) -> &'static str {
        match self {
            View::Summary => "summary",
            View::Waits => "waits",
            View::Groups => "groups",
            View::Stuck => "stuck",
        }
    }

    /// By what its rows can be sorted; the first is what it begins with.
    pub(crate) fn orders(self) -> &'static [Order] {
        match self {
            View::Summary => &[Order::Count, Order::Longest, Order::Reason],
            View::Waits => &[Order::Longest, Order::Name, Order::Reason],
            View::Groups => &[Order::Count, Order::Longest, Order::Reason],
            View::Stuck => &[],
        }
    }

    /// Whether it needs what only the longer document has.
    pub(crate) fn wants_groups(self) -> bool {
        matches!(self, View::Groups | View::Stuck)
    }

    /// What it shows of `page`.
    pub(crate) fn sections(self, page: &Page, order: Option<Order>) -> Vec<Section> {
        match self {
            View::Summary => summary::sections(page, order),
            View::Waits => waits::sections(page, order),
            View::Groups => groups::sections(page, order),
            View::Stuck => stuck::sections(page),
        }
    }
}

impl Order {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Order::Count => "by count",
            Order::Longest => "by time",
            Order::Name => "by name",
            Order::Reason => "by reason",
        }
    }
}

/// What is not known.
const UNKNOWN: &str = "–";

/// What a thread without a wait does.
const READY: &str = "(ready to run)";

/// Each thing of each executor, with the name of the executor.
fn all<'a, T: 'a>(
    page: &'a Page,
    things: impl Fn(&'a ExecutorPage) -> &'a [T],
) -> impl Iterator<Item = (&'a str, &'a T)> {
    let executors = page.executors.iter();
    executors
        .flat_map(move |executor| things(executor).iter().map(|it| (executor.name.as_str(), it)))
}

fn or_unknown(text: Option<&String>) -> String {
    text.map_or(UNKNOWN, String::as_str).to_owned()
}

/// For a descending sort; numbers that cannot be compared are alike.
fn later_first(one: f64, other: f64) -> std::cmp::Ordering {
    other.total_cmp(&one)
}
