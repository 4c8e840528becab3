//! What a pool's threads do with the closures in its queue.

use std::io;

use greenstd::panics;
use greenstd::sync::Arc;
use greenstd::thread;
use workqueue::{Crew, CrewSettings, CrewWork, Local, Queue, Side};

use super::error::Why;
use super::job::Ticket;

/// How a pool's threads are, and how they are started.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) crew: CrewSettings,
    pub(super) start: Start,
}

/// Starts an OS thread with a given main function. Models have one that fails.
pub(super) type Start =
    Arc<dyn Fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync>;

/// Runs and refuses closures by their tickets.
pub(super) struct Tickets {
    pub(super) start: Start,
}

/// A queue with its threads: at most so many, and so many closures that wait.
pub(super) fn crew(threads: usize, max_backlog: usize, settings: Settings) -> Arc<Crew<Tickets>> {
    // There are as many slots as threads.
    let (queue, seats) = Queue::new(threads, threads);
    queue.set_limit(Some((threads as u64).saturating_add(max_backlog as u64)));
    Crew::new(queue, seats, settings.crew, Tickets { start: settings.start })
}

impl CrewWork for Tickets {
    type Item = Ticket;

    fn run(&self, side: &Side<Ticket>, ticket: Ticket) {
        let Ticket(job) = &ticket;
        if job.claim() {
            side.with(|local| local.count_started());
            // offload-result
            job.run();
            // offload-count
            side.with(|local| local.count_ended());
            // A caller that goes on and has another closure need not start a thread for it: here is one.
            side.with(Local::start_search);
            // offload-publish
            job.publish();
        }
        // Should the caller be gone, what it left is dropped here.
        panics::dispose(ticket);
    }

    fn refuse(&self, queue: &Queue<Ticket>, ticket: Ticket, error: &Arc<io::Error>) {
        let Ticket(job) = &ticket;
        if job.claim() {
            // offload-result
            job.refuse(Why::NoThread(error.clone()));
            // offload-count
            queue.withdraw();
            // offload-publish
            job.publish();
        }
        panics::dispose(ticket);
    }

    fn start(
        &self,
        _: usize,
        builder: thread::Builder,
        main: Box<dyn FnOnce() + Send>,
    ) -> io::Result<()> {
        (self.start)(builder, main)
    }
}
