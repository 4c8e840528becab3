//! A worker in a process of its own, which notes what it runs.
//!
//! The process is this test binary again, for one test. Each run of a function is a line in a file, so it is known whatever
//! becomes of the process.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use executor::GreenThreadPoolExecutor;
use executor::io::signal::{Signal, Signals};
use greenstd::sync::Arc;
use greenstd::{thread, time};
use remote::engine::QueueOptions;
use remote::{Queue, Registry, Worker, current_job, function};
use testkit::child;

use super::Server;

const ADDRESS: &str = "GREEN_TEST_SERVER";
const NOTES: &str = "GREEN_TEST_NOTES";

/// Far beyond what anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// How long a job may be without a word of its worker.
pub(crate) const LEASE: Duration = Duration::from_secs(1);

function!(pub(crate) work(number: u64, ms: u64) -> u32);
function!(pub(crate) wait_at_first() -> u32);

/// The queue on which all of these tests work.
pub(crate) fn queue<S: Server>(address: &str) -> Queue {
    let remote = loop {
        match S::connect(address) {
            Ok(remote) => break remote,
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    };
    let options = QueueOptions { lease: LEASE, ..QueueOptions::default() };
    remote.queue_with("jobs", options)
}

/// The file for which the first run of [`wait_at_first`] waits.
pub(crate) fn go_on(directory: &Path) -> PathBuf {
    directory.join("go-on")
}

/// Serves until it is asked to end, if this process was started for that.
pub(crate) fn serve_if_asked_to<S: Server>() -> bool {
    if child::case().is_none() {
        return false;
    }
    let path = PathBuf::from(std::env::var_os(NOTES).expect("it was started by `start`"));
    let notes = Arc::new(Notes::open(&path));
    let mut registry = Registry::new();
    let of_work = notes.clone();
    registry.register(work, move |_number: u64, ms: u64| {
        of_work.begin();
        sleep(ms)
    });
    let of_work = notes.clone();
    let go_on = go_on(path.parent().unwrap());
    registry.register(wait_at_first, move || {
        of_work.begin();
        let is_first = current_job().is_some_and(|job| job.attempt == 1);
        while is_first && !go_on.exists() && !executor::is_cancelled() {
            sleep(5);
        }
        std::process::id()
    });
    let pool = GreenThreadPoolExecutor::builder().max_workers(20).carriers(1).build().unwrap();
    let worker = Worker::new(&pool, &queue::<S>(&std::env::var(ADDRESS).unwrap()));
    let handle = worker.handle();
    let mut signals = Signals::new([Signal::TERMINATE]).unwrap();
    thread::spawn(move || {
        signals.wait().unwrap();
        handle.drain();
    });
    let statistics = worker.serve(&registry).unwrap();
    notes.line(&format!("end {} {}", statistics.lost, statistics.fenced));
    true
}

/// Waits as a job does. It gives the number of the process, also if it is asked to stop.
fn sleep(ms: u64) -> u32 {
    let _ = executor::sleep(Duration::from_millis(ms));
    std::process::id()
}

/// A file of lines, each written in one piece.
struct Notes {
    file: File,
}

impl Notes {
    fn open(path: &Path) -> Self {
        Notes { file: File::options().create(true).append(true).open(path).unwrap() }
    }

    /// The job of the calling green thread begins.
    fn begin(&self) {
        let job = current_job().expect("a worker runs this");
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        self.line(&format!("run {} {now} {}", job.id, job.attempt));
    }

    fn line(&self, line: &str) {
        (&self.file).write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// A process that was started, and ends with the value.
pub(crate) struct Process {
    pub(crate) child: Child,
    notes: PathBuf,
}

/// A line of a process that has run a job.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) job: String,
    pub(crate) process: u32,
    pub(crate) begun_ms: u64,
    pub(crate) attempt: u32,
}

impl Process {
    /// Starts a worker by running `test` again.
    pub(crate) fn start(test: &str, server: &impl Server, directory: &Path) -> Self {
        let mut command = child::command(test, "worker");
        let number = fs::read_dir(directory).unwrap().count();
        let notes = directory.join(format!("{number}"));
        File::create(&notes).unwrap();
        command.env(ADDRESS, server.address()).env(NOTES, &notes);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Process { child: child.spawn().unwrap(), notes }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has begun to run so far.
    pub(crate) fn runs(&self) -> Vec<Run> {
        let text = fs::read_to_string(&self.notes).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("run "));
        lines
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                Run {
                    job: words[0].to_owned(),
                    process: self.id(),
                    begun_ms: words[1].parse().unwrap(),
                    attempt: words[2].parse().unwrap(),
                }
            })
            .collect()
    }

    /// Waits until it has begun to run so many jobs.
    pub(crate) fn wait_for_runs(&self, count: usize) {
        let give_up = time::now() + LONG;
        while self.runs().len() < count {
            assert!(time::now() < give_up, "the worker does not run {count} jobs");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Kills it, as a loss of its machine would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Has it end in order. It says how many leases it has lost, and how many of its answers were fenced.
    pub(crate) fn drain(&mut self) -> (u64, u64) {
        self.signal(rustix::process::Signal::TERM);
        assert!(self.child.wait().unwrap().success());
        let text = fs::read_to_string(&self.notes).unwrap();
        let end = text.lines().find_map(|line| line.strip_prefix("end ")).expect("its last line");
        let (lost, fenced) = end.split_once(' ').unwrap();
        (lost.parse().unwrap(), fenced.parse().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
