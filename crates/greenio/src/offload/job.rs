//! A closure on its way: claimed once, run by a thread of the pool, waited for by one caller.
//!
//! # Protocol
//!
//! Whoever turns `waiting` from true to false has *claimed* the job and owns its closure. That is a thread
//! of the pool, which then runs or refuses it, or the interrupted caller, which takes it back. The outcome is
//! handed over in the cell, under its lock.
//!
//! A thread that has run the closure takes three steps:
//!
//! * *offload-result*: it leaves the result in the cell;
//! * *offload-count*: it counts the job as ended;
//! * *offload-publish*: it publishes the result and unparks the caller.
//!
//! So a caller that has its result finds the room of it free. A caller that is interrupted after the claim looks into
//! the cell: if the result is there, it takes it; else it says that nobody attends to the job any more, and the
//! thread drops the result, before *offload-count*.

use std::panic::Location;
use std::time::Duration;

use greenctx::{Interrupted, Thread, Waiting, park, waiting};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::panics::{self, Payload};
use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};
use workqueue::Item;

use super::error::Why;

/// What waits in the queue.
pub(super) struct Ticket(pub(super) Arc<dyn Work>);

/// A job, whatever its types.
pub(super) trait Work: Send + Sync {
    /// Whether nobody has claimed it yet.
    fn is_waiting(&self) -> bool;
    /// Whether the caller is now the one to run it, or to refuse it.
    fn claim(&self) -> bool;
    /// Runs it (*offload-result*). Claimed.
    fn run(&self);
    /// Gives it back unrun (*offload-result*). Claimed.
    fn refuse(&self, why: Why);
    /// Lets its caller go on (*offload-publish*).
    fn publish(&self);
    /// Since when it waits.
    fn since(&self) -> Instant;
}

impl Item for Ticket {
    fn is_waiting(&self) -> bool {
        self.0.is_waiting()
    }

    fn age(&self) -> Option<Duration> {
        Some(time::since(self.0.since()))
    }
}

pub(super) struct Job<F, T> {
    waiting: AtomicBool,
    cell: Mutex<Cell<F, T>>,
    caller: Thread,
    since: Instant,
}

struct Cell<F, T> {
    stage: Stage<F, T>,
    /// Whether its caller waits for it.
    is_attended: bool,
}

/// Closures and results are boxed, as both may be large and are moved about.
enum Stage<F, T> {
    Waits(Box<F>),
    /// Its thread has the closure, or its caller has everything.
    Elsewhere,
    /// Ended, and not published.
    Ran(Outcome<F, T>),
    Published(Outcome<F, T>),
}

pub(super) enum Outcome<F, T> {
    Returned(Box<T>),
    Panicked(Payload),
    Refused(Why, Box<F>),
}

/// What a caller has that waits no longer.
pub(super) enum Left<F, T> {
    /// The outcome was there.
    Outcome(Outcome<F, T>),
    /// The closure had not started, and never will.
    Withdrawn(Box<F>),
    /// The closure has started; nobody waits for it.
    Unattended,
}

impl<F, T> Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    pub(super) fn new(closure: F) -> Arc<Self> {
        Arc::new(Job {
            waiting: AtomicBool::new(true),
            cell: Mutex::new(Cell { stage: Stage::Waits(Box::new(closure)), is_attended: true }),
            caller: greenctx::current(),
            since: time::now(),
        })
    }

    /// By the caller: waits for the outcome.
    #[track_caller]
    pub(super) fn wait(&self) -> Result<Outcome<F, T>, Interrupted> {
        let what = Waiting::on("offload").at(Location::caller());
        loop {
            if let Some(outcome) = self.cell.lock().take_published() {
                return Ok(outcome);
            }
            waiting(&what, park)?;
        }
    }

    /// By the caller, which waits no longer.
    pub(super) fn leave(&self) -> Left<F, T> {
        if self.claim() {
            return Left::Withdrawn(self.take_closure());
        }
        let mut cell = self.cell.lock();
        match cell.take() {
            Stage::Ran(outcome) | Stage::Published(outcome) => Left::Outcome(outcome),
            // Claimed, but its thread has not got to it yet.
            waits @ Stage::Waits(_) => {
                cell.stage = waits;
                cell.is_attended = false;
                Left::Unattended
            }
            Stage::Elsewhere => {
                cell.is_attended = false;
                Left::Unattended
            }
        }
    }

    fn take_closure(&self) -> Box<F> {
        match self.cell.lock().take() {
            Stage::Waits(closure) => closure,
            _ => unreachable!("whoever has claimed a job finds its closure"),
        }
    }

    fn end(&self, outcome: Outcome<F, T>) {
        let mut cell = self.cell.lock();
        if cell.is_attended {
            cell.stage = Stage::Ran(outcome);
        } else {
            drop(cell);
            panics::dispose(outcome);
        }
    }
}

impl<F, T> Cell<F, T> {
    fn take(&mut self) -> Stage<F, T> {
        std::mem::replace(&mut self.stage, Stage::Elsewhere)
    }

    fn take_published(&mut self) -> Option<Outcome<F, T>> {
        match self.take() {
            Stage::Published(outcome) => Some(outcome),
            other => {
                self.stage = other;
                None
            }
        }
    }
}

impl<F, T> Work for Job<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Relaxed)
    }

    fn claim(&self) -> bool {
        // What the claim gives a right to is behind the lock.
        self.waiting.swap(false, Ordering::Relaxed)
    }

    fn run(&self) {
        // offload-result: the closure runs without the lock, and its panic is its result.
        let closure = self.take_closure();
        self.end(match panics::contain(|| Box::write(Box::new_uninit(), closure())) {
            Ok(result) => Outcome::Returned(result),
            Err(payload) => Outcome::Panicked(payload),
        });
    }

    fn refuse(&self, why: Why) {
        let closure = self.take_closure();
        self.end(Outcome::Refused(why, closure));
    }

    fn publish(&self) {
        // offload-publish, after *offload-count*: a caller that goes on finds its room free.
        {
            let mut cell = self.cell.lock();
            match cell.take() {
                Stage::Ran(outcome) => cell.stage = Stage::Published(outcome),
                other => cell.stage = other,
            }
        }
        self.caller.unpark();
    }

    fn since(&self) -> Instant {
        self.since
    }
}
