//! What a schedule does next: a state machine that is told the time.
//!
//! It knows neither clock nor executor. Whoever drives it calls [`Course::advance`] when the time of
//! [`Course::wakes_at`] has come, starts the runs that it is given, and tells how each of them ends.
//!
//! | stage | meaning | left by |
//! | --- | --- | --- |
//! | `Paused` | no due time starts a run; a trigger does | *resume*, *end* |
//! | `Active` | there is a next due time, or one will follow from the end of the run | *pause*, *end* |
//! | `Ended` | nothing starts any more | nobody |
//!
//! A run is in one place at a time: it waits here, it is tried again later as it was refused, or it has been given out.
//! Whatever is left out is counted: as *skipped* by the overlap or a pause after failures, as *missed* by time.

use std::collections::VecDeque;
use std::time::Duration;

use super::policy::{First, Missed, OnFailure, Overlap};
use super::rule::{self, Nanos, Rule};

/// Into how many parts the gap to the next due time is cut: after so much a refused run is tried again.
const TRIES: u64 = 16;

/// What the user has chosen.
#[derive(Debug, Clone)]
pub(super) struct Policies {
    pub(super) first: First,
    pub(super) jitter: f64,
    pub(super) seed: u64,
    pub(super) overlap: Overlap,
    pub(super) missed: Missed,
    pub(super) on_failure: OnFailure,
}

#[derive(Debug)]
pub(super) struct Course {
    rule: Rule,
    policies: Policies,
    stage: Stage,
    has_begun: bool,
    /// The next due time.
    next: Option<Nanos>,
    waiting: VecDeque<Run>,
    /// A run that was refused, and when it is tried again.
    refused: Option<(Nanos, Run)>,
    tries: u32,
    given_out: usize,
    numbers: u64,
    failures_in_a_row: u32,
    /// Left out since the last run, for the next one to hear of.
    missed_before: u64,
    /// Counted since the start.
    pub(super) skipped: u64,
    pub(super) missed: u64,
}

/// A run that is to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) due: Nanos,
    /// How many due times were left out before it.
    pub(super) missed: u64,
    /// From 1.
    pub(super) number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Paused,
    Active,
    Ended,
}

impl Course {
    /// One that is paused.
    pub(super) fn new(rule: Rule, policies: Policies) -> Self {
        Course {
            rule,
            policies,
            stage: Stage::Paused,
            has_begun: false,
            next: None,
            waiting: VecDeque::new(),
            refused: None,
            tries: 0,
            given_out: 0,
            numbers: 0,
            failures_in_a_row: 0,
            missed_before: 0,
            skipped: 0,
            missed: 0,
        }
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it has ended, and all its runs too.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Ended && self.given_out == 0
    }

    pub(super) fn given_out(&self) -> usize {
        self.given_out
    }

    /// *resume*, and the beginning.
    pub(super) fn resume(&mut self, now: Nanos) {
        if self.stage != Stage::Paused {
            return;
        }
        self.stage = Stage::Active;
        if !self.has_begun {
            self.has_begun = true;
            self.begin(now);
        } else if !self.rule.waits_for_end() {
            self.next = now.checked_add(1).and_then(|later| self.rule.not_before(later));
        } else if self.given_out == 0 {
            self.next = self.rule.after_end(now);
        }
    }

    /// The first due time.
    fn begin(&mut self, now: Nanos) {
        let is_of_wall_time = self.rule.is_of_wall_time();
        let start = match self.policies.first {
            First::Due => None,
            First::After(delay) => Some(now.saturating_add(nanos(delay))),
            First::Now if is_of_wall_time => None,
            First::Now => Some(now),
        };
        self.next = self.rule.begin(now, start);
        if self.policies.first == First::Now && is_of_wall_time {
            self.offer(now, 0);
        }
    }

    /// *pause*: nothing that has not been given out starts.
    pub(super) fn pause(&mut self) {
        if self.stage == Stage::Active {
            self.stage = Stage::Paused;
            self.leave_all_out();
        }
    }

    /// *end*.
    pub(super) fn end(&mut self) {
        if self.stage != Stage::Ended {
            self.stage = Stage::Ended;
            self.leave_all_out();
        }
    }

    fn leave_all_out(&mut self) {
        self.next = None;
        let refused = self.refused.take().map(|(_, run)| run);
        self.skipped += self.waiting.drain(..).chain(refused).count() as u64;
    }

    /// One run more, now; whether the overlap leaves room for it.
    pub(super) fn trigger(&mut self, now: Nanos) -> bool {
        self.stage != Stage::Ended && self.offer(now, 0)
    }

    /// What is to be started now. Each is given out until its end is told, or its refusal.
    pub(super) fn advance(&mut self, now: Nanos) -> Vec<Run> {
        if self.stage == Stage::Ended {
            return Vec::new();
        }
        if let Some((_, run)) = self.refused.take_if(|(at, _)| *at <= now) {
            self.waiting.push_front(run);
        }
        if let Some(due) = self.next.filter(|due| self.start_of(*due) <= now) {
            self.come_due(due, now);
        }
        let mut starts = Vec::new();
        while self.given_out < self.side_by_side()
            && let Some(mut run) = self.waiting.pop_front()
        {
            self.given_out += 1;
            if run.number == 0 {
                self.numbers += 1;
                run.number = self.numbers;
            }
            starts.push(run);
        }
        starts
    }

