//! From the records of the carriers to what a viewer shows.
//!
//! One pass over all records, in the order of their time. It follows for each carrier which thread is in which
//! seat, and which jobs are on that thread's stack: a job that waits for another one may run it there. What is on top
//! is the *actor*: it runs when the thread runs, and waits when the thread waits.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use greenctx::trace::{Event, Stop, Trace, Waker};
use greenctx::{Seat, Waiting};

use super::JobWait;
use super::lives::{Life, Lives, Phase};
use super::names::{Actor, Names};

/// Those that live for less have no track of their own: a million of them would make a viewer useless.
const LONG_LIVED: Duration = Duration::from_millis(1);

/// What happened, track by track.
pub(super) struct Timeline {
    pub(super) names: Names,
    pub(super) carriers: Vec<CarrierTrack>,
    /// Of jobs and threads that lived long enough.
    pub(super) lives: Vec<Life>,
    /// How many jobs were queued, and how many workers were live.
    pub(super) figures: Vec<(u64, [u32; 2])>,
}

/// What ran on a carrier.
#[derive(Default)]
pub(super) struct CarrierTrack {
    pub(super) name: String,
    pub(super) runs: Vec<Run>,
    pub(super) wakes: Vec<Wake>,
    /// How many threads were ready, and how many parked.
    pub(super) levels: Vec<(u64, [u32; 2])>,
}

/// An actor had the carrier.
pub(super) struct Run {
    pub(super) actor: Actor,
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
    /// The wakes that have led to it.
    pub(super) arrows: Vec<u64>,
}

/// An actor has woken another one.
pub(super) struct Wake {
    pub(super) woken: Option<Actor>,
    pub(super) at_ns: u64,
    pub(super) arrow: u64,
}

impl Timeline {
    /// Of the `last` time before the traces were taken.
    pub(super) fn of(traces: &[Trace], last: Duration) -> Self {
        let mut telling = Telling::new(traces);
        let records = traces.iter().enumerate().flat_map(|(carrier, trace)| {
            trace.records.iter().map(move |record| (record.at_ns, carrier, &record.event))
        });
        let mut records: Vec<_> = records.collect();
        // Those of one carrier stay in their order.
        records.sort_by_key(|(at_ns, ..)| *at_ns);
        for (at_ns, carrier, event) in records {
            telling.tell(carrier, at_ns, event);
        }
        let taken_ns = traces.iter().map(|trace| trace.taken_at_ns).max().unwrap_or(0);
        let last_ns = u64::try_from(last.as_nanos()).unwrap_or(u64::MAX);
        telling.finish(taken_ns, taken_ns.saturating_sub(last_ns))
    }

    pub(super) fn waits(&self) -> Vec<JobWait> {
        let wait = |life: &Life| {
            let job = self.names.show(life.actor);
            let waits = life
                .stretches
                .iter()
                .filter(|stretch| matches!(stretch.phase, Phase::Waits(_) | Phase::WaitsBelow(_)));
            let waits = waits.map(|stretch| JobWait {
                job: job.clone(),
                what: self.show(&stretch.phase),
                lasted: Duration::from_nanos(stretch.to_ns - stretch.from_ns),
            });
            waits.collect::<Vec<_>>()
        };
        self.lives.iter().flat_map(wait).collect()
    }

    /// How a phase is shown.
    pub(super) fn show(&self, phase: &Phase) -> String {
        match phase {
            Phase::Queued => "queued".into(),
            Phase::Runs => "runs".into(),
            Phase::Ready => "ready".into(),
            Phase::Waits(None) => "waits".into(),
            Phase::Waits(Some(what)) => format!("waits for {what}"),
            Phase::WaitsBelow(actor) => {
                format!("waits for {}, which runs on its stack", self.names.show(*actor))
            }
        }
    }

    /// Leaves out what was over before `from_ns`.
    fn cut(&mut self, from_ns: u64) {
        for carrier in &mut self.carriers {
            carrier.runs.retain_mut(|run| {
                run.from_ns = run.from_ns.max(from_ns);
                run.to_ns >= run.from_ns
            });
            carrier.wakes.retain(|wake| wake.at_ns >= from_ns);
            carrier.levels.retain(|(at_ns, _)| *at_ns >= from_ns);
        }
        for life in &mut self.lives {
            life.stretches.retain_mut(|stretch| {
                stretch.from_ns = stretch.from_ns.max(from_ns);
                stretch.to_ns >= stretch.from_ns
            });
        }
        self.lives.retain(|life| !life.stretches.is_empty());
        self.figures.retain(|(at_ns, _)| *at_ns >= from_ns);
    }
}

