//! Whether nothing moves that should: decisions alone, without a clock and without an executor.

use std::time::Duration;

use greenstd::time::Instant;

use crate::inspection::{Inspection, ThreadView};
use crate::together::Inspections;

/// How much has happened in the executors, as far as it can be read without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reading {
    /// It grows with each job that is accepted, starts or ends, and with each wait that begins or ends.
    pub(super) moves: u64,
    /// Jobs that have started and not ended.
    pub(super) running: u64,
}

/// What was seen at the last looks.
#[derive(Debug)]
pub(super) struct Judge {
    after: Duration,
    last: Reading,
    since: Instant,
    /// How long this standstill is to last before it is looked into. `None` once it has been.
    due: Option<Duration>,
}

impl Judge {
    pub(super) fn new(after: Duration, now: Instant) -> Self {
        Judge { after, last: Reading::default(), since: now, due: Some(after) }
    }

    /// Whether jobs run and nothing has moved for long enough, and for how long. It says so once, until something moves.
    pub(super) fn look(&mut self, reading: Reading, now: Instant) -> Option<Duration> {
        if reading != self.last {
            (self.last, self.since, self.due) = (reading, now, Some(self.after));
        }
        let still = now.saturating_duration_since(self.since);
        if reading.running == 0 || self.due.is_none_or(|due| still < due) {
            return None;
        }
        self.due = None;
        Some(still)
    }

    /// Nobody could say what it is about that has lasted for so long: it is to be looked into once more, in a while.
    pub(super) fn look_again(&mut self, still: Duration) {
        self.due = still.checked_add(self.after);
    }
}

/// What an inspection at a standstill has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// It explains why nothing moves, so nobody need be told.
    Rests,
    /// Something should have moved.
    StandsStill,
    /// A carrier has not answered. Who waits on it nobody knows.
    Unknown,
}

/// Whether what is seen explains why nothing moves.
///
/// A deadlock is no rest. Else it is one as long as somebody waits for what comes from outside, or with a limit of time:
/// that may set all the others going. It is one as well if all wait for what others may bring at any time, such as a
/// message: then they have nothing to do. Anything else should have ended by now: a lock, a full channel, a job.
pub(super) fn finding(seen: &Inspections) -> Finding {
    if !seen.deadlocks.is_empty() {
        return Finding::StandsStill;
    }
    // What holds a carrier is the business of the watchdog.
    let is_silent = |seen: &Inspection| seen.carriers.iter().any(|carrier| !carrier.has_answered);
    if seen.executors.iter().any(is_silent) {
        return Finding::Unknown;
    }
    let waits: Vec<Wait> = seen.executors.iter().flat_map(|seen| &seen.threads).map(wait).collect();
    match waits.contains(&Wait::Outside) || !waits.contains(&Wait::Others) {
        true => Finding::Rests,
        false => Finding::StandsStill,
    }
}

/// What a thread waits for, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The world, a limit of time, or something that nobody knows.
    Outside,
    /// What others may bring, or never do.
    News,
    /// What others have, or are to do.
    Others,
}

fn wait(view: &ThreadView) -> Wait {
    let Some(waits) = view.waits_for.as_ref().filter(|_| view.at_most.is_none()) else {
        return Wait::Outside;
    };
    match waits.kind.as_str() {
        "mutex"
        | "rwlock (read)"
        | "rwlock (write)"
        | "semaphore"
        | "channel (send)"
        | "barrier"
        | "wait group"
        | "job"
        | "several jobs"
        | "thread"
        | "room in a backlog"
        | "the jobs of a group"
        | "forked children"
        | "the end of an executor" => Wait::Others,
        "channel (receive)" | "select" | "condvar" | "event" | "once cell" | "oneshot"
        | "the next job" => Wait::News,
        _ => Wait::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::{Judge, Reading, Wait, wait};
    use crate::inspection::{ThreadView, WaitsFor};
    use greenstd::time;
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    /// What is decided at each of these looks, a second apart: moves, and jobs that run. It is told after two seconds.
    fn told(looks: &[(u64, u64)]) -> Vec<bool> {
        let start = time::now();
        let mut judge = Judge::new(2 * SECOND, start);
        let told = looks.iter().zip(0..).map(|(&(moves, running), second)| {
            judge.look(Reading { moves, running }, start + second * SECOND).is_some()
        });
        told.collect()
    }

    #[test]
    fn a_standstill_is_told_once_and_a_new_one_again() {
        let looks = [(5, 1), (5, 1), (5, 1), (5, 1), (6, 1), (6, 1), (6, 1)];
        assert_eq!(told(&looks), [false, false, true, false, false, false, true]);
    }

    #[test]
    fn without_jobs_or_with_moves_nothing_is_told() {
        assert_eq!(told(&[(5, 0); 6]), [false; 6]);
        assert_eq!(told(&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]), [false; 5]);
    }

    #[test]
    fn a_standstill_that_nobody_could_look_into_is_looked_into_again_in_a_while() {
        let start = time::now();
        let mut judge = Judge::new(2 * SECOND, start);
        let reading = Reading { moves: 5, running: 1 };
        let mut look = |second: u32| {
            let still = judge.look(reading, start + second * SECOND);
            still.into_iter().for_each(|still| judge.look_again(still));
            still.is_some()
        };
        let told: Vec<bool> = (0..7).map(&mut look).collect();
        assert_eq!(told, [false, false, true, false, true, false, true]);
    }

    fn view(kind: &str) -> ThreadView {
        let waits = WaitsFor { kind: kind.to_owned(), ..WaitsFor::bare() };
        ThreadView {
            id: 1,
            name: "job".to_owned(),
            is_job: true,
            site: None,
            thread: 1,
            carrier: "shop-0".to_owned(),
            waits_for: Some(waits),
            waited: SECOND,
            at_most: None,
            stack_bytes: 0,
            stack: None,
        }
    }

    #[test]
    fn sockets_timers_and_the_unknown_are_the_outside() {
        for kind in ["socket (read)", "socket (write)", "sleep", "offload", "future", "park"] {
            assert_eq!(wait(&view(kind)), Wait::Outside, "{kind}");
        }
        let limited = ThreadView { at_most: Some(SECOND), ..view("mutex") };
        assert_eq!(wait(&limited), Wait::Outside);
        assert_eq!(wait(&ThreadView { waits_for: None, ..view("mutex") }), Wait::Outside);
    }

    #[test]
    fn idle_waits_are_no_waits_for_others() {
        for kind in ["channel (receive)", "select", "condvar", "event", "the next job"] {
            assert_eq!(wait(&view(kind)), Wait::News, "{kind}");
        }
        for kind in ["mutex", "channel (send)", "job", "room in a backlog", "thread"] {
            assert_eq!(wait(&view(kind)), Wait::Others, "{kind}");
        }
    }
}
