//! The leases of what runs here.
//!
//! # Protocol
//!
//! A lease is good from a moment before the engine began it: when the call that began it anew was made. So the worker
//! believes in it for less time than the engine does. An OS thread extends all of them three times in a lease. No job can
//! hog it.
//!
//! | the engine says | then |
//! | --- | --- |
//! | extended | it is good for another lease |
//! | cancelled | likewise, and the job is asked to stop |
//! | lost | the job is asked to stop |
//! | nothing, for a whole lease | the same: another worker may have it by now |
//!
//! A lease may seem lost because the job has just ended here, by an answer that overtook the extension. So whether it was
//! lost is counted when the answer has come.
//!
//! A job that ends before the first extension costs no more than an entry here. An entry is there until the answer has been
//! given: while the engine is out of reach, the lease may run out meanwhile, and the answer is then given up.

use std::collections::HashMap;
use std::time::Duration;

use executor::TaskHandle;
use executor::sync::Event;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;
use greenstd::time::{self, Instant};

use super::Control;
use crate::engine::{EngineError, EngineQueue, Lease, LeaseState};
use crate::statistics::Work;

/// How many leases are extended by one call.
const BATCH: usize = 256;

/// The leases of one worker.
#[derive(Default)]
pub(super) struct Leases {
    entries: Mutex<Entries>,
    is_over: Event,
}

#[derive(Default)]
struct Entries {
    held: HashMap<u64, Entry>,
    numbers: u64,
}

struct Entry {
    lease: Lease,
    task: TaskHandle,
    /// `None` if that is too far for the clock.
    good_until: Option<Instant>,
    signs: Arc<Signs>,
}

/// What a running job's answer depends on.
#[derive(Default)]
struct Signs {
    is_cancelled: AtomicBool,
    is_lost: AtomicBool,
}

/// A lease while its job runs here.
pub(super) struct Held {
    leases: Arc<Leases>,
    number: u64,
    signs: Arc<Signs>,
}

/// The thread that extends.
pub(super) struct Keeper {
    leases: Arc<Leases>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Leases {
    /// A job begins, whose lease has just begun.
    pub(super) fn enter(
        self: &Arc<Self>,
        lease: Lease,
        task: TaskHandle,
        length: Duration,
    ) -> Held {
        let signs = Arc::<Signs>::default();
        let entry = Entry { lease, task, good_until: time::after(length), signs: signs.clone() };
        let mut entries = self.entries.lock();
        entries.numbers += 1;
        let number = entries.numbers;
        entries.held.insert(number, entry);
        Held { leases: self.clone(), number, signs }
    }

    /// Asks all jobs to stop.
    pub(super) fn cancel_all(&self) {
        let entries = self.entries.lock();
        let tasks: Vec<TaskHandle> =
            entries.held.values().map(|entry| entry.task.clone()).collect();
        drop(entries);
        for task in tasks {
            task.cancel();
        }
    }

    /// Starts the thread that extends them.
    pub(super) fn keep(
        self: &Arc<Self>,
        queue: Arc<dyn EngineQueue>,
        every: Duration,
        control: Arc<Control>,
    ) -> Result<Keeper, EngineError> {
        let theirs = self.clone();
        let extend = move || {
            // Nobody cancels a plain thread.
            while let Ok(false) = theirs.is_over.wait_timeout(every) {
                theirs.extend_all(&*queue, &control.work);
            }
        };
        let thread = thread::Builder::new().name("remote-leases".to_owned()).spawn(extend);
        let thread = thread.map_err(EngineError::unreachable)?;
        Ok(Keeper { leases: self.clone(), thread: Some(thread) })
    }

    fn extend_all(&self, queue: &dyn EngineQueue, work: &Work) {
        let held: Vec<(u64, Lease)> = {
            let entries = self.entries.lock();
            entries.held.iter().map(|(number, entry)| (*number, entry.lease.clone())).collect()
        };
        for some in held.chunks(BATCH) {
            let (numbers, leases): (Vec<u64>, Vec<Lease>) = some.iter().cloned().unzip();
            let good_until = time::after(queue.options().lease);
            // Without an answer they may be extended or not: they are believed in as long as before.
            let Ok(states) = queue.extend(&leases) else { continue };
            for (number, state) in numbers.into_iter().zip(states) {
                self.note(number, state, good_until, work);
            }
        }
        self.note_overdue(work);
    }

    fn note(&self, number: u64, state: LeaseState, good_until: Option<Instant>, work: &Work) {
        let mut entries = self.entries.lock();
        let Some(entry) = entries.held.get_mut(&number) else { return };
        let sign = match state {
            LeaseState::Extended => None,
            LeaseState::Cancelled => Some(&entry.signs.is_cancelled),
            LeaseState::Lost => Some(&entry.signs.is_lost),
        };
        if state != LeaseState::Lost {
            entry.good_until = good_until;
            work.extended.add(1);
        }
        let Some(sign) = sign else { return };
        let is_news = !sign.swap(true, Ordering::Relaxed);
        let task = entry.task.clone();
        drop(entries);
        if is_news {
            task.cancel();
        }
    }

    /// Those that nothing was heard of for a whole lease.
    fn note_overdue(&self, work: &Work) {
        let overdue: Vec<u64> = {
            let entries = self.entries.lock();
            let is_overdue = |entry: &Entry| time::has_passed(entry.good_until);
            let overdue = entries.held.iter().filter(|(_, entry)| is_overdue(entry));
            overdue.map(|(number, _)| *number).collect()
        };
        for number in overdue {
            self.note(number, LeaseState::Lost, None, work);
        }
    }
}

impl Held {
    /// Whether the job was cancelled by its submitter.
    pub(super) fn is_cancelled(&self) -> bool {
        self.signs.is_cancelled.load(Ordering::Relaxed)
    }

    /// Whether the lease is over, as far as is known.
    pub(super) fn is_lost(&self) -> bool {
        self.signs.is_lost.load(Ordering::Relaxed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let entry = self.leases.entries.lock().held.remove(&self.number);
        drop(entry);
    }
}

impl Keeper {
    /// All jobs have ended.
    pub(super) fn end(mut self) {
        self.leases.is_over.set();
        if let Some(thread) = self.thread.take() {
            // It has no code of anybody else that might panic, but the engine's.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.leases.is_over.set();
    }
}
