//! What a thread waits for, said with names: the holder of the mutex, the job, the peer.

use std::collections::HashMap;

use executor::ExecutorHandle;
use executor::sync::deadlock;

use crate::inspection::{Inspection, ThreadView, WaitsFor};
use crate::sockets::Sockets;
use crate::view::place;

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
            on_executor: None,
        }
    }
}

/// Looks up what the numbers stand for.
pub(crate) fn details(executors: &[ExecutorHandle], seen: &mut [Inspection]) {
    let threads = seen.iter().map(|seen| (seen.number, &seen.threads[..]));
    let mut known = Known::of(executors, threads);
    known.tell(seen.iter_mut().flat_map(|seen| &mut seen.threads), &mut Sockets::default());
}

/// The same for some threads of one executor, without the peers of sockets: these cost more than all else.
pub(crate) fn details_of(executor: &ExecutorHandle, threads: &mut [ThreadView]) {
    let executors = std::slice::from_ref(executor);
    let mut known = Known::of(executors, std::iter::once((executor.number(), &*threads)));
    known.tell(threads.iter_mut(), &mut Sockets::without_peers());
}

/// So many jobs of a backlog are looked through for one that somebody waits for.
const MOST_QUEUED: usize = 10_000;

/// What is known of a wait.
#[derive(Default)]
struct Found {
    detail: Option<String>,
    on_thread: Option<u64>,
    on_executor: Option<u64>,
}

/// The executors and threads that were seen, by what others call them.
struct Known<'a> {
    /// By number.
    executors: HashMap<u64, &'a ExecutorHandle>,
    /// By executor and job: the green thread that runs it, and the name. No thread if there are several: a part of a
    /// job goes by the job's number.
    jobs: HashMap<(u64, u64), (Option<u64>, String)>,
    /// By green thread: the name of what runs on it.
    threads: HashMap<u64, String>,
    /// By executor and job: the name, of jobs that wait in a backlog. Asked for when it is needed.
    queued: HashMap<u64, HashMap<u64, String>>,
}

impl<'a> Known<'a> {
    /// With the threads that were seen, by executor.
    fn of<'b>(
        executors: &'a [ExecutorHandle],
        seen: impl Iterator<Item = (u64, &'b [ThreadView])>,
    ) -> Self {
        let (mut jobs, mut names) = (HashMap::new(), HashMap::new());
        for (executor, threads) in seen {
            for view in threads {
                names.insert(view.thread, view.name.clone());
            }
            for job in threads.iter().filter(|view| view.is_job) {
                let runs_there = (Some(job.thread), job.name.clone());
                let entry = jobs.entry((executor, job.id));
                entry.and_modify(|(thread, _)| *thread = None).or_insert(runs_there);
            }
        }
        let executors = executors.iter().map(|executor| (executor.number(), executor)).collect();
        Known { executors, jobs, threads: names, queued: HashMap::new() }
    }

    fn tell<'b>(
        &mut self,
        threads: impl Iterator<Item = &'b mut ThreadView>,
        sockets: &mut Sockets,
    ) {
        for waits in threads.filter_map(|thread| thread.waits_for.as_mut()) {
            let Found { detail, on_thread, on_executor } = self.look_up(waits, sockets);
            (waits.detail, waits.on_thread, waits.on_executor) = (detail, on_thread, on_executor);
        }
    }

    /// What there is to say, and what the wait depends on.
    fn look_up(&mut self, waits: &WaitsFor, sockets: &mut Sockets) -> Found {
        let detail = match waits.kind.as_str() {
            "mutex" | "rwlock (read)" | "rwlock (write)" => return self.lock(waits.object),
            "job" => return self.job(waits),
            "thread" => return self.thread(waits.number),
            "room in a backlog" => return self.room(waits.object as u64),
            "the end of an executor" => self.name_of(waits.object as u64),
            "socket (read)" | "socket (write)" => sockets.describe(waits.number),
            "select" => Some(format!("{} arms", waits.number)),
            "several jobs" => Some(format!("{} of them", waits.number)),
            "semaphore" if waits.number > 1 => Some(format!("{} permits", waits.number)),
            _ => None,
        };
        Found { detail, ..Found::default() }
    }

    fn lock(&self, address: usize) -> Found {
        let Some((holder, site)) = deadlock::holder(address) else { return Found::default() };
        let holder = holder.as_u64();
        let detail = format!("locked by {} at {}", self.named(holder), place(site));
        Found { detail: Some(detail), on_thread: Some(holder), ..Found::default() }
    }

    fn thread(&self, id: u64) -> Found {
        Found { detail: Some(self.named(id)), on_thread: Some(id), ..Found::default() }
    }

    fn job(&mut self, waits: &WaitsFor) -> Found {
        let (executor, job) = (waits.object as u64, waits.number);
        let of = match self.executors.len() {
            1 => String::new(),
            _ => self
                .executors
                .get(&executor)
                .map_or_else(String::new, |e| format!(" of '{}'", e.name())),
        };
        if let Some((thread, name)) = self.jobs.get(&(executor, job)) {
            let detail = Some(format!("{name}{of}, which has started"));
            return Found { detail, on_thread: *thread, ..Found::default() };
        }
        let Some(handle) = self.executors.get(&executor) else {
            let detail = Some(format!("job-{job} of another executor"));
            return Found { detail, ..Found::default() };
        };
        let queued = self.queued.entry(executor).or_insert_with(|| queued(handle));
        match queued.get(&job) {
            Some(name) => Found {
                detail: Some(format!("{name}{of}, which is queued")),
                on_executor: Some(executor),
                ..Found::default()
            },
            None => Found { detail: Some(format!("job-{job}{of}")), ..Found::default() },
        }
    }

    fn room(&self, executor: u64) -> Found {
        let is_known = self.executors.contains_key(&executor);
        Found {
            detail: self.name_of(executor),
            on_executor: is_known.then_some(executor),
            ..Found::default()
        }
    }

    fn name_of(&self, executor: u64) -> Option<String> {
        self.executors.get(&executor).map(|executor| format!("executor '{}'", executor.name()))
    }

    fn named(&self, thread: u64) -> String {
        let name = self.threads.get(&thread);
        name.map_or_else(|| format!("thread {thread}"), |name| format!("'{name}'"))
    }
}

/// The names of jobs that wait in a backlog, by number.
fn queued(executor: &ExecutorHandle) -> HashMap<u64, String> {
    let jobs = executor.first_queued(MOST_QUEUED).into_iter();
    jobs.map(|job| (job.id, job.name.unwrap_or_else(|| format!("job-{}", job.id)))).collect()
}
