//! What was seen, and whether it is as it must be.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use executor::ExecutorStatistics;
use greenstd::sync::Arc;
use greenstd::sync::atomic::Ordering::Relaxed;

use super::ledger::{Ledger, SLICES_PER_SECOND, Slice, sum};
use super::offer::Phase;
use super::{TARGET, WORKERS};
use crate::process;
use crate::report::judge;

/// How much the memory may grow under overload, after it has come to its height.
const GROWTH_BYTES: u64 = 32 << 20;
/// Of what was possible, so much must have been done in time.
const GOODPUT_PERCENT: f64 = 95.0;
const RECOVERY: Duration = Duration::from_secs(1);
/// It has recovered when so many tenths of a second in a row are as they should be.
const GOOD_SLICES: usize = 5;

/// What a rejection has made of the three phases.
pub(super) struct Outcome {
    name: &'static str,
    phases: Vec<Phase>,
    ledger: Arc<Ledger>,
    statistics: ExecutorStatistics,
}

/// How many checks failed.
pub(super) struct Checked {
    pub(super) wrong: usize,
}

impl Outcome {
    pub(super) fn new(
        name: &'static str,
        phases: Vec<Phase>,
        ledger: Arc<Ledger>,
        statistics: ExecutorStatistics,
    ) -> Self {
        Outcome { name, phases, ledger, statistics }
    }

    fn slices(&self, phase: usize) -> &[Slice] {
        let phase = &self.phases[phase];
        self.ledger.between(phase.from, phase.until)
    }

    /// What was answered in time in a phase, in percent of what could be done, and of what was offered.
    fn in_time(&self, index: usize) -> (f64, f64) {
        let phase = &self.phases[index];
        let time = (phase.until - phase.from).as_secs_f64();
        let (in_time, offered) =
            (sum(self.slices(index), |it| &it.in_time), sum(self.slices(index), |it| &it.offered));
        let possible = (phase.capacity(0.0) * time).min(offered as f64);
        (percent(in_time as f64, possible), percent(in_time as f64, offered as f64))
    }

    /// How long after the overload nothing was refused and nothing was late any more.
    fn recovery(&self) -> Option<Duration> {
        let bad = |slice: &Slice| {
            [&slice.refused, &slice.shed, &slice.late].iter().any(|it| it.load(Relaxed) > 0)
        };
        let good: Vec<bool> = self.slices(2).iter().map(|slice| !bad(slice)).collect();
        let first = good.windows(GOOD_SLICES).position(|some| some.iter().all(|good| *good))?;
        Some(Duration::from_secs_f64(first as f64 / SLICES_PER_SECOND as f64))
    }

    /// Checks what is promised of the rejection by time.
    pub(super) fn check(&self, threads_before: u64) -> Result<Checked, Box<dyn Error>> {
        println!("\n{}\n", self.name);
        let all = self.ledger.between(Duration::ZERO, Duration::MAX);
        let [offered, refused, shed] =
            [sum(all, |it| &it.offered), sum(all, |it| &it.refused), sum(all, |it| &it.shed)];
        let answered = sum(all, |it| &it.in_time) + sum(all, |it| &it.late);
        let counts = [
            ("refused + given up + answered = offered", refused + shed + answered, offered),
            ("the statistics count as many refused", self.statistics.rejected(), refused),
            ("and as many executed", self.statistics.executed(), answered),
            ("the carriers' threads are gone", process::threads()?, threads_before),
        ];
        let mut wrong = 0;
        for (what, is, must_be) in counts {
            wrong += judge(what, &format!("{is} = {must_be}"), is == must_be);
        }
        wrong += self.check_times();
        Ok(Checked { wrong })
    }

    fn check_times(&self) -> usize {
        let overload = &self.phases[1];
        let p99 = overload.times.percentile(99.0);
        let limit = 3 * TARGET;
        let (good, _) = self.in_time(1);
        let growth = overload.rss_max.saturating_sub(overload.rss_at_height);
        let recovery = self.recovery();
        judge(
            "99 % of the accepted were answered in time",
            &format!("{p99:.0?} ≤ {limit:?}"),
            p99 <= limit,
        ) + judge(
            "what could be done was done, and in time",
            &format!("{good:.1} % ≥ {GOODPUT_PERCENT} %"),
            good >= GOODPUT_PERCENT,
        ) + judge(
            "it has recovered soon",
            &format!("{recovery:?} ≤ {RECOVERY:?}"),
            recovery.is_some_and(|time| time <= RECOVERY),
        ) + judge(
            "the memory has grown within its bound",
            &format!("{} of {} MiB", growth >> 20, GROWTH_BYTES >> 20),
            growth <= GROWTH_BYTES,
        )
    }
}

/// Prints a row for each rejection.
pub(super) fn table(outcomes: &[Outcome]) {
    println!(
        "\n| rejection | in time under overload, % of the possible | p99 of the answers | in time after it, % | recovered after |"
    );
    println!("| --- | ---: | ---: | ---: | ---: |");
    for outcome in outcomes {
        let (good, _) = outcome.in_time(1);
        let (_, after) = outcome.in_time(2);
        let p99 = outcome.phases[1].times.percentile(99.0);
        let recovery =
            outcome.recovery().map_or("–".into(), |time| format!("{:.1} s", time.as_secs_f64()));
        println!("| `{}` | {good:.1} | {p99:.0?} | {after:.1} | {recovery} |", outcome.name);
    }
}

/// Writes what has become of the offers of each second.
pub(super) fn write_json(file: &Path, outcomes: &[Outcome]) -> Result<(), Box<dyn Error>> {
    let series = |outcome: &Outcome| {
        let all = outcome.ledger.between(Duration::ZERO, outcome.phases[2].until);
        let by_second = |slices: &[Slice]| sum(slices, |it| &it.in_time);
        let in_time: Vec<u64> = all.chunks(SLICES_PER_SECOND).map(by_second).collect();
        let ends: Vec<f64> = outcome.phases.iter().map(|it| it.until.as_secs_f64()).collect();
        let capacity = WORKERS as f64 / outcome.phases[1].mean_run.as_secs_f64();
        serde_json::json!({
            "name": outcome.name, "in_time": in_time, "ends": ends, "capacity": capacity,
        })
    };
    let all: Vec<_> = outcomes.iter().map(series).collect();
    fs::write(file, serde_json::to_string_pretty(&all)?)?;
    Ok(())
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}
