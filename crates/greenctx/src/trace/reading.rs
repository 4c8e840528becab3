//! The reader: from the entries of a ring to records. It runs on the asker's thread.

use greenstd::sync::Arc;
use greenstd::ticks::{TickClock, Ticks};

use super::entry::{Cause, Entry, What};
use super::recorder::Contents;
use super::{Event, LiveThread, Record, Trace, Waker};
use crate::carrier::Seat;
use crate::waiting::Waiting;

/// What a carrier answers, to be read by the asker.
pub(crate) struct Raw {
    pub(super) carrier: Arc<str>,
    pub(super) contents: Contents,
    pub(super) threads: Vec<LiveThread>,
}

impl Raw {
    pub(super) fn read(self) -> Trace {
        let clock = TickClock::new();
        let entries: usize = self.contents.chunks.iter().map(|chunk| chunk.len()).sum();
        let mut reader = Reader {
            clock,
            kinds: &self.contents.kinds,
            records: Vec::with_capacity(entries),
            running: None,
            waiting: None,
        };
        for entry in self.contents.chunks.iter().flat_map(|chunk| chunk.iter()) {
            reader.entry(entry);
        }
        Trace {
            carrier: self.carrier,
            taken_at_ns: reader.nanos(self.contents.taken),
            records: reader.records,
            threads: self.threads,
        }
    }
}

struct Reader<'a> {
    clock: TickClock,
    kinds: &'a [&'static str],
    records: Vec<Record>,
    /// The seat of the thread that runs, as far as it is known.
    running: Option<u32>,
    /// What the thread that is to stop next waits for.
    waiting: Option<Waiting>,
}

impl Reader<'_> {
    /// All clocks of a process tick alike, and count from the same moment.
    fn nanos(&self, at: Ticks) -> u64 {
        self.clock.nanos_between(Ticks::default(), at)
    }

    fn entry(&mut self, entry: &Entry) {
        let at_ns = self.nanos(entry.at);
        if let What::Switched { stopped: Some(why), .. } | What::Rests { stopped: why } = entry.what
            && let Some(seat) = self.running.take()
        {
            let event = Event::Stops { seat: Seat(seat), why, waiting: self.waiting.take() };
            self.records.push(Record { at_ns, event });
        }
        match entry.what {
            What::Waits { kind, object } => {
                let kind = self.kinds.get(kind as usize);
                self.waiting = kind.map(|kind| Waiting::on(kind).with_object(object as usize));
            }
            What::Site(site) if self.waiting.is_some() => {
                self.waiting = self.waiting.map(|waiting| waiting.at(site));
            }
            What::Queued { .. } | What::Site(_) | What::Text { .. } => self.add(entry.what),
            what => self.records.extend(self.event(what).map(|event| Record { at_ns, event })),
        }
        if let What::Switched { seat, .. } = entry.what {
            self.running = Some(seat);
        }
    }

    fn event(&self, what: What) -> Option<Event> {
        let seat = Seat;
        Some(match what {
            What::Spawned { seat: place, thread } => {
                Event::Spawned { seat: seat(place), thread, name: None }
            }
            What::Switched { seat: place, identity, .. } => {
                Event::Runs { seat: seat(place), identity: Some(identity).filter(|&id| id != 0) }
            }
            What::Readied { seat: place, cause } => {
                Event::Readied { seat: seat(place), by: self.waker(cause) }
            }
            What::Unparks { thread } => Event::Unparks { by: self.running.map(seat), thread },
            What::Begins { is_part, seat: place, identity } => Event::Begins {
                seat: seat(place),
                identity,
                is_part,
                queued_at_ns: None,
                name: None,
                site: None,
            },
            What::Ends { is_part, seat: place, identity } => {
                Event::Ends { seat: seat(place), identity, is_part, name: None, site: None }
            }
            What::Sleeps => Event::Sleeps,
            What::Wakes => Event::Wakes,
            What::Levels { ready, parked } => Event::Levels { ready, parked },
            What::Figures(figures) => Event::Figures(figures),
            What::Rests { .. }
            | What::Waits { .. }
            | What::Queued { .. }
            | What::Site(_)
            | What::Text { .. } => {
                return None;
            }
        })
    }

    fn waker(&self, cause: Cause) -> Waker {
        match (cause, self.running) {
            (Cause::Timer, _) => Waker::Timer,
            (Cause::Elsewhere, _) => Waker::Elsewhere,
            (Cause::Grant, Some(seat)) => Waker::Sibling(Seat(seat)),
            (Cause::Grant, None) => Waker::Event,
        }
    }

    /// Adds to the last record. If that has been overwritten, what adds to it is of no use.
    fn add(&mut self, what: What) {
        let nanos = |ticks| self.clock.nanos_between(Ticks::default(), ticks);
        let Some(last) = self.records.last_mut() else { return };
        match (&mut last.event, what) {
            (Event::Begins { queued_at_ns, .. }, What::Queued { since }) => {
                *queued_at_ns = Some(nanos(since));
            }
            (Event::Begins { site, .. } | Event::Ends { site, .. }, What::Site(place)) => {
                *site = Some(place);
            }
            (
                Event::Spawned { name, .. } | Event::Begins { name, .. } | Event::Ends { name, .. },
                What::Text { len, bytes },
            ) => {
                let text = String::from_utf8_lossy(&bytes[..usize::from(len)]);
                name.get_or_insert_default().push_str(&text);
            }
            _ => {}
        }
    }
}
