//! How far apart jobs start while others wait: an estimate, from looks at two counters.
//!
//! It has no clock and no atomics, so a simulation can drive it.
//!
//! # What is estimated
//!
//! The *gap* is the mean time between two starts while jobs wait. Then the last of `n` waiting jobs starts after
//! about `n` gaps. While jobs wait, a start follows an end. So ends are counted, as the starts that fill free slots
//! say nothing about how fast jobs go through.
//!
//! | between two looks | what it says | what the estimate does |
//! | --- | --- | --- |
//! | jobs waited throughout, and some ended | the gap | takes it in by its weight |
//! | jobs waited throughout, and none has ended | nothing yet | the interval goes on; with no estimate, the starts are taken for the time being |
//! | a worker found no job | the gap is no longer than this | is lowered, if it is longer than chance explains |
//!
//! # Bounds
//!
//! * A job weighs as much as each of the last [`MEMORY`] jobs, about. After a change of the gap to `a` times what it
//!   was, `n` jobs later what is left of the error is `(1 − 1/MEMORY)^n` of it: 2 % after 200.
//! * The first jobs weigh alike, so the estimate is good to `1/√n` after `n` jobs of random length.
//! * It never becomes 0, and it never becomes longer while workers find no job.

/// So many jobs the estimate remembers, about.
const MEMORY: f64 = 50.0;

/// The gap between two starts while jobs wait.
#[derive(Debug, Default)]
pub(crate) struct Estimate {
    gap_ns: Option<f64>,
    /// How many jobs it rests on, up to [`MEMORY`].
    jobs: f64,
    last: Option<Look>,
}

/// What is seen at one look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// By a clock that never goes back.
    pub(crate) at_ns: u64,
    /// How many jobs have ever started.
    pub(crate) started: u64,
    /// How many of these have ended.
    pub(crate) ended: u64,
    /// Whether a worker has found no job since the last look.
    pub(crate) ran_dry: bool,
}

impl Estimate {
    /// The gap in nanoseconds, once something is known about it.
    pub(crate) fn gap_ns(&self) -> Option<f64> {
        self.gap_ns
    }

    /// Takes in what has happened since the last look.
    pub(crate) fn look(&mut self, look: Look) {
        let Some(last) = self.last else {
            self.last = Some(look);
            return;
        };
        let since = |now: u64, then: u64| now.saturating_sub(then) as f64;
        let elapsed_ns = since(look.at_ns, last.at_ns);
        let (started, ended) = (since(look.started, last.started), since(look.ended, last.ended));
        if look.ran_dry {
            self.last = Some(look);
            self.lower_to(elapsed_ns, ended);
        } else if ended > 0.0 {
            self.last = Some(look);
            self.take_in(elapsed_ns, ended);
        } else if self.gap_ns.is_none() && started > 0.0 {
            // Of no weight: the first end replaces it.
            self.gap_ns = Some((elapsed_ns / started).max(1.0));
        }
    }

    /// So many jobs have ended in an interval in which jobs waited throughout.
    fn take_in(&mut self, elapsed_ns: f64, ended: f64) {
        let seen_ns = (elapsed_ns / ended).max(1.0);
        let weight = (ended / (self.jobs + ended)).max(weight_of(ended));
        let before_ns = self.gap_ns.unwrap_or(seen_ns);
        self.gap_ns = Some(before_ns + (seen_ns - before_ns) * weight);
        self.jobs = (self.jobs + ended).min(MEMORY);
    }

    /// So many jobs have ended in an interval in which workers had nothing to do for a while.
    fn lower_to(&mut self, elapsed_ns: f64, ended: f64) {
        let Some(before_ns) = self.gap_ns.filter(|_| ended > 0.0) else { return };
        // Two standard deviations more: else the lucky intervals alone would draw it down.
        let at_most_ns = (elapsed_ns / ended * (1.0 + 2.0 / ended.sqrt())).max(1.0);
        if at_most_ns < before_ns {
            self.gap_ns = Some(before_ns + (at_most_ns - before_ns) * weight_of(ended));
        }
    }
}

/// How much so many new jobs weigh against all before them.
fn weight_of(jobs: f64) -> f64 {
    1.0 - (1.0 - 1.0 / MEMORY).powf(jobs)
}
