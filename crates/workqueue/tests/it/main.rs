//! What the crate promises, through its public API, with plain OS threads as carriers.
//!
//! Most tests play the carriers themselves, one step at a time; `carriers.rs` has real ones. Wherever
//! something could hang, a watchdog turns that into a dump and a failure.
#![cfg(not(any(green_loom, green_shuttle)))]
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod admission;
mod carriers;
mod closing;
mod dead;
mod gauge;
mod idle;
mod order;
mod pinned;
mod properties;
mod quiet;
mod room;
mod slots;
mod stall;
mod starving;
mod stealing;
mod storm;
mod token;
mod watchdog;

use std::task::{Wake, Waker};

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use workqueue::{Local, Queue, Retirement};

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wakes {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    fn waker(self: &Arc<Self>) -> Waker {
        self.clone().into()
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// A queue with one carrier that may have one worker.
fn one_carrier<T: workqueue::Item>() -> (Queue<T>, Local<T>) {
    let (queue, mut locals) = Queue::new(1, 1);
    (queue, locals.remove(0))
}

/// Takes the next item and lets it end at once.
fn run_one<T: workqueue::Item>(local: &mut Local<T>) -> Option<T> {
    let item = local.take()?;
    local.count_started();
    local.count_ended();
    Some(item)
}

/// Takes everything, as a worker does: first a slot, last the retiring.
fn run_all<T: workqueue::Item>(local: &mut Local<T>) -> Vec<T> {
    let mut taken = Vec::new();
    if local.start_worker() {
        loop {
            while let Some(item) = run_one(local) {
                taken.push(item);
            }
            if local.retire_worker() == Retirement::Retired {
                break;
            }
        }
    }
    taken
}
