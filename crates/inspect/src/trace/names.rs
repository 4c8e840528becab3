//! Who is who in a trace: the names of jobs and threads, collected before anything is told of them.

use std::collections::{HashMap, HashSet};
use std::panic::Location;

use greenctx::trace::{Event, Trace};

/// What runs, waits or sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Actor {
    /// A job, by its id.
    Job(u64),
    /// A part of a job, which runs elsewhere too.
    Part(u64),
    /// A green thread that runs no job, by its id.
    Thread(u64),
    /// A carrier that sleeps.
    Asleep,
}

/// The names of actors.
#[derive(Debug, Default)]
pub(super) struct Names {
    jobs: HashMap<u64, Label>,
    threads: HashMap<u64, String>,
    /// Threads that have run jobs: they are workers, and what they do between two jobs is of no interest.
    workers: HashSet<u64>,
}

#[derive(Debug, Default)]
struct Label {
    name: Option<String>,
    site: Option<&'static Location<'static>>,
}

impl Names {
    pub(super) fn of(traces: &[Trace]) -> Self {
        let mut names = Names::default();
        for trace in traces {
            for record in &trace.records {
                names.learn(&record.event);
            }
            for thread in &trace.threads {
                if let Some(name) = &thread.name {
                    names.threads.insert(thread.thread, name.to_string());
                }
                if let Some(identity) = &thread.identity {
                    names.add(identity.id, identity.name.as_ref(), identity.site);
                }
            }
        }
        names
    }

    fn learn(&mut self, event: &Event) {
        match event {
            Event::Spawned { thread, name: Some(name), .. } => {
                self.threads.insert(*thread, name.clone());
            }
            Event::Begins { identity, name, site, .. }
            | Event::Ends { identity, name, site, .. } => {
                self.add(*identity, name.as_ref(), *site);
            }
            _ => {}
        }
    }

    fn add(&mut self, id: u64, name: Option<&String>, site: Option<&'static Location<'static>>) {
        let label = self.jobs.entry(id).or_default();
        label.name = label.name.take().or_else(|| name.cloned());
        label.site = label.site.or(site);
    }

    /// Notes that a thread runs jobs.
    pub(super) fn add_worker(&mut self, thread: u64) {
        self.workers.insert(thread);
    }

    pub(super) fn is_worker(&self, actor: Actor) -> bool {
        let is_named = |id| self.threads.get(&id).is_some_and(|name| name == "worker");
        matches!(actor, Actor::Thread(id) if self.workers.contains(&id) || is_named(id))
    }

    /// How an actor is shown: `parse (src/main.rs:12)` or `job-7 (src/main.rs:12)`.
    pub(super) fn show(&self, actor: Actor) -> String {
        match actor {
            Actor::Job(id) => self.job(id),
            Actor::Part(id) => format!("part of {}", self.job(id)),
            Actor::Thread(_) if self.is_worker(actor) => "worker".into(),
            Actor::Thread(id) => match self.threads.get(&id) {
                Some(name) => format!("{name} (thread {id})"),
                None => format!("thread {id}"),
            },
            Actor::Asleep => "asleep".into(),
        }
    }

    fn job(&self, id: u64) -> String {
        let label = self.jobs.get(&id);
        let mut shown = match label.and_then(|label| label.name.as_ref()) {
            Some(name) => name.clone(),
            None => format!("job-{id}"),
        };
        if let Some(site) = label.and_then(|label| label.site) {
            shown += &format!(" ({}:{})", site.file(), site.line());
        }
        shown
    }
}
