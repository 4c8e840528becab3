//! Who waits for what, in this process.
//!
//! # Protocol: no wake-up is lost
//!
//! 1. *enter*: a waiter leaves an event in its handle's inbox.
//! 2. *look*: then it asks the server.
//! 3. *sleep*: if there was nothing, it waits for the event, for its own limit, or for the next look.
//!
//! The listener sets all events of those that a notice concerns. A change that was committed before the look is seen by
//! it. The notice of a later one comes after *enter*, so it ends the sleep.
//!
//! While the listener has no connection, notices are lost. As soon as it has one again, everybody looks anew. Besides,
//! everybody looks from time to time: so nothing hangs where something between eats the notices.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use executor::sync::Event;
use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use crate::engine::{EngineError, JobId};

/// How many results are asked for at once.
const CHUNK: usize = 1000;

/// How often all results are asked for that are still to come, noticed or not.
const LOOK_AT_ALL: Duration = Duration::from_secs(5);

/// The inboxes of all handles.
#[derive(Default)]
pub(super) struct Board {
    inboxes: Mutex<Inboxes>,
}

#[derive(Default)]
struct Inboxes {
    by_number: HashMap<u64, Arc<Inbox>>,
    numbers: u64,
}

/// What a handle waits for.
pub(super) struct Inbox {
    number: u64,
    queue: String,
    state: Mutex<State>,
}

struct State {
    is_closed: bool,
    watched: HashSet<JobId>,
    /// Those of the watched that may have ended since they were last asked for.
    unseen: HashSet<JobId>,
    looked_at_all: Instant,
    waiting: Vec<(For, Arc<Event>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Jobs,
    Results,
}

/// A waiter that has entered. Its drop takes it out.
pub(super) struct Waiter<'i> {
    inbox: &'i Inbox,
    event: Arc<Event>,
}

impl Board {
    /// An inbox for a new handle.
    pub(super) fn enter(&self, queue: &str) -> Arc<Inbox> {
        let mut inboxes = self.inboxes.lock();
        inboxes.numbers += 1;
        let state = Mutex::new(State {
            is_closed: false,
            watched: HashSet::new(),
            unseen: HashSet::new(),
            looked_at_all: time::now(),
            waiting: Vec::new(),
        });
        let inbox = Arc::new(Inbox { number: inboxes.numbers, queue: queue.to_owned(), state });
        inboxes.by_number.insert(inbox.number, inbox.clone());
        inbox
    }

    pub(super) fn leave(&self, inbox: &Inbox) {
        self.inboxes.lock().by_number.remove(&inbox.number);
    }

    /// A notice has come: `jQUEUE`, or `rQUEUE ID`.
    pub(super) fn note(&self, notice: &str) {
        if let Some(queue) = notice.strip_prefix('j') {
            for inbox in self.of(queue) {
                inbox.wake(For::Jobs);
            }
        } else if let Some((queue, id)) = notice.strip_prefix('r').and_then(|it| it.split_once(' '))
        {
            let id = JobId::from(id);
            for inbox in self.of(queue) {
                inbox.note_end(&id);
            }
        }
    }

    /// Notices may have been lost.
    pub(super) fn look_anew(&self) {
        let inboxes: Vec<_> = self.inboxes.lock().by_number.values().cloned().collect();
        for inbox in inboxes {
            inbox.state.lock().look_at_all();
            inbox.wake(For::Jobs);
            inbox.wake(For::Results);
        }
    }

    fn of(&self, queue: &str) -> Vec<Arc<Inbox>> {
        let inboxes = self.inboxes.lock();
        inboxes.by_number.values().filter(|inbox| inbox.queue == queue).cloned().collect()
    }
}

impl Inbox {
    /// The step *enter*.
    pub(super) fn enter(&self, what: For) -> Result<Waiter<'_>, EngineError> {
        let mut state = self.state.lock();
        if state.is_closed {
            return Err(EngineError::Closed);
        }
        let event = Arc::new(Event::new());
        state.waiting.push((what, event.clone()));
        Ok(Waiter { inbox: self, event })
    }

    pub(super) fn close(&self) {
        let waiting = {
            let mut state = self.state.lock();
            state.is_closed = true;
            std::mem::take(&mut state.waiting)
        };
        waiting.iter().for_each(|(_, event)| event.set());
    }

    pub(super) fn watch(&self, id: &JobId) {
        {
            let mut state = self.state.lock();
            state.watched.insert(id.clone());
            state.unseen.insert(id.clone());
        }
        self.wake(For::Results);
    }

    pub(super) fn unwatch(&self, id: &JobId) {
        let mut state = self.state.lock();
        state.watched.remove(id);
        state.unseen.remove(id);
    }

    /// Some ids to ask for. Whoever has taken them gives them [back](Self::take_back) unless they were asked for.
    pub(super) fn take_unseen(&self) -> Vec<JobId> {
        let mut state = self.state.lock();
        if time::since(state.looked_at_all) >= LOOK_AT_ALL {
            state.look_at_all();
        }
        let taken: Vec<JobId> = state.unseen.iter().take(CHUNK).cloned().collect();
        for id in &taken {
            state.unseen.remove(id);
        }
        taken
    }

    pub(super) fn take_back(&self, ids: impl IntoIterator<Item = JobId>) {
        let mut state = self.state.lock();
        for id in ids {
            if state.watched.contains(&id) {
                state.unseen.insert(id);
            }
        }
    }

    /// Whether a result that was found is still watched. From now on it is not.
    pub(super) fn deliver(&self, id: &JobId) -> bool {
        let mut state = self.state.lock();
        state.unseen.remove(id);
        state.watched.remove(id)
    }

    fn note_end(&self, id: &JobId) {
        {
            let mut state = self.state.lock();
            if !state.watched.contains(id) {
                return;
            }
            state.unseen.insert(id.clone());
        }
        self.wake(For::Results);
    }

    fn wake(&self, whom: For) {
        let state = self.state.lock();
        let events: Vec<Arc<Event>> = state
            .waiting
            .iter()
            .filter(|(what, _)| *what == whom)
            .map(|(_, event)| event.clone())
            .collect();
        drop(state);
        events.iter().for_each(|event| event.set());
    }
}

impl State {
    fn look_at_all(&mut self) {
        self.looked_at_all = time::now();
        self.unseen = self.watched.clone();
    }
}

impl Waiter<'_> {
    /// The step *sleep*.
    pub(super) fn sleep(&self, limit: Duration) -> Result<(), EngineError> {
        self.event.wait_timeout(limit)?;
        Ok(())
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut state = self.inbox.state.lock();
        state.waiting.retain(|(_, event)| !Arc::ptr_eq(event, &self.event));
    }
}
