//! What a thread waits for, said with names: the holder of the mutex, the job, the peer.

use std::collections::HashMap;

use executor::ExecutorHandle;
use executor::sync::deadlock;

use crate::ask::place;
use crate::inspection::{ThreadView, WaitsFor};
use crate::sockets::Sockets;

impl WaitsFor {
    /// Of a thread that has not said it.
    pub(crate) fn bare() -> Self {
        WaitsFor {
            kind: "park".to_owned(),
            object: 0,
            number: 0,
            site: None,
            detail: None,
            on_thread: None,
        }
    }
}

/// Looks up what the numbers stand for.
pub(crate) fn details(executor: &ExecutorHandle, threads: &mut [ThreadView]) {
    let known = Known::of(executor, threads);
    let mut sockets = Sockets::default();
    for thread in threads {
        if let Some(waits) = &mut thread.waits_for {
            (waits.detail, waits.on_thread) = known.detail(waits, &mut sockets);
        }
    }
}

/// The threads of the inspection, by what others call them.
struct Known {
    pool: usize,
    /// By job: the green thread, and its name.
    jobs: HashMap<u64, (u64, String)>,
    /// By green thread: the name of what runs on it.
    threads: HashMap<u64, String>,
}

impl Known {
    fn of(executor: &ExecutorHandle, threads: &[ThreadView]) -> Self {
        let jobs = threads.iter().filter(|thread| thread.is_job);
        Known {
            pool: executor.number() as usize,
            jobs: jobs.map(|job| (job.id, (job.thread, job.name.clone()))).collect(),
            threads: threads.iter().map(|thread| (thread.thread, thread.name.clone())).collect(),
        }
    }

    /// What there is to say, and which green thread the wait depends on.
    fn detail(&self, waits: &WaitsFor, sockets: &mut Sockets) -> (Option<String>, Option<u64>) {
        match waits.kind.as_str() {
            "mutex" => self.mutex(waits.object),
            "job" => self.job(waits),
            "thread" => (Some(self.thread(waits.number)), Some(waits.number)),
            "socket (read)" | "socket (write)" => (sockets.describe(waits.number), None),
            "select" => (Some(format!("{} arms", waits.number)), None),
            "several jobs" => (Some(format!("{} of them", waits.number)), None),
            "semaphore" if waits.number > 1 => (Some(format!("{} permits", waits.number)), None),
            _ => (None, None),
        }
    }

    fn mutex(&self, address: usize) -> (Option<String>, Option<u64>) {
        let Some((holder, site)) = deadlock::holder(address) else { return (None, None) };
        let holder = holder.as_u64();
        let detail = format!("locked by {} at {}", self.thread(holder), place(site));
        (Some(detail), Some(holder))
    }

    fn job(&self, waits: &WaitsFor) -> (Option<String>, Option<u64>) {
        if waits.object != self.pool {
            return (Some(format!("job-{} of another executor", waits.number)), None);
        }
        match self.jobs.get(&waits.number) {
            Some((thread, name)) => (Some(format!("{name}, which has started")), Some(*thread)),
            None => (Some(format!("job-{}", waits.number)), None),
        }
    }

    fn thread(&self, id: u64) -> String {
        self.threads.get(&id).map_or_else(|| format!("thread {id}"), |name| format!("'{name}'"))
    }
}
