//! Shedding: giving up accepted jobs that have waited for too long, while the backlog does not empty itself.
//!
//! The rule is *CoDel*, controlled delay. A backlog that is a burst empties itself: then some job in each interval has
//! hardly waited. If even the shortest wait of an interval was above the target, the backlog stands. In the next
//! interval, what has waited for more than twice the target is given up, and the others see a short wait.
//!
//! # Protocol
//!
//! Each worker that takes a job from the backlog reports its wait. All words are relaxed: each stands for itself, and
//! none of them says that another was written.
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *shed-turn* | a worker that finds the interval over | moves its end by a compare-and-swap; the one that succeeds takes the shortest wait out, and says by it whether the backlog stands |
//! | *shed-note* | every worker | lowers the shortest wait to its own |
//! | *shed-judge* | the same | gives the job up if the backlog stands and the job has waited for too long |
//!
//! *One worker turns an interval,* since the swap has one winner. A wait that is noted between the winner's swap and its
//! taking out counts for the old interval: a moment late, or early, for one job.
//!
//! *What happened long ago does not count.* If a whole interval has passed in which no job was taken, the backlog was
//! empty, or nothing started. The shortest wait of an interval before that says nothing, so the backlog does not stand.

use std::time::Duration;

use greenstd::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use greenstd::ticks::{TickClock, Ticks};

use crate::builder::BuildError;

/// The interval is this many targets, unless it is set.
const TARGETS: u32 = 20;

/// The interval must be this many targets at least: else chance decides.
const MIN_TARGETS: u32 = 10;

/// No wait was noted.
const NONE: u64 = u64::MAX;

/// When accepted jobs are given up; for [`Builder::shed_when_late`](crate::Builder::shed_when_late).
///
/// If the shortest wait within an interval was above the target, the backlog does not empty itself. Then jobs that have
/// waited for more than twice the target are given up, until a job within an interval has waited for less.
///
/// | what | how to choose it |
/// | --- | --- |
/// | target | several times the mean run time of a job, divided by `max_workers`: a shorter wait is no sign of overload |
/// | interval | 20 targets if it is not said; at least 10. The longest burst that is to be tolerated |
///
/// ```
/// use executor::{GreenThreadPoolExecutor, rejection::Codel};
/// use std::time::Duration;
///
/// let codel = Codel::new(Duration::from_millis(20)).interval(Duration::from_millis(200));
/// let pool = GreenThreadPoolExecutor::builder().shed_when_late(codel).build()?;
/// assert_eq!(pool.submit(|| 42)?.result()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "controlled delay")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codel {
    target: Duration,
    interval: Duration,
}

impl Codel {
    /// Takes a shortest wait above `target` for a sign of overload. The interval is 20 targets.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, rejection::Codel};
    /// use std::time::Duration;
    ///
    /// let codel = Codel::new(Duration::from_millis(5));
    /// let pool = GreenThreadPoolExecutor::builder().shed_when_late(codel).build()?;
    /// assert_eq!(pool.submit(|| 42)?.result()?, 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(target: Duration) -> Self {
        Codel { target, interval: target.saturating_mul(TARGETS) }
    }

    /// Looks for the shortest wait within `interval`.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, rejection::Codel};
    /// use std::time::Duration;
    ///
    /// let hasty = Codel::new(Duration::from_millis(20)).interval(Duration::from_millis(20));
    /// let built = GreenThreadPoolExecutor::builder().shed_when_late(hasty).build();
    /// assert!(built.is_err()); // an interval is ten targets at least
    /// ```
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Whether an executor can go by it.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let micros = |time: Duration| usize::try_from(time.as_micros()).unwrap_or(usize::MAX);
        let out_of_range = |field, value, min| {
            Err(BuildError::OutOfRange { field, value: micros(value), min, max: usize::MAX })
        };
        if self.target.is_zero() {
            return out_of_range("the target of shed_when_late in µs", self.target, 1);
        }
        let min = self.target.saturating_mul(MIN_TARGETS);
        if self.interval < min {
            let field = "the interval of shed_when_late in µs";
            return out_of_range(field, self.interval, micros(min));
        }
        Ok(())
    }
}

/// What workers know of the waits.
#[derive(Debug)]
pub(crate) struct Shedding {
    target_ns: u64,
    interval_ns: u64,
    interval_ends_ns: AtomicU64,
    shortest_ns: AtomicU64,
    /// Whether the shortest wait of the last interval was above the target.
    stands: AtomicBool,
    clock: TickClock,
    epoch: Ticks,
}

