//! When a schedule is due: pure functions on a line of nanoseconds.
//!
//! Due times are counted in integers from a first one, and never from when a run started or ended. So they do not
//! drift. The next due time is always strictly later than the last one, whatever the clock says meanwhile.

use std::collections::VecDeque;

/// A moment or a length on a schedule's line, in nanoseconds.
pub(super) type Nanos = u64;

/// When a schedule is due.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// At `first` + n · `period`, where `first` is set as the schedule begins.
    Rate { first: Nanos, period: Nanos },
    /// At the multiples of `period`.
    Aligned { period: Nanos },
    /// So long after the end of a run.
    Delay { period: Nanos },
    /// At the times of a pattern.
    #[cfg(feature = "cron")]
    Cron(Box<super::cron::Cron>),
}

/// The due times of a rule in some interval.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passed {
    /// How many there are.
    pub(super) count: u64,
    /// The last ones, in order; at least the last.
    pub(super) last: VecDeque<Nanos>,
}

impl Rule {
    /// The first due time of a schedule that begins at `now`; it is to be at `start`, if that is said.
    pub(super) fn begin(&mut self, now: Nanos, start: Option<Nanos>) -> Option<Nanos> {
        match self {
            Rule::Rate { first, period } => {
                *first = start.unwrap_or_else(|| now.saturating_add(*period));
                Some(*first)
            }
            Rule::Delay { period } => start.or_else(|| now.checked_add(*period)),
            _ => start.or_else(|| now.checked_add(1)).and_then(|from| self.not_before(from)),
        }
    }

    /// The due time after that of `due`, which is one. None if the line does not reach so far, or if it depends on the
    /// end of the run.
    pub(super) fn after(&self, due: Nanos) -> Option<Nanos> {
        match self {
            Rule::Rate { period, .. } | Rule::Aligned { period } => due.checked_add(*period),
            Rule::Delay { .. } => None,
            #[cfg(feature = "cron")]
            Rule::Cron(cron) => cron.after(due),
        }
    }

    /// The first due time that is not before `from`.
    pub(super) fn not_before(&self, from: Nanos) -> Option<Nanos> {
        match self {
            Rule::Rate { first, period } => {
                let periods = from.saturating_sub(*first).div_ceil(*period);
                periods.checked_mul(*period)?.checked_add(*first)
            }
            Rule::Aligned { period } => from.div_ceil(*period).checked_mul(*period),
            Rule::Delay { .. } => Some(from),
            #[cfg(feature = "cron")]
            Rule::Cron(cron) => match from.checked_sub(1) {
                Some(before) => cron.after(before),
                None => cron.after(0),
            },
        }
    }

    /// The due times from `due`, which is one, until `now`, which is not before it; the last `keep` of them, and at least
    /// one.
    pub(super) fn passed(&self, due: Nanos, now: Nanos, keep: usize) -> Passed {
        let keep = keep.max(1);
        match self {
            Rule::Rate { period, .. } | Rule::Aligned { period } => {
                let more = now.saturating_sub(due) / period;
                let kept = more.min(keep as u64 - 1);
                // None of these passes `now`, which the line reaches.
                let last = (more - kept..=more).map(|n| due + n * period).collect();
                Passed { count: more.saturating_add(1), last }
            }
            Rule::Delay { .. } => Passed { count: 1, last: [due].into() },
            #[cfg(feature = "cron")]
            Rule::Cron(_) => {
                let mut passed = Passed { count: 0, last: VecDeque::new() };
                let mut next = Some(due);
                while let Some(due) = next.filter(|due| *due <= now) {
                    passed.count += 1;
                    if passed.last.len() == keep {
                        passed.last.pop_front();
                    }
                    passed.last.push_back(due);
                    next = self.after(due);
                }
                passed
            }
        }
    }

    /// About how long it is from that due time to the next.
    pub(super) fn gap(&self, due: Nanos) -> Nanos {
        let _ = due; // Without patterns, all gaps are alike.
        match self {
            Rule::Rate { period, .. } | Rule::Aligned { period } | Rule::Delay { period } => {
                *period
            }
            #[cfg(feature = "cron")]
            Rule::Cron(_) => self.after(due).map_or(Nanos::MAX, |next| next - due),
        }
    }

    /// The due time after a run that has ended at `end`, if it depends on that.
    pub(super) fn after_end(&self, end: Nanos) -> Option<Nanos> {
        match self {
            Rule::Delay { period } => end.checked_add(*period),
            _ => None,
        }
    }

    /// Whether its due times are those of the wall clock.
    pub(super) fn is_of_wall_time(&self) -> bool {
        !matches!(self, Rule::Rate { .. } | Rule::Delay { .. })
    }

    pub(super) fn waits_for_end(&self) -> bool {
        matches!(self, Rule::Delay { .. })
    }
}

/// How long after the due time a run starts: from 0 to `share` of the gap, and the same for the same seed.
pub(super) fn jitter(seed: u64, due: Nanos, share: f64, gap: Nanos) -> Nanos {
    if share <= 0.0 {
        return 0;
    }
    let limit = (gap as f64 * share) as u64;
    ((u128::from(mix(seed ^ mix(due))) * u128::from(limit)) >> 64) as u64
}

/// Spreads numbers over all there are (the finishing step of a generator by Steele, Lea and Flood).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
