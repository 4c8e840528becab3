//! What all tasks have, whatever they compute.

use std::fmt;
use std::panic::Location;
use std::task::Waker;

use greenstd::panics;
use greenstd::sync::{Arc, Mutex};
use greenstd::ticks::Ticks;

use super::state::{Snapshot, State};
use super::waiters::{Callback, Waiters, WakerKey};
use crate::spans::{JobSpan, Request};

/// The typeless part of a task.
pub(crate) struct Core {
    pub(crate) state: State,
    waiters: Mutex<Waiters>,
    /// Which executor it was submitted to, by number: a reference would be a count that every
    /// submitter and every carrier contends for.
    pool: u64,
    id: u64,
    /// When it was accepted, if anybody wants to know.
    accepted: Ticks,
    /// Boxed to be thin: most have none.
    extras: Option<Box<Extras>>,
    site: &'static Location<'static>,
}

/// What few tasks have.
struct Extras {
    name: Option<Arc<str>>,
    span: Option<Request>,
}

/// What a submitter knows of a task.
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) site: &'static Location<'static>,
    pub(crate) accepted: Ticks,
    pub(crate) span: Option<Request>,
}

impl Core {
    #[inline]
    pub(crate) fn new(pool: u64, label: Label) -> Self {
        Core {
            state: State::queued(),
            waiters: Mutex::new(Waiters::default()),
            pool,
            id: label.id,
            accepted: label.accepted,
            extras: (label.name.is_some() || label.span.is_some())
                .then(|| Box::new(Extras { name: label.name, span: label.span })),
            site: label.site,
        }
    }

    pub(crate) fn pool(&self) -> u64 {
        self.pool
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn accepted(&self) -> Ticks {
        self.accepted
    }

    pub(crate) fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// `name` or `job-17`.
    pub(crate) fn describe(&self) -> Box<str> {
        self.name().map_or_else(|| format!("job-{}", self.id).into(), Into::into)
    }

    /// Writes `name` or `job-17`, and where it was submitted. Neither allocates nor locks.
    pub(crate) fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self.name() {
            Some(name) => out.write_str(name)?,
            None => write!(out, "job-{}", self.id)?,
        }
        write!(out, " ({}:{})", self.site.file(), self.site.line())
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.extras.as_ref()?.name.as_deref()
    }

    /// The claimer, who is about to call the closure: the span in which it is to run.
    #[inline]
    pub(crate) fn take_span(&self) -> JobSpan {
        match &self.extras {
            Some(extras) => extras.take_span(self),
            None => JobSpan::default(),
        }
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
    pub(crate) fn forget_waker(&self, waker: WakerKey) {
        let forgotten = self.waiters.lock().leave(waker);
        drop(forgotten);
    }

    /// Adds a callback; `true` if the task has ended already, and the adder must
    /// [call back](Self::call_back).
    pub(crate) fn add_callback(&self, callback: Callback) -> bool {
        self.waiters.lock().add_callback(callback);
        let ended = self.state.announce_callback().is_ended();
        ended && !greenstd::weaken::skip("task-callback-recheck")
    }

    /// After the end: calls the callbacks by `call`, in the order of their adding. If somebody else is
    /// at it, that one does it: so they are called one after the other, whoever adds or ends.
    pub(crate) fn call_back(&self, mut call: impl FnMut(Callback)) {
        let mut callbacks = self.waiters.lock().begin_calling();
        while !callbacks.is_empty() {
            callbacks.into_iter().for_each(&mut call);
            callbacks = self.waiters.lock().more_to_call();
        }
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

impl Extras {
    fn take_span(&self, core: &Core) -> JobSpan {
        match &self.span {
            Some(request) => request.take(core.id, self.name.as_ref(), core.site),
            None => JobSpan::default(),
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.load();
        let state = match state.ending() {
            Some(ending) => format!("{ending:?}"),
            None if state.is_queued() => "Queued".into(),
            None if state.is_cancelled() => "Cancelled".into(),
            None => "Running".into(),
        };
        f.debug_struct("Task")
            .field("id", &self.id)
            .field("name", &self.name())
            .field("state", &state)
            .field("site", &format_args!("{}:{}", self.site.file(), self.site.line()))
            .finish()
    }
}
