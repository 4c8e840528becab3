//! Whether a carrier is held, and what became of the time: a decision on readings alone.
//!
//! A *hold* begins when a carrier makes progress, and ends when it makes the next, or sleeps. Between two looks at the
//! same hold, the time that has passed is divided:
//!
//! * as long as the CPU clock of the carrier's OS thread says, it computed;
//! * the rest is time without a CPU. If the thread could run at the second look, it *starved*: others had the CPU. If it
//!   could not, it was *blocked* in the kernel.
//!
//! The kernel is asked for the state of the thread at the second look alone, so a division may be wrong for the time
//! between two looks. On a machine that is overloaded, the watchdog looks late as well. That does no harm: its looks are
//! further apart, and what is between them is divided in the same way.
//!
//! *A starved carrier is no hog.* A hold is reported when it has computed and been blocked for as long as was agreed. The
//! time without a CPU does not count, since it is not the job's fault.

use std::time::Duration;

use greenctx::Progress;

/// A later report of the same hold comes when it is so many times as long.
const NEXT_REPORT: u32 = 10;

/// What a look at a carrier has found. All times are since the same moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// When the look began.
    pub(super) begun: Duration,
    pub(super) progress: Progress,
    pub(super) is_asleep: bool,
    /// The CPU clock of the carrier's OS thread.
    pub(super) cpu: Duration,
    /// Whether that thread runs, or could run.
    pub(super) is_runnable: bool,
    /// When the look was done. Much later, if the watchdog itself got no CPU.
    pub(super) ended: Duration,
}

/// How long a carrier has been held, and by what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) held: Duration,
    pub(super) computed: Duration,
    pub(super) blocked: Duration,
    pub(super) starved: Duration,
    /// Whether it is time for a report.
    pub(super) is_due: bool,
}

/// What is known of one carrier.
#[derive(Debug)]
pub(super) struct Judge {
    after: Duration,
    hold: Option<Hold>,
}

#[derive(Debug)]
struct Hold {
    progress: Progress,
    since: Duration,
    /// Of the last look.
    looked: Duration,
    cpu: Duration,
    times: Held,
    /// How long it is to last before the next report.
    next: Duration,
}

impl Judge {
    /// A hold is reported after that time.
    pub(super) fn new(after: Duration) -> Self {
        Judge { after, hold: None }
    }

    /// The progress that the carrier had at the last look, if it was awake.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.hold.as_ref().map(|hold| hold.progress)
    }

    /// The carrier sleeps, or has no thread.
    pub(super) fn rests(&mut self) {
        self.hold = None;
    }

    /// A look: what there is to say of the hold that goes on. `None` if there is none.
    pub(super) fn look(&mut self, reading: &Reading) -> Option<Held> {
        if reading.is_asleep {
            self.rests();
            return None;
        }
        match &mut self.hold {
            Some(hold) if hold.progress == reading.progress => Some(hold.go_on(reading)),
            _ => {
                self.hold = Some(Hold::begin(reading, self.after));
                None
            }
        }
    }
}

impl Hold {
    fn begin(reading: &Reading, after: Duration) -> Self {
        Hold {
            progress: reading.progress,
            since: reading.ended,
            looked: reading.ended,
            cpu: reading.cpu,
            times: Held::default(),
            next: after,
        }
    }

    fn go_on(&mut self, reading: &Reading) -> Held {
        let passed = reading.begun.saturating_sub(self.looked);
        let computed = reading.cpu.saturating_sub(self.cpu).min(passed);
        let times = &mut self.times;
        times.held = reading.begun.saturating_sub(self.since);
        times.computed += computed;
        match reading.is_runnable {
            true => times.starved += passed - computed,
            false => times.blocked += passed - computed,
        }
        (self.looked, self.cpu) = (reading.ended, reading.cpu);
        let own = times.computed + times.blocked;
        times.is_due = own >= self.next;
        while own >= self.next {
            self.next = self.next.saturating_mul(NEXT_REPORT);
        }
        *times
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Judge, Reading};
    use std::time::Duration;

    const AFTER: Duration = ms(100);

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// What a look finds, in milliseconds. `switches` stands for all progress.
    #[derive(Clone, Copy)]
    struct Look {
        at: u64,
        switches: u64,
        cpu: u64,
        state: char,
    }

    const fn look(at: u64, switches: u64, cpu: u64, state: char) -> Look {
        Look { at, switches, cpu, state }
    }