    /// When to advance next.
    pub(super) fn wakes_at(&self) -> Option<Nanos> {
        if !self.waiting.is_empty() && self.given_out < self.side_by_side() {
            return Some(0);
        }
        let start = self.next.map(|due| self.start_of(due));
        let again = self.refused.map(|(at, _)| at);
        [start, again].into_iter().flatten().min()
    }

    /// When the run of that due time starts.
    fn start_of(&self, due: Nanos) -> Nanos {
        due.saturating_add(self.jitter(due))
    }

    fn jitter(&self, due: Nanos) -> Nanos {
        let Policies { jitter, seed, .. } = self.policies;
        rule::jitter(seed, due, jitter, self.rule.gap(due))
    }

    /// The start of the run that is due at `due` has come.
    fn come_due(&mut self, due: Nanos, now: Nanos) {
        // A run that is still being refused has now missed its time, and this one stands for it.
        if let Some((_, run)) = self.refused.take() {
            self.miss(run.missed.saturating_add(1), 1);
        }
        let keep = match self.policies.missed {
            Missed::All { at_most } => at_most,
            Missed::Once | Missed::Skip => 1,
        };
        let until = now.saturating_sub(self.jitter(due)).max(due);
        let passed = self.rule.passed(due, until, keep);
        let latest = passed.last.back().copied().unwrap_or(due);
        self.next = self.rule.after(latest);
        if passed.count == 1 {
            self.offer(latest, 0);
            return;
        }
        match self.policies.missed {
            Missed::Skip => self.miss(passed.count, passed.count),
            Missed::Once => {
                self.missed += passed.count - 1;
                self.offer(latest, passed.count - 1);
            }
            Missed::All { .. } => {
                let left_out = passed.count - passed.last.len() as u64;
                self.miss(left_out, left_out);
                for due in passed.last {
                    let missed = std::mem::take(&mut self.missed_before);
                    self.waiting.push_back(Run { due, missed, number: 0 });
                }
            }
        }
    }

    /// `heard` due times are left out, for the next run to hear of, and so many of them were not counted yet.
    fn miss(&mut self, heard: u64, count: u64) {
        self.missed_before = self.missed_before.saturating_add(heard);
        self.missed += count;
    }

    /// A run that is to start now, as far as the overlap allows it; whether it does.
    fn offer(&mut self, due: Nanos, missed: u64) -> bool {
        let places = match self.policies.overlap {
            Overlap::Skip => 1,
            Overlap::Queue(more) => more.saturating_add(1),
            Overlap::Allow(at_once) => at_once.max(1),
        };
        let taken = self.given_out + self.waiting.len() + usize::from(self.refused.is_some());
        if taken >= places {
            self.skipped += 1;
            self.missed_before = self.missed_before.saturating_add(missed);
            return false;
        }
        let missed = missed.saturating_add(std::mem::take(&mut self.missed_before));
        self.waiting.push_back(Run { due, missed, number: 0 });
        true
    }

    fn side_by_side(&self) -> usize {
        match self.policies.overlap {
            Overlap::Allow(at_once) => at_once.max(1),
            Overlap::Skip | Overlap::Queue(_) => 1,
        }
    }

    /// A run that was given out has been refused. It is tried again, until the next one is due.
    pub(super) fn refuse(&mut self, run: Run, now: Nanos) {
        self.given_out -= 1;
        if self.stage != Stage::Active || self.refused.is_some() {
            self.skipped += 1;
            return;
        }
        let part = (self.rule.gap(run.due) / TRIES).max(1);
        let wait = part.saturating_mul(1 << self.tries.min(3));
        self.tries += 1;
        self.refused = Some((now.saturating_add(wait), run));
    }

    /// A run that was given out has been accepted.
    pub(super) fn accepted(&mut self) {
        self.tries = 0;
    }

    /// A run that was given out has ended.
    pub(super) fn ended(&mut self, has_failed: bool, now: Nanos) {
        self.given_out -= 1;
        self.failures_in_a_row =
            if has_failed { self.failures_in_a_row.saturating_add(1) } else { 0 };
        if self.stage == Stage::Active && self.rule.waits_for_end() {
            self.next = self.rule.after_end(now);
        }
        match self.policies.on_failure {
            OnFailure::Stop if has_failed => self.end(),
            OnFailure::BackOff { first, up_to } if has_failed => self.back_off(first, up_to, now),
            _ => {}
        }
    }

    /// Leaves out what is due in the pause after a failure.
    fn back_off(&mut self, first: Duration, up_to: Duration, now: Nanos) {
        let doublings = (self.failures_in_a_row - 1).min(63);
        let pause = nanos(first).saturating_mul(1 << doublings).min(nanos(up_to));
        let over = now.saturating_add(pause);
        let Some(next) = self.next.filter(|next| *next < over) else { return };
        if self.rule.waits_for_end() {
            self.next = Some(over);
            return;
        }
        let passed = self.rule.passed(next, over - 1, 1);
        self.skipped += passed.count;
        self.next = passed.last.back().and_then(|last| self.rule.after(*last));
    }
}

/// A length on the line. What is longer than the line is its end.
pub(super) fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}