impl Shedding {
    pub(crate) fn new(codel: Codel) -> Self {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let clock = TickClock::new();
        Shedding {
            target_ns: nanos(codel.target),
            interval_ns: nanos(codel.interval),
            interval_ends_ns: AtomicU64::new(0),
            shortest_ns: AtomicU64::new(NONE),
            stands: AtomicBool::new(false),
            epoch: clock.read(),
            clock,
        }
    }

    /// Whether a job is to be given up that was accepted then, and would start now.
    pub(crate) fn gives_up(&self, accepted: Ticks) -> bool {
        let now = self.clock.read();
        let now_ns = self.clock.nanos_between(self.epoch, now);
        self.judge(now_ns, self.clock.nanos_between(accepted, now))
    }

    fn judge(&self, now_ns: u64, wait_ns: u64) -> bool {
        self.turn(now_ns);
        // shed-note
        if wait_ns < self.shortest_ns.load(Relaxed) {
            self.shortest_ns.fetch_min(wait_ns, Relaxed);
        }
        // shed-judge
        wait_ns > self.target_ns.saturating_mul(2) && self.stands.load(Relaxed)
    }

    /// *shed-turn*.
    fn turn(&self, now_ns: u64) {
        let ends_ns = self.interval_ends_ns.load(Relaxed);
        if now_ns < ends_ns {
            return;
        }
        let next_ns = now_ns.saturating_add(self.interval_ns);
        if self.interval_ends_ns.compare_exchange(ends_ns, next_ns, Relaxed, Relaxed).is_ok() {
            let shortest_ns = self.shortest_ns.swap(NONE, Relaxed);
            let is_recent = now_ns - ends_ns < self.interval_ns;
            let is_long = shortest_ns != NONE && shortest_ns > self.target_ns;
            self.stands.store(is_recent && is_long, Relaxed);
        }
    }
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use std::time::Duration;

    use super::{Codel, Shedding};

    const MS_NS: u64 = 1_000_000;

    /// With a target of 5 ms and an interval of 100 ms, after a job at 0 that has not waited.
    fn shedding() -> Shedding {
        let shedding = Shedding::new(Codel::new(Duration::from_millis(5)));
        assert!(!shedding.judge(0, 0));
        shedding
    }

    /// The jobs that are given up, of one each millisecond between two, that have waited for so long.
    fn given_up(shedding: &Shedding, milliseconds: std::ops::Range<u64>, wait_ms: u64) -> usize {
        milliseconds.filter(|at| shedding.judge(at * MS_NS, wait_ms * MS_NS)).count()
    }

    #[test]
    fn a_burst_that_ends_is_left_alone() {
        let shedding = shedding();
        assert_eq!(given_up(&shedding, 1..90, 80), 0);
        assert_eq!(given_up(&shedding, 90..95, 1), 0);
        assert_eq!(given_up(&shedding, 95..190, 80), 0, "one job has hardly waited");
    }

    #[test]
    fn a_backlog_that_stands_loses_what_is_late() {
        let shedding = shedding();
        assert_eq!(given_up(&shedding, 1..100, 50), 0);
        assert_eq!(given_up(&shedding, 100..200, 50), 0, "the first interval had a short wait");
        assert_eq!(given_up(&shedding, 200..250, 50), 50);
        assert_eq!(given_up(&shedding, 250..300, 10), 0, "twice the target is not late");
        assert_eq!(given_up(&shedding, 300..310, 11), 10);
        assert_eq!(given_up(&shedding, 310..400, 4), 0);
        assert_eq!(given_up(&shedding, 400..500, 50), 0, "it has emptied itself");
    }

    #[test]
    fn what_was_an_hour_ago_does_not_count() {
        let shedding = shedding();
        given_up(&shedding, 1..250, 50);
        let later = 3_600_000;
        assert_eq!(given_up(&shedding, later..later + 100, 50), 0);
    }

    #[test]
    fn an_interval_that_chance_would_decide_is_no_setting() {
        let target = Duration::from_millis(5);
        assert!(Codel::new(target).check().is_ok());
        assert!(Codel::new(target).interval(target * 10).check().is_ok());
        assert!(Codel::new(target).interval(target * 9).check().is_err());
        assert!(Codel::new(Duration::ZERO).check().is_err());
    }
}
