//! From what was seen to the deadlocks in it: the table of the module above.

use std::collections::HashMap;

use executor::Outlook;

use super::graph::Graph;
use super::{Deadlock, Link};
use crate::inspection::{Inspection, ThreadView};

/// What was seen, and how much of it counts.
pub(crate) struct Scene<'a> {
    seen: &'a [Inspection],
    /// The threads, each with the place of its executor.
    views: Vec<(usize, &'a ThreadView)>,
    groups: Vec<Group>,
    /// By thread: its place among the views.
    places: HashMap<u64, usize>,
    /// Which of the views wait for sure.
    is_kept: Vec<bool>,
}

/// An executor, as far as its backlog is concerned.
pub(crate) struct Group {
    number: u64,
    is_closed: bool,
    may_expire: bool,
    asks_a_hook: bool,
}

/// Whether only what is certain counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Certain,
    Possible,
}

/// A worker that has no job.
pub(crate) fn is_spare(view: &ThreadView) -> bool {
    view.waits_for.as_ref().is_some_and(|waits| waits.kind == "the next job")
}

impl Group {
    /// `is_closed` says that no other worker may start. One that is ready and has no job may take one at any time.
    pub(crate) fn new(seen: &Inspection, is_closed: bool, facts: Outlook) -> Self {
        let looks_for_a_job = |view: &ThreadView| !view.is_job && view.waits_for.is_none();
        Group {
            number: seen.number,
            is_closed: is_closed && !seen.threads.iter().any(looks_for_a_job),
            may_expire: facts.may_expire,
            asks_a_hook: facts.asks_a_hook,
        }
    }

    fn counts_as_closed(&self, grade: Grade) -> bool {
        self.is_closed && (grade == Grade::Possible || !self.may_expire)
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn new(seen: &'a [Inspection], groups: Vec<Group>) -> Self {
        let views = seen.iter().enumerate();
        let views = views.flat_map(|(at, seen)| seen.threads.iter().map(move |view| (at, view)));
        let views: Vec<_> = views.collect();
        let places = views.iter().enumerate().map(|(place, (_, view))| (view.thread, place));
        Scene { seen, places: places.collect(), is_kept: vec![true; views.len()], groups, views }
    }

    /// From here on, only those threads wait of which `is_sure` says so.
    pub(crate) fn keep(&mut self, is_sure: impl Fn(u64) -> bool) {
        for (kept, (_, view)) in self.is_kept.iter_mut().zip(&self.views) {
            *kept = is_sure(view.thread);
        }
    }

    /// From here on, the executor counts as closed only if `is_sure`.
    pub(crate) fn keep_closed(&mut self, group: usize, is_sure: bool) {
        self.groups[group].is_closed &= is_sure;
    }

    pub(crate) fn is_anybody_stuck(&self) -> bool {
        self.graph(Grade::Possible).stuck().contains(&true)
    }

    /// The certain ones first.
    pub(crate) fn deadlocks(&self) -> Vec<Deadlock> {
        let mut deadlocks = self.of_grade(Grade::Certain);
        for possible in self.of_grade(Grade::Possible) {
            let is_new = deadlocks.iter().all(|found| found.waits != possible.waits);
            if is_new {
                deadlocks.push(possible);
            }
        }
        deadlocks
    }

    fn of_grade(&self, grade: Grade) -> Vec<Deadlock> {
        let graph = self.graph(grade);
        let stuck = graph.stuck();
        let mut knots = graph.knots(&stuck);
        // The executors are nodes as well, and no threads.
        knots.iter_mut().for_each(|knot| knot.retain(|node| *node < self.views.len()));
        let count = stuck[..self.views.len()].iter().filter(|stuck| **stuck).count();
        let in_knots: usize = knots.iter().map(Vec::len).sum();
        let behind = if knots.len() == 1 { count - in_knots } else { 0 };
        let deadlock = |knot: Vec<usize>| Deadlock {
            is_certain: grade == Grade::Certain,
            waits: knot.into_iter().filter_map(|node| self.link(node)).collect(),
            behind,
        };
        knots.into_iter().map(deadlock).collect()
    }

    fn link(&self, node: usize) -> Option<Link> {
        let (at, view) = self.views[node];
        Some(Link {
            executor: self.seen[at].executor.clone(),
            name: view.name.clone(),
            thread: view.thread,
            site: view.site.clone(),
            waits_for: view.waits_for.clone()?,
        })
    }

    /// The threads are the first nodes, in their order; the executors come behind.
    fn graph(&self, grade: Grade) -> Graph {
        let count = self.views.len();
        let mut graph = Graph::with_nodes(count + self.groups.len());
        for (number, group) in self.groups.iter().enumerate() {
            if group.counts_as_closed(grade) {
                graph.waits(count + number, self.jobs_of(number));
            }
        }
        for (node, (_, view)) in self.views.iter().enumerate() {
            if self.is_kept[node]
                && view.at_most.is_none()
                && let Some(target) = self.target(view, grade)
            {
                graph.waits(node, vec![target]);
            }
        }
        graph
    }

    fn target(&self, view: &ThreadView, grade: Grade) -> Option<usize> {
        let waits = view.waits_for.as_ref()?;
        if let Some(thread) = waits.on_thread {
            return self.places.get(&thread).copied();
        }
        let executor = waits.on_executor?;
        let number = self.groups.iter().position(|group| group.number == executor)?;
        let is_by_hook = waits.kind == "room in a backlog" && self.groups[number].asks_a_hook;
        (grade == Grade::Possible || !is_by_hook).then_some(self.views.len() + number)
    }

    /// The threads that run jobs of the executor at that place.
    fn jobs_of(&self, place: usize) -> Vec<usize> {
        let is_its_job = |(at, view): &(usize, &ThreadView)| view.is_job && *at == place;
        let jobs = self.views.iter().enumerate().filter(|(_, view)| is_its_job(view));
        jobs.map(|(node, _)| node).collect()
    }
}
