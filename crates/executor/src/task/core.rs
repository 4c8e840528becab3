//! What all tasks have, whatever they compute.

use std::fmt;
use std::panic::Location;
use std::task::Waker;

use greenstd::panics;
use greenstd::sync::{Arc, Mutex};

use super::state::{Snapshot, State};
use super::waiters::{Callback, Waiters};

/// The typeless part of a task.
pub(crate) struct Core {
    pub(crate) state: State,
    waiters: Mutex<Waiters>,
    /// Which executor it was submitted to, by number: a reference would be a count that every
    /// submitter and every carrier contends for.
    pool: u64,
    id: u64,
    /// Nanoseconds of the executor's age; 0 if nobody wants to know.
    accepted_ns: u64,
    name: Option<Arc<str>>,
    site: &'static Location<'static>,
}

/// What a submitter knows of a task.
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) site: &'static Location<'static>,
    pub(crate) accepted_ns: u64,
}

impl Core {
    pub(crate) fn new(pool: u64, label: Label) -> Self {
        Core {
            state: State::queued(),
            waiters: Mutex::new(Waiters::default()),
            pool,
            id: label.id,
            accepted_ns: label.accepted_ns,
            name: label.name,
            site: label.site,
        }
    }

    pub(crate) fn pool(&self) -> u64 {
        self.pool
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn accepted_ns(&self) -> u64 {
        self.accepted_ns
    }

    pub(crate) fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// Writes `name` or `job-17`, and where it was submitted. Neither allocates nor locks.
    pub(crate) fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match &self.name {
            Some(name) => out.write_str(name)?,
            None => write!(out, "job-{}", self.id)?,
        }
        write!(out, " ({}:{})", self.site.file(), self.site.line())
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    // Waiting. An entry is made first and announced after; the end is published first and the entries
    // taken after. Announcing and publishing are read-modify-writes of one word: either the publisher
    // sees the announcement, or the announcer sees the publication.

    /// Has `waker` woken when the task ends; `true` if it has ended already.
    pub(crate) fn wake_when_ended(&self, waker: &Waker) -> bool {
        if self.state.load().is_ended() {
            return true;
        }
        self.waiters.lock().enter(waker);
        if greenstd::weaken::skip("task-waiter-recheck") {
            let _ = self.state.announce_waiter();
            return false;
        }
        self.state.announce_waiter().is_ended()
    }

    /// Takes a waker back.
    pub(crate) fn forget_waker(&self, waker: &Waker) {
        self.waiters.lock().leave(waker);
    }

    /// Adds a callback; returns those to be called by the adder, if the task has ended already.
    pub(crate) fn add_callback(&self, callback: Callback) -> Vec<Callback> {
        let mut waiters = self.waiters.lock();
        waiters.add_callback(callback);
        if self.state.announce_callback().is_ended() {
            waiters.take_callbacks()
        } else {
            Vec::new()
        }
    }

    pub(crate) fn take_callbacks(&self) -> Vec<Callback> {
        self.waiters.lock().take_callbacks()
    }

    /// The publisher wakes those whom the word has announced.
    #[inline]
    pub(crate) fn wake_waiters(&self, before: Snapshot) {
        if before.has_waiters() {
            let wakers = self.waiters.lock().take_wakers();
            for waker in wakers {
                // Foreign code, if it is not one of ours.
                if let Err(payload) = panics::contain(|| waker.wake()) {
                    panics::dispose(payload);
                }
            }
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load();
        let state = match state.ending() {
            Some(ending) => format!("{ending:?}"),
            None if state.is_queued() => "Queued".into(),
            None => "Running".into(),
        };
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("state", &state)
            .field("site", &format_args!("{}:{}", self.site.file(), self.site.line()))
            .finish()
    }
}
