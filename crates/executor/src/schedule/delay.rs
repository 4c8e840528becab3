//! What a delayed job knows of its time.

use greenstd::atomic::unwatched::Counter;
use greenstd::time::Instant;

use crate::admission::Priority;

/// Ids of delayed jobs are at least this: they have their id before they are let in, and have a number in the order of
/// submission only then.
const FIRST_ID: u64 = 1 << 63;

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    At(Instant),
    /// Later than the clock can say.
    Never,
}

/// When a job is due, and as which number it was let in.
#[derive(Debug)]
pub(crate) struct Delay {
    due: Moment,
    priority: Priority,
    /// Relaxed: the queue hears of the job by a lock, after this was written.
    number: Counter,
}

impl Moment {
    pub(crate) fn of(moment: Option<Instant>) -> Self {
        moment.map_or(Moment::Never, Moment::At)
    }
}

impl Delay {
    pub(crate) fn until(due: Moment, priority: Priority) -> Self {
        Delay { due, priority, number: Counter::new(0) }
    }

    pub(crate) fn priority(&self) -> Priority {
        self.priority
    }

    pub(crate) fn due(&self) -> Moment {
        self.due
    }

    /// 0 until it is let in.
    pub(crate) fn number(&self) -> u64 {
        self.number.get()
    }

    pub(crate) fn let_in_as(&self, number: u64) {
        self.number.set(number);
    }
}

/// The id of the delayed job of that number.
pub(crate) fn id(number: u64) -> u64 {
    FIRST_ID | number
}

/// What kind of job has that id, and its number among those.
pub(crate) fn split_id(id: u64) -> (&'static str, u64) {
    if id < FIRST_ID { ("job", id) } else { ("delayed", id - FIRST_ID) }
}
