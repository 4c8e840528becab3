//! Carriers that are OS threads, each of them its own worker.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use greenstd::thread::{self, JoinHandle, Parker};
use workqueue::{Item, Local, Queue, Retirement};

use crate::watchdog::Watchdog;

/// Runs on a carrier, and may submit to it.
pub(crate) struct Job(Run);

type Run = Box<dyn FnOnce(&Local<Job>) + Send>;

impl Item for Job {}

impl Job {
    pub(crate) fn new(run: impl FnOnce(&Local<Job>) + Send + 'static) -> Self {
        Job(Box::new(run))
    }
}

/// A queue with its carriers.
pub(crate) struct Carriers {
    pub(crate) queue: Queue<Job>,
    threads: Vec<JoinHandle<()>>,
    _watchdog: Watchdog,
}

/// Counts how many are inside, and how many were so at most.
#[derive(Clone, Default)]
pub(crate) struct Crowd(Arc<[AtomicUsize; 2]>);

impl Carriers {
    #[track_caller]
    pub(crate) fn start(carriers: usize, max_workers: usize) -> Self {
        let (queue, locals) = Queue::new(carriers, max_workers);
        let _watchdog = Watchdog::over(&queue);
        let threads = locals.into_iter().map(|local| thread::spawn(move || carry(local))).collect();
        Carriers { queue, threads, _watchdog }
    }

    pub(crate) fn submit(&self, run: impl FnOnce(&Local<Job>) + Send + 'static) {
        self.queue.submit(Job::new(run)).map_err(|(refused, _)| refused).unwrap();
    }

    /// Closes, and waits until everything has run.
    pub(crate) fn finish(self) {
        self.queue.close();
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(self.queue.is_exhausted());
        assert!(self.queue.is_empty());
        assert_eq!(self.queue.live_workers(), 0);
    }
}

/// The loop of a carrier.
fn carry(mut local: Local<Job>) {
    let parker = Parker::new();
    local.set_waker(parker.waker());
    while !local.queue().is_exhausted() {
        if local.start_worker() {
            work(&mut local);
        }
        local.search_over();
        if local.announce_sleep() && !local.queue().is_exhausted() {
            parker.park();
        }
        local.end_sleep();
    }
}

fn work(local: &mut Local<Job>) {
    loop {
        while let Some(Job(run)) = local.take() {
            // Whoever searches has found something: let the next one be woken.
            local.search_over();
            local.count_started();
            run(local);
            local.count_ended();
        }
        if local.retire_worker() == Retirement::Retired {
            return;
        }
    }
}

impl Crowd {
    pub(crate) fn enter(&self) {
        let inside = self.0[0].fetch_add(1, Ordering::SeqCst) + 1;
        self.0[1].fetch_max(inside, Ordering::SeqCst);
    }

    pub(crate) fn leave(&self) {
        self.0[0].fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn most(&self) -> usize {
        self.0[1].load(Ordering::SeqCst)
    }
}
