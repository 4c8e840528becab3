//! The round of one watchdog: it looks at each carrier of its executors, and reports what holds one.

use std::time::Duration;

use executor::ExecutorHandle;
use greenctx::{Capture, CaptureSignal, CarrierHandle, Doze, Progress};
use greenstd::atomic::unwatched::Counter;
use greenstd::sync::Mutex;
use greenstd::time::{self, Instant};

use super::hog::Hog;
use super::judge::{Held, Judge};
use super::readings;
use super::reporter::Reporter;
use crate::stacks::name_running;
use crate::view::{place, without_site};
use crate::walk::Walker;

/// So many looks in the time after which a hold is reported.
const LOOKS: u32 = 10;

/// At most so long between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How long a carrier's OS thread may take to answer the signal. It may have to wait for a CPU.
const PATIENCE: Duration = Duration::from_millis(100);

/// So often is the same thread captured, if a look falls into a moment in which it cannot say which job it runs.
const TRIES: usize = 3;

/// What one watchdog watches.
pub(super) struct Patrol {
    after: Duration,
    signal: CaptureSignal,
    start: Instant,
    beats: Vec<Beat>,
    /// `None` once the watchdog has ended. Held by the keeper during a look: reports are called under it.
    reporter: Mutex<Option<Reporter>>,
}

/// One carrier.
struct Beat {
    executor: ExecutorHandle,
    carrier: CarrierHandle,
    /// The keeper alone uses it.
    judge: Mutex<Judge>,
    hog: Mutex<Option<Hog>>,
    longest_ns: Counter,
}

impl Patrol {
    pub(super) fn new(
        after: Duration,
        signal: CaptureSignal,
        executors: impl IntoIterator<Item = ExecutorHandle>,
        reporter: Reporter,
    ) -> Self {
        let mut beats = Vec::new();
        for executor in executors {
            beats.extend(executor.carriers().map(|carrier| Beat {
                executor: executor.clone(),
                carrier: carrier.clone(),
                judge: Mutex::new(Judge::new(after)),
                hog: Mutex::default(),
                longest_ns: Counter::new(0),
            }));
        }
        Patrol { after, signal, start: time::now(), beats, reporter: Mutex::new(Some(reporter)) }
    }

    /// Has all carriers end a doze of the keeper's when they wake up.
    pub(super) fn ask_to_stir(&self, doze: &Doze) {
        self.beats.iter().for_each(|beat| beat.carrier.stir(doze));
    }

    /// How long the keeper may wait before it looks again.
    pub(super) fn pause(&self) -> Duration {
        (self.after / LOOKS).min(LONGEST_PAUSE)
    }

    /// Whether there is nothing to look at until a carrier wakes up.
    pub(super) fn is_idle(&self) -> bool {
        self.beats.iter().all(|beat| {
            // A hold that was seen is to be seen ended: nobody else takes the hog away.
            let is_over = beat.judge.lock().progress().is_none();
            is_over && (beat.carrier.will_stir() || beat.executor.has_ended())
        })
    }

    /// Looks at all carriers, and reports.
    pub(super) fn look(&self) {
        let mut reporter = self.reporter.lock();
        let Some(reporter) = &mut *reporter else { return };
        for beat in &self.beats {
            if let Some(hog) = beat.look(self.signal, self.start) {
                reporter.tell(&hog);
            }
        }
    }

    /// Waits until a look that goes on is over. No report is called after that.
    pub(super) fn end(&self) {
        // What it holds is the user's, and is dropped without the lock.
        drop(self.reporter.lock().take());
    }

    pub(super) fn hogs(&self) -> Vec<Hog> {
        self.beats.iter().filter_map(Beat::hog).collect()
    }

    pub(super) fn hogs_of(&self, executor: u64) -> Vec<Hog> {
        self.of(executor).filter_map(Beat::hog).collect()
    }

    pub(super) fn longest_hold(&self) -> Duration {
        self.beats.iter().map(Beat::longest).max().unwrap_or_default()
    }

    pub(super) fn longest_hold_of(&self, executor: u64) -> Option<Duration> {
        self.of(executor).map(Beat::longest).max()
    }

    fn of(&self, executor: u64) -> impl Iterator<Item = &Beat> {
        self.beats.iter().filter(move |beat| beat.executor.number() == executor)
    }
}

impl Beat {
    /// What there is to report.
    fn look(&self, signal: CaptureSignal, start: Instant) -> Option<Hog> {
        let mut judge = self.judge.lock();
        let held = match readings::read(&self.carrier, &judge, start) {
            Some(reading) => judge.look(&reading),
            None => {
                judge.rests();
                None
            }
        };
        let Some(held) = held else {
            *self.hog.lock() = None;
            return None;
        };
        self.note(&held);
        let progress = judge.progress().filter(|_| held.is_due)?;
        let hog = self.describe(signal, progress, &held)?;
        *self.hog.lock() = Some(hog.clone());
        Some(hog)
    }

    fn note(&self, held: &Held) {
        let ns = u64::try_from(held.held.as_nanos()).unwrap_or(u64::MAX);
        self.longest_ns.set(self.longest_ns.get().max(ns));
        if let Some(hog) = &mut *self.hog.lock() {
            hog.take_times(held);
        }
    }

    /// Captures the carrier. `None` if the hold has ended meanwhile, or if no job is to blame.
    fn describe(&self, signal: CaptureSignal, progress: Progress, held: &Held) -> Option<Hog> {
        let mut hog = self.blank(progress, held);
        for _ in 0..TRIES {
            let Some(capture) = self.carrier.capture(signal, PATIENCE) else { break };
            if capture.switches != progress.switches || capture.thread.is_none() {
                return None;
            }
            if capture.identity == progress.running {
                hog.take_capture(&capture);
                return Some(hog);
            }
        }
        // The OS thread does not answer: it waits for a disk, say. All else is known without it.
        (self.carrier.progress() == progress).then_some(hog)
    }

    /// What is known without a capture.
    fn blank(&self, progress: Progress, held: &Held) -> Hog {
        let mut hog = Hog {
            executor: self.executor.name().to_owned(),
            carrier: self.carrier.name().to_owned(),
            job: progress.running,
            name: progress.running.map_or("unnamed".to_owned(), |id| format!("job-{id}")),
            site: None,
            held: Duration::ZERO,
            computed: Duration::ZERO,
            blocked: Duration::ZERO,
            starved: Duration::ZERO,
            ready: 0,
            others: self.carrier.counters().live().saturating_sub(1),
            queued: self.executor.gauge().queued,
            stack: Vec::new(),
        };
        hog.take_times(held);
        hog
    }

    fn hog(&self) -> Option<Hog> {
        self.hog.lock().clone()
    }

    fn longest(&self) -> Duration {
        Duration::from_nanos(self.longest_ns.get())
    }
}

impl Hog {
    fn take_times(&mut self, held: &Held) {
        (self.held, self.computed) = (held.held, held.computed);
        (self.blocked, self.starved) = (held.blocked, held.starved);
    }

    fn take_capture(&mut self, capture: &Capture) {
        self.site = capture.site.map(place);
        if let Some(name) = &capture.name {
            self.name = without_site(name, self.site.as_deref()).to_owned();
        }
        self.ready = capture.ready;
        if let Some(stack) = capture.stack() {
            let mut addresses = Vec::new();
            Walker::new().walk(&stack, &mut addresses);
            self.stack = name_running(&addresses);
        }
    }
}