/// The pass over the records.
struct Telling {
    timeline: Timeline,
    lives: Lives,
    carriers: Vec<Carrier>,
    /// The arrows that have begun since an actor's thread was woken.
    to_thread: HashMap<u64, Vec<u64>>,
    arrows: u64,
    /// For threads whose id nobody knows any more.
    unknown: u64,
}

/// What is known of a carrier at some moment.
#[derive(Default)]
struct Carrier {
    seats: HashMap<u32, Occupant>,
    running: Option<Run>,
}

/// The thread in a seat.
struct Occupant {
    thread: u64,
    /// The jobs on its stack, the innermost last.
    jobs: Vec<Actor>,
}

impl Occupant {
    fn actor(&self) -> Actor {
        self.jobs.last().copied().unwrap_or(Actor::Thread(self.thread))
    }
}

impl Telling {
    fn new(traces: &[Trace]) -> Self {
        let track = |trace: &Trace| CarrierTrack {
            name: trace.carrier.to_string(),
            ..CarrierTrack::default()
        };
        Telling {
            timeline: Timeline {
                names: Names::of(traces),
                carriers: traces.iter().map(track).collect(),
                lives: Vec::new(),
                figures: Vec::new(),
            },
            lives: Lives::default(),
            carriers: traces.iter().map(Carrier::of).collect(),
            to_thread: HashMap::new(),
            arrows: 0,
            unknown: u64::MAX,
        }
    }

    fn tell(&mut self, carrier: usize, at_ns: u64, event: &Event) {
        match event {
            Event::Spawned { seat, thread, .. } => {
                let occupant = Occupant { thread: *thread, jobs: Vec::new() };
                self.carriers[carrier].seats.insert(seat.as_u32(), occupant);
                self.lives.enter(Actor::Thread(*thread), Phase::Ready, at_ns);
            }
            Event::Runs { seat, identity } => {
                let thread = self.occupant(carrier, *seat).resume(*identity);
                let arrows = self.to_thread.remove(&thread).unwrap_or_default();
                self.run(carrier, *seat, arrows, at_ns);
            }
            Event::Stops { seat, why, waiting, .. } => {
                self.stop(carrier, *seat, *why, waiting.as_ref().map(what), at_ns);
            }
            Event::Readied { seat, by } => {
                let occupant = self.occupant(carrier, *seat);
                let (actor, thread) = (occupant.actor(), occupant.thread);
                self.lives.enter(actor, Phase::Ready, at_ns);
                if matches!(by, Waker::Sibling(_)) {
                    self.wake(carrier, Some(actor), thread, at_ns);
                }
            }
            Event::Unparks { thread, .. } => self.wake(carrier, None, *thread, at_ns),
            Event::Begins { seat, identity, is_part, queued_at_ns, .. } => {
                self.begin(carrier, *seat, *identity, *is_part, *queued_at_ns, at_ns);
            }
            Event::Ends { seat, identity, .. } => self.end(carrier, *seat, *identity, at_ns),
            Event::Sleeps => self.give(carrier, Actor::Asleep, Vec::new(), at_ns),
            Event::Wakes => self.close(carrier, at_ns),
            Event::Levels { ready, parked } => {
                self.timeline.carriers[carrier].levels.push((at_ns, [*ready, *parked]));
            }
            Event::Figures(figures) => self.timeline.figures.push((at_ns, *figures)),
            _ => {}
        }
    }

    fn begin(
        &mut self,
        carrier: usize,
        seat: Seat,
        job: u64,
        is_part: bool,
        queued_ns: Option<u64>,
        at_ns: u64,
    ) {
        let occupant = self.occupant(carrier, seat);
        let (below, thread) = (occupant.actor(), occupant.thread);
        let actor = if is_part { Actor::Part(job) } else { Actor::Job(job) };
        occupant.jobs.push(actor);
        self.timeline.names.add_worker(thread);
        if matches!(below, Actor::Job(_)) {
            self.lives.enter(below, Phase::WaitsBelow(actor), at_ns);
        }
        if !is_part {
            self.lives.begin(actor, queued_ns, at_ns);
        }
        self.run(carrier, seat, Vec::new(), at_ns);
    }

