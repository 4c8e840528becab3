//! The lives of jobs and threads: what each of them did, stretch by stretch.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::names::Actor;

/// What a job or a thread does for a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Queued,
    Runs,
    Ready,
    /// It waits for what the text says, if it is known.
    Waits(Option<String>),
    /// It waits for a job that runs on its stack.
    WaitsBelow(Actor),
}

/// A stretch of time.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) phase: Phase,
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
}

/// What is known of one job or thread.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) actor: Actor,
    pub(super) stretches: Vec<Stretch>,
    /// When it began to run, as far as it is known.
    began_ns: u64,
    present: Option<(Phase, u64)>,
}

/// All lives, in the order in which they were first heard of.
#[derive(Debug, Default)]
pub(super) struct Lives {
    lives: Vec<Life>,
    places: HashMap<Actor, usize>,
}

impl Lives {
    /// The life of `actor`, which is first heard of at `at_ns` if there is nothing of it yet.
    fn of(&mut self, actor: Actor, at_ns: u64) -> &mut Life {
        let place = match self.places.entry(actor) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let life = Life { actor, stretches: Vec::new(), began_ns: at_ns, present: None };
                self.lives.push(life);
                *place.insert(self.lives.len() - 1)
            }
        };
        &mut self.lives[place]
    }

    /// A job begins that was queued since `queued_ns`.
    pub(super) fn begin(&mut self, actor: Actor, queued_ns: Option<u64>, at_ns: u64) {
        let life = self.of(actor, at_ns);
        if let Some(from_ns) = queued_ns.filter(|&queued| queued < at_ns) {
            life.stretches.push(Stretch { phase: Phase::Queued, from_ns, to_ns: at_ns });
        }
        life.enter(Phase::Runs, at_ns);
    }

    /// It does something else from now on.
    pub(super) fn enter(&mut self, actor: Actor, phase: Phase, at_ns: u64) {
        // Parts have no life of their own, nor have carriers.
        if matches!(actor, Actor::Job(_) | Actor::Thread(_)) {
            self.of(actor, at_ns).enter(phase, at_ns);
        }
    }

    pub(super) fn end(&mut self, actor: Actor, at_ns: u64) {
        if let Some(&place) = self.places.get(&actor) {
            self.lives[place].close(at_ns);
        }
    }

    /// Those that lived for `least_ns` at least; all that has not ended does so at `at_ns`.
    pub(super) fn finish(mut self, at_ns: u64, least_ns: u64) -> Vec<Life> {
        self.lives.iter_mut().for_each(|life| life.close(at_ns));
        self.lives.retain(|life| life.lived_ns() >= least_ns);
        self.lives
    }
}

impl Life {
    fn enter(&mut self, phase: Phase, at_ns: u64) {
        if self.present.as_ref().is_some_and(|(present, _)| *present == phase) {
            return;
        }
        self.close(at_ns);
        self.present = Some((phase, at_ns));
    }

    fn close(&mut self, at_ns: u64) {
        if let Some((phase, from_ns)) = self.present.take() {
            self.stretches.push(Stretch { phase, from_ns, to_ns: at_ns.max(from_ns) });
        }
    }

    /// From its first run to its end, or to the end of the trace.
    fn lived_ns(&self) -> u64 {
        let end = self.stretches.last().map_or(0, |stretch| stretch.to_ns);
        end.saturating_sub(self.began_ns)
    }
}
