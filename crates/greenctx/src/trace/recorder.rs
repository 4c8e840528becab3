//! The writer: what a carrier notes while it traces.

use std::cell::RefCell;

use greenstd::sync::Arc;
use greenstd::ticks::{TickClock, Ticks};

use super::entry::{Entry, What, texts};
use super::ring::Ring;
use super::{Label, LiveThread, Raw, Stop};
use crate::waiting::Waiting;

/// A carrier's recorder, if it traces.
#[derive(Default)]
pub(crate) struct Tracing(RefCell<Option<Box<Recorder>>>);

/// The ring of a carrier, and what it has to remember between two entries.
pub(crate) struct Recorder {
    clock: TickClock,
    ring: Ring,
    /// How many have started it and not stopped it.
    users: usize,
    /// The seat of the thread that runs, or has run last and has not been noted as stopped.
    running: Option<u32>,
    /// The last ones that were noted.
    levels: (u32, u32),
    figures: [u32; 2],
    /// The kinds of what threads have waited for: a few words of the source.
    kinds: Vec<&'static str>,
}

/// Why a thread has stopped, and what it waits for, if it says so.
pub(crate) type Stopped = (Stop, Option<Waiting>);

/// What a ring held.
pub(super) struct Contents {
    pub(super) chunks: Vec<Arc<Vec<Entry>>>,
    pub(super) taken: Ticks,
    pub(super) kinds: Vec<&'static str>,
}

impl Tracing {
    /// One user more.
    pub(crate) fn start(&self, records: usize) {
        let mut recorder = self.0.borrow_mut();
        recorder.get_or_insert_with(|| Box::new(Recorder::new(records))).users += 1;
    }

    /// One user less; whether there was one, and no other is left.
    pub(crate) fn stop(&self) -> bool {
        let mut place = self.0.borrow_mut();
        let Some(recorder) = place.as_mut() else { return false };
        recorder.users -= 1;
        let is_over = recorder.users == 0;
        if is_over {
            *place = None;
        }
        is_over
    }

    /// What the ring holds, if there is one.
    pub(crate) fn snapshot(
        &self,
        carrier: &Arc<str>,
        threads: impl FnOnce() -> Vec<LiveThread>,
    ) -> Option<Raw> {
        let contents = self.0.borrow().as_ref().map(|recorder| recorder.contents())?;
        Some(Raw { carrier: carrier.clone(), contents, threads: threads() })
    }

    /// Notes something. `note` runs no foreign code.
    #[inline]
    pub(crate) fn note(&self, note: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = self.0.borrow_mut().as_mut() {
            note(recorder);
        }
    }
}

impl Recorder {
    fn new(records: usize) -> Self {
        Recorder {
            clock: TickClock::new(),
            ring: Ring::new(records),
            users: 0,
            running: None,
            levels: (0, 0),
            figures: [0, 0],
            kinds: Vec::new(),
        }
    }

    fn contents(&self) -> Contents {
        Contents {
            chunks: self.ring.snapshot(),
            taken: self.clock.read(),
            kinds: self.kinds.clone(),
        }
    }

    /// Something happened now.
    #[inline]
    pub(crate) fn push(&mut self, what: What) {
        let at = self.clock.read();
        self.ring.push(Entry { at, what });
    }

    /// A thread is about to run. `stop_of` tells why the one that ran before has stopped.
    #[inline]
    pub(crate) fn switch(
        &mut self,
        seat: u32,
        identity: u64,
        stop_of: impl FnOnce(u32) -> Stopped,
    ) {
        let at = self.clock.read();
        let stopped = self.running.replace(seat).map(|last| self.stop(at, stop_of(last)));
        self.ring.push(Entry { at, what: What::Switched { stopped, seat, identity } });
    }

    /// Notes what the thread that has stopped waits for, if it says so.
    #[inline]
    fn stop(&mut self, at: Ticks, (why, waiting): Stopped) -> Stop {
        if let Some(waiting) = waiting {
            let (kind, object) = (self.kind(waiting.kind()), waiting.object() as u64);
            self.ring.push(Entry { at, what: What::Waits { kind, object } });
            if let Some(site) = waiting.site() {
                self.ring.push(Entry { at, what: What::Site(site) });
            }
        }
        why
    }

    /// The place of a word in the table. It is compared by its address: a word that is there twice does no harm.
    fn kind(&mut self, kind: &'static str) -> u32 {
        let place = self.kinds.iter().position(|known| std::ptr::eq(*known, kind));
        let place = place.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        place as u32
    }

    /// The scheduler is about to look around.
    pub(crate) fn rest(&mut self, stop_of: impl FnOnce(u32) -> Stopped) {
        if let Some(seat) = self.running.take() {
            let at = self.clock.read();
            let stopped = self.stop(at, stop_of(seat));
            self.ring.push(Entry { at, what: What::Rests { stopped } });
        }
    }

    /// A thread is spawned.
    pub(crate) fn spawn(&mut self, seat: u32, thread: u64, name: Option<&str>) {
        let label = Label { name, ..Label::default() };
        self.push_labelled(What::Spawned { seat, thread }, label);
    }

    /// A job begins.
    pub(crate) fn begin(&mut self, is_part: bool, seat: u32, identity: u64, label: Label<'_>) {
        self.push_labelled(What::Begins { is_part, seat, identity }, label);
    }

    /// A job ends.
    pub(crate) fn end(&mut self, is_part: bool, seat: u32, identity: u64, label: Label<'_>) {
        let label = Label { queued_at: None, ..label };
        self.push_labelled(What::Ends { is_part, seat, identity }, label);
    }

    /// An entry, and those that add to it.
    fn push_labelled(&mut self, what: What, label: Label<'_>) {
        let at = self.clock.read();
        let mut push = |what| self.ring.push(Entry { at, what });
        push(what);
        if let Some(since) = label.queued_at {
            push(What::Queued { since });
        }
        if let Some(site) = label.site {
            push(What::Site(site));
        }
        if let Some(name) = label.name {
            texts(name).for_each(push);
        }
    }

    /// How many threads are ready and parked, and the figures of the work.
    pub(crate) fn levels(&mut self, ready: usize, parked: u64, figures: [u32; 2]) {
        let clip = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let levels = (clip(ready as u64), clip(parked));
        if levels != self.levels {
            self.levels = levels;
            self.push(What::Levels { ready: levels.0, parked: levels.1 });
        }
        if figures != self.figures {
            self.figures = figures;
            self.push(What::Figures(figures));
        }
    }
}