    fn end(&mut self, carrier: usize, seat: Seat, job: u64, at_ns: u64) {
        let occupant = self.occupant(carrier, seat);
        // What began before the trace is not there.
        if matches!(occupant.jobs.last(), Some(Actor::Job(id) | Actor::Part(id)) if *id == job) {
            occupant.jobs.pop();
        }
        self.lives.end(Actor::Job(job), at_ns);
        self.run(carrier, seat, Vec::new(), at_ns);
    }

    fn stop(&mut self, carrier: usize, seat: Seat, why: Stop, what: Option<String>, at_ns: u64) {
        self.close(carrier, at_ns);
        let actor = self.occupant(carrier, seat).actor();
        match why {
            Stop::Parked => self.lives.enter(actor, Phase::Waits(what), at_ns),
            Stop::Ended => {
                self.lives.end(actor, at_ns);
                self.carriers[carrier].seats.remove(&seat.as_u32());
            }
            _ => self.lives.enter(actor, Phase::Ready, at_ns),
        }
    }

    /// Whatever is in the seat has the carrier from now on.
    fn run(&mut self, carrier: usize, seat: Seat, arrows: Vec<u64>, at_ns: u64) {
        let actor = self.occupant(carrier, seat).actor();
        self.lives.enter(actor, Phase::Runs, at_ns);
        self.give(carrier, actor, arrows, at_ns);
    }

    fn give(&mut self, carrier: usize, actor: Actor, arrows: Vec<u64>, at_ns: u64) {
        self.close(carrier, at_ns);
        let run = Run { actor, from_ns: at_ns, to_ns: at_ns, arrows };
        self.carriers[carrier].running = Some(run);
    }

    fn close(&mut self, carrier: usize, at_ns: u64) {
        if let Some(run) = self.carriers[carrier].running.take() {
            self.timeline.carriers[carrier].runs.push(Run { to_ns: at_ns, ..run });
        }
    }

    fn wake(&mut self, carrier: usize, woken: Option<Actor>, thread: u64, at_ns: u64) {
        self.arrows += 1;
        let arrow = self.arrows;
        self.to_thread.entry(thread).or_default().push(arrow);
        self.timeline.carriers[carrier].wakes.push(Wake { woken, at_ns, arrow });
    }

    fn occupant(&mut self, carrier: usize, seat: Seat) -> &mut Occupant {
        let unknown = &mut self.unknown;
        self.carriers[carrier].seats.entry(seat.as_u32()).or_insert_with(|| {
            *unknown -= 1;
            Occupant { thread: *unknown, jobs: Vec::new() }
        })
    }

    fn finish(mut self, taken_ns: u64, from_ns: u64) -> Timeline {
        for carrier in 0..self.carriers.len() {
            self.close(carrier, taken_ns);
        }
        let least_ns = LONG_LIVED.as_nanos() as u64;
        let mut timeline = self.timeline;
        timeline.lives = self.lives.finish(taken_ns, least_ns);
        timeline.lives.retain(|life| !timeline.names.is_worker(life.actor));
        timeline.cut(from_ns);
        timeline
    }
}

/// What is waited for, as in `mutex at src/main.rs:12`.
fn what(waiting: &Waiting) -> String {
    match waiting.site() {
        Some(site) => format!("{} at {}:{}", waiting.kind(), site.file(), site.line()),
        None => waiting.kind().to_owned(),
    }
}

impl Carrier {
    /// As it was when the trace begins: threads that were not spawned since are there.
    fn of(trace: &Trace) -> Self {
        let spawned = trace.records.iter().filter_map(|record| match record.event {
            Event::Spawned { thread, .. } => Some(thread),
            _ => None,
        });
        let spawned: HashSet<u64> = spawned.collect();
        let old = trace.threads.iter().filter(|thread| !spawned.contains(&thread.thread));
        let seats = old.map(|thread| {
            (thread.seat.as_u32(), Occupant { thread: thread.thread, jobs: Vec::new() })
        });
        Carrier { seats: seats.collect(), running: None }
    }
}

impl Occupant {
    /// The thread runs as `identity`. Returns the thread.
    fn resume(&mut self, identity: Option<u64>) -> u64 {
        match (identity, self.jobs.last()) {
            (Some(id), Some(Actor::Job(job) | Actor::Part(job))) if *job == id => {}
            // It began before the trace does.
            (Some(id), _) => self.jobs = vec![Actor::Job(id)],
            (None, _) => self.jobs.clear(),
        }
        self.thread
    }
}
