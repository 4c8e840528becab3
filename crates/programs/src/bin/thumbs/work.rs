//! A worker: this process, or others that are started.

use std::num::NonZero;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use executor::GreenThreadPoolExecutor;
use greenstd::thread;
use programs::interrupt;
use remote::engine::QueueOptions;
use remote::{Queue, Remote, Worker};
use rustix::process::{Pid, Signal, kill_process};

use crate::arguments::Work;
use crate::{Result, image_job, say};

/// After this time without a word, a worker is taken for dead.
const LEASE: Duration = Duration::from_secs(5);

/// The queue on a server.
pub(crate) fn queue(url: &str) -> Result<Queue> {
    let options = QueueOptions { lease: LEASE, ..QueueOptions::default() };
    Ok(Remote::connect(url)?.queue_with(image_job::QUEUE, options))
}

/// Works until it is asked to end.
pub(crate) fn run(arguments: &Work) -> Result<ExitCode> {
    let at_once = arguments.at_once.unwrap_or_else(cpus);
    let pool = pool(at_once)?;
    let queue = queue(&arguments.nats)?;
    let worker = Worker::new(&pool, &queue);
    let handle = worker.handle();
    let shown = arguments.inspecting.start("thumbs", &pool.handle())?;
    if let Some(shown) = &shown {
        let pulled = worker.handle();
        shown.page().table("queue", move || queue.figures());
        shown.page().table("worker", move || pulled.statistics().figures());
    }
    interrupt::on_ctrl_c(move || handle.drain());
    let done = worker.serve(&image_job::registry())?;
    say(format_args!("worker {}: {} images", std::process::id(), done.succeeded));
    Ok(ExitCode::SUCCESS)
}

/// How many CPUs there are.
pub(crate) fn cpus() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// An executor whose jobs keep a CPU busy: so many at once, and a stack that decoders find large enough.
pub(crate) fn pool(at_once: usize) -> Result<GreenThreadPoolExecutor> {
    // An idle worker holds one slot.
    let builder = GreenThreadPoolExecutor::builder().name("thumbs").max_workers(at_once + 1);
    Ok(builder.stack_size(1024 * 1024).build()?)
}

/// Processes that work. They are asked to end as the value is dropped.
pub(crate) struct Crew(Vec<Child>);

impl Crew {
    /// Starts so many.
    pub(crate) fn start(count: usize, url: &str) -> Result<Self> {
        let mut crew = Crew(Vec::new());
        for _ in 0..count {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["work", "--nats", url, "--at-once", "1"]).stdin(Stdio::null());
            crew.0.push(command.stdout(Stdio::null()).spawn()?);
        }
        Ok(crew)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for child in &self.0 {
            let _ = kill_process(Pid::from_child(child), Signal::TERM);
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}
