//! What becomes of jobs whose workers are killed and stopped, and whose server goes: one function for each promise.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::time::Duration;

use executor::GreenThreadPoolExecutor;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use greenstd::thread;
use rustix::process::Signal;
use tempfile::TempDir;

use super::Server;
use super::worker_process::{
    LEASE, Process, Run, go_on, queue, serve_if_asked_to, wait_at_first, work,
};

/// How many results come in a test of many jobs, at least, before something is done to the workers.
const SOME: usize = 100;

/// A test for each promise, on a server of that type.
macro_rules! all {
    ($server:ty) => {
        $crate::processes::promises::all! { $server;
            jobs_survive_the_kill_of_a_worker_each_second_and_a_restart_of_the_server,
            job_that_takes_much_longer_than_its_lease_runs_once,
            job_of_a_stopped_worker_runs_elsewhere_and_its_late_result_is_fenced,
            worker_that_is_asked_to_end_gives_nothing_away_that_it_has_begun,
        }
    };
    ($server:ty; $($name:ident,)*) => {
        $(
            #[test]
            fn $name() {
                $crate::processes::promises::hold::<$server>(
                    concat!(module_path!(), "::", stringify!($name)),
                    $crate::processes::promises::$name,
                );
            }
        )*
    };
}
pub(crate) use all;

/// Holds a promise on a new server, unless this process is one of the test's workers: then it serves.
pub(crate) fn hold<S: Server>(path: &str, promise: fn(&mut S, &str)) {
    if serve_if_asked_to::<S>() {
        return;
    }
    let Some(mut server) = S::start() else { return };
    // The test is known by its path within the crate.
    let (_, test) = path.split_once("::").expect("it is in a module");
    promise(&mut server, test);
}

pub(crate) fn jobs_survive_the_kill_of_a_worker_each_second_and_a_restart_of_the_server<
    S: Server,
>(
    server: &mut S,
    test: &str,
) {
    const JOBS: u64 = 10_000;
    let directory = TempDir::new().unwrap();
    let start = |server: &S| Process::start(test, server, directory.path());
    let mut workers: Vec<Process> = (0..3).map(|_| start(server)).collect();
    let jobs = queue::<S>(&server.address());
    let pool = GreenThreadPoolExecutor::builder().max_workers(200).carriers(1).build().unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let results: Vec<_> = (0..JOBS)
        .map(|number| {
            let (jobs, done) = (jobs.clone(), done.clone());
            pool.submit(move || {
                let job = jobs.job().id(number.to_string()).deaths(1000);
                let result = job.submit(work, (number, 20)).unwrap().result().unwrap();
                done.fetch_add(1, Ordering::Relaxed);
                result
            })
            .unwrap()
        })
        .collect();

    let (mut ended, mut killed) = (Vec::new(), HashSet::new());
    let (mut before, mut has_restarted) = (0, false);
    loop {
        thread::sleep(Duration::from_secs(1));
        let now = done.load(Ordering::Relaxed);
        if now == JOBS as usize {
            break;
        }
        // Whatever the machine: one is killed only after there was some work.
        if now - before < SOME {
            continue;
        }
        before = now;
        let mut worker = workers.remove(0);
        worker.kill();
        killed.insert(worker.id());
        ended.push(worker);
        workers.push(start(server));
        if killed.len() == 2 {
            server.stop();
            thread::sleep(LEASE / 2);
            server.start_again();
            has_restarted = true;
        }
    }
    for result in results {
        result.result().unwrap();
    }
    for worker in &mut workers {
        worker.drain();
    }
    let runs = runs_by_job(ended.iter().chain(&workers));
    assert_eq!(runs.len(), JOBS as usize, "each has run");
    let repeated: Vec<_> = runs.values().filter(|runs| runs.len() > 1).collect();
    println!(
        "{JOBS} jobs, {} workers killed, {} jobs ran more than once",
        killed.len(),
        repeated.len()
    );
    assert!(has_restarted, "it took too little time for a restart of the server");
    for runs in repeated {
        for pair in runs.windows(2) {
            let was_killed = killed.contains(&pair[0].process);
            let has_run_out = pair[1].begun_ms - pair[0].begun_ms >= LEASE.as_millis() as u64 - 1;
            assert!(was_killed || has_run_out, "ran twice, and for no reason: {runs:?}");
            assert!(pair[1].attempt > pair[0].attempt, "a death was not counted: {runs:?}");
        }
    }
}

fn runs_by_job<'a>(processes: impl Iterator<Item = &'a Process>) -> BTreeMap<String, Vec<Run>> {
    let mut jobs = BTreeMap::<_, Vec<Run>>::new();
    for run in processes.flat_map(Process::runs) {
        jobs.entry(run.job.clone()).or_default().push(run);
    }
    jobs.values_mut().for_each(|runs| runs.sort_by_key(|run| run.begun_ms));
    jobs
}

pub(crate) fn job_that_takes_much_longer_than_its_lease_runs_once<S: Server>(
    server: &mut S,
    test: &str,
) {
    let directory = TempDir::new().unwrap();
    let mut workers: Vec<Process> =
        (0..2).map(|_| Process::start(test, server, directory.path())).collect();
    let job =
        queue::<S>(&server.address()).submit(work, (0, 6 * LEASE.as_millis() as u64)).unwrap();
    let process = job.result().unwrap();
    assert!(workers.iter().any(|worker| worker.id() == process));
    let runs: Vec<Run> = workers.iter().flat_map(Process::runs).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    for worker in &mut workers {
        assert_eq!(worker.drain(), (0, 0));
    }
}

pub(crate) fn job_of_a_stopped_worker_runs_elsewhere_and_its_late_result_is_fenced<S: Server>(
    server: &mut S,
    test: &str,
) {
    let directory = TempDir::new().unwrap();
    let jobs = queue::<S>(&server.address());
    let job = jobs.job().id("a").submit(wait_at_first, ()).unwrap();
    let mut stopped = Process::start(test, server, directory.path());
    stopped.wait_for_runs(1);
    stopped.signal(Signal::STOP);
    let mut other = Process::start(test, server, directory.path());
    assert_eq!(job.result().unwrap(), other.id());
    File::create(go_on(directory.path())).unwrap();
    stopped.signal(Signal::CONT);
    let (lost, fenced) = stopped.drain();
    assert!(lost + fenced > 0, "its answer was taken");
    assert_eq!(jobs.attach(wait_at_first, "a").unwrap().result().unwrap(), other.id());
    let attempts: Vec<u32> = other.runs().iter().map(|run| run.attempt).collect();
    assert_eq!(attempts, [2]);
    other.drain();
}

pub(crate) fn worker_that_is_asked_to_end_gives_nothing_away_that_it_has_begun<S: Server>(
    server: &mut S,
    test: &str,
) {
    let directory = TempDir::new().unwrap();
    let mut worker = Process::start(test, server, directory.path());
    let job = queue::<S>(&server.address()).submit(work, (0, 500)).unwrap();
    worker.wait_for_runs(1);
    assert_eq!(worker.drain(), (0, 0));
    assert_eq!(job.result().unwrap(), worker.id());
}