    impl Look {
        fn reading(self) -> Reading {
            let mut progress = greenctx::Progress::default();
            progress.switches = self.switches;
            Reading {
                begun: ms(self.at),
                progress,
                is_asleep: self.state == 'Z',
                cpu: ms(self.cpu),
                is_runnable: self.state == 'R',
                ended: ms(self.at),
            }
        }
    }

    /// What is said after each look: how long it is held, computed, blocked and starved, if a report is due.
    fn reports(looks: &[Look]) -> Vec<[u64; 4]> {
        let mut judge = Judge::new(AFTER);
        let held = looks.iter().filter_map(|look| judge.look(&look.reading()));
        held.filter(|held| held.is_due).map(|held| in_ms(&held)).collect()
    }

    fn in_ms(held: &Held) -> [u64; 4] {
        [held.held, held.computed, held.blocked, held.starved].map(|time| time.as_millis() as u64)
    }

    #[test]
    fn a_job_that_computes_is_reported_once_it_has_computed_for_long() {
        let looks: Vec<_> = (0..=20).map(|n| look(10 * n, 7, 10 * n, 'R')).collect();
        assert_eq!(reports(&looks), [[100, 100, 0, 0]]);
    }

    #[test]
    fn a_job_that_is_blocked_is_reported() {
        let looks: Vec<_> = (0..=20).map(|n| look(10 * n, 7, n, 'S')).collect();
        assert_eq!(reports(&looks), [[100, 10, 90, 0]]);
    }

    #[test]
    fn a_carrier_that_switches_is_never_reported() {
        let looks: Vec<_> = (0..100).map(|n| look(10 * n, n / 5, 10 * n, 'R')).collect();
        assert_eq!(reports(&looks), [[0; 4]; 0]);
    }

    #[test]
    fn a_carrier_that_sleeps_is_never_reported() {
        let mut looks: Vec<_> = (0..100).map(|n| look(10 * n, 7, 0, 'Z')).collect();
        assert_eq!(reports(&looks), [[0; 4]; 0]);
        // One sleep in between begins anew.
        looks = (0..18).map(|n| look(10 * n, 7, 10 * n, if n == 9 { 'Z' } else { 'R' })).collect();
        assert_eq!(reports(&looks), [[0; 4]; 0]);
    }

    #[test]
    fn a_starved_machine_raises_no_false_hog() {
        // The carrier gets a CPU for a millisecond in ten.
        let starved: Vec<_> = (0..=90).map(|n| look(10 * n, 7, n, 'R')).collect();
        assert_eq!(reports(&starved), [[0; 4]; 0]);
        // The watchdog starves with it, and looks rarely.
        let both = [look(0, 7, 0, 'R'), look(900, 7, 20, 'R'), look(5000, 7, 60, 'R')];
        assert_eq!(reports(&both), [[0; 4]; 0]);
        // Not even a stopped process: nothing ran in between.
        assert_eq!(reports(&[look(0, 7, 0, 'R'), look(3_600_000, 7, 5, 'R')]), [[0; 4]; 0]);
    }

    #[test]
    fn a_hog_on_a_starved_machine_is_reported_when_its_own_time_is_over() {
        let looks: Vec<_> = (0..=100).map(|n| look(100 * n, 7, 10 * n, 'R')).collect();
        assert_eq!(reports(&looks), [[1000, 100, 0, 900], [10_000, 1000, 0, 9000]]);
    }

    #[test]
    fn a_look_that_took_long_itself_counts_for_nobody() {
        let mut judge = Judge::new(AFTER);
        let mut first = look(0, 7, 0, 'R').reading();
        // Between the progress and the end of the look, the watchdog got no CPU.
        first.ended = ms(500);
        assert_eq!(judge.look(&first), None);
        let second = judge.look(&look(510, 7, 10, 'R').reading()).unwrap();
        assert_eq!((in_ms(&second), second.is_due), ([10, 10, 0, 0], false));
    }

    #[test]
    fn a_long_hold_is_reported_at_each_power_of_ten() {
        let looks: Vec<_> = (0..=1200).map(|n| look(100 * n, 7, 0, 'S')).collect();
        let at: Vec<_> = reports(&looks).iter().map(|[held, ..]| *held).collect();
        assert_eq!(at, [100, 1000, 10_000, 100_000]);
        // One that is found late is reported once.
        assert_eq!(reports(&[look(0, 7, 0, 'S'), look(50_000, 7, 0, 'S')]).len(), 1);
    }
}
