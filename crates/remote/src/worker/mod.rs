//! Workers: they pull jobs from a queue and run them on an executor.
//!
//! # Protocol: a slot first, then a job
//!
//! A worker never has a job that it cannot start. For each job that it is going to pull, it first submits a *runner* to the
//! executor. A runner that has started holds a worker slot of the executor. It says so, by leaving a *seat*, and waits.
//! Only then the worker pulls: at most as many jobs as there are seats. Each is handed to one seat.
//!
//! 1. *reserve*: the puller submits runners, so that runners and seats are as many as it wants. That is twice as many after
//!    each pull that filled all seats, else as many as the pull filled, and one while the queue is empty. It is never more
//!    than its concurrency allows.
//! 2. *seat*: a runner has started, and leaves its seat in the puller's channel.
//! 3. *pull*: the puller fetches, for as many jobs as there are seats.
//! 4. *hand out*: a job goes to a seat. If the runner has left meanwhile, the job goes to another one, or back.
//! 5. *leave*: a runner ends, in whatever way. It says so by the drop of what it has captured, so this holds for one that
//!    never started too.
//!
//! Seats beyond what it wants are given up. If local jobs wait for the executor when a pull has not filled all seats, the
//! rest are all given up, and the next runner queues up behind those jobs.
//!
//! The puller waits in three places, and a drain ends each: for the channel (by a message), for the queue (by
//! `stop_waiting`), and for room in the executor's backlog (which has a time limit).
//!
//! `pulling.rs` does this. `leases.rs` keeps the leases of what runs. `running.rs` decides what becomes of a job.

mod leases;
mod pulling;
mod running;

use std::fmt;
use std::time::Duration;

use executor::ExecutorHandle;
use executor::sync::channel::Sender;
use greenstd::sync::{Arc, Mutex};

use self::pulling::{Event, Puller};
use self::running::Serving;
use crate::engine::{Engine, EngineError, EngineQueue, QueueOptions};
use crate::pause::Pauses;
use crate::queue::Queue;
use crate::registry::Registry;
use crate::statistics::{Work, WorkerStatistics};

/// Pulls jobs from a queue and runs them on an executor.
///
/// It takes a worker slot of the executor first, and then a job. So it never holds a job that another worker could start.
/// While a job runs, its lease is extended; so a job of hours is safe, and a dead worker is noticed within a lease.
///
/// An idle worker holds one slot of the executor. If there are local jobs too, give the executor one worker more.
///
/// ```
/// use remote::executor::GreenThreadPoolExecutor;
/// use remote::engine::InProcess;
/// use remote::{Registry, Remote, Worker, function};
/// use std::thread;
///
/// function!(square(number: u64) -> u64);
///
/// let queue = Remote::new(InProcess::new()).queue("numbers"); // on a server, this is another process
/// let job = queue.submit(square, (7,))?;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let mut registry = Registry::new();
/// registry.register(square, |number: u64| number * number);
/// let worker = Worker::new(&pool, &queue);
/// let handle = worker.handle();
/// let serving = thread::spawn(move || worker.serve(&registry));
/// assert_eq!(job.result()?, 49);
/// handle.drain();
/// assert_eq!(serving.join().map_err(|_| "it panicked")??.succeeded, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it does nothing until it serves"]
pub struct Worker {
    executor: ExecutorHandle,
    engine: Arc<dyn Engine>,
    queue: Box<str>,
    options: QueueOptions,
    limits: Limits,
    control: Arc<Control>,
}

/// Ends a worker, and says what it has done. Clones are cheap.
///
/// ```
/// use remote::executor::GreenThreadPoolExecutor;
/// use remote::engine::InProcess;
/// use remote::{Registry, Remote, Worker};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("images"));
/// let handle = worker.handle();
/// handle.drain(); // before it began: it ends at once
/// assert_eq!(worker.serve(&Registry::new())?.pulled, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WorkerHandle {
    control: Arc<Control>,
}

/// What a worker keeps to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    concurrency: usize,
    unknown: u32,
    extend_every: Option<Duration>,
}

/// What a worker shares with its handles.
#[derive(Default)]
pub(crate) struct Control {
    work: Work,
    drain: Mutex<Drain>,
}

/// Whether a worker is to end, and how it is told.
#[derive(Default)]
struct Drain {
    is_asked: bool,
    /// How long running jobs may go on.
    limit: Option<Duration>,
    queue: Option<Arc<dyn EngineQueue>>,
    events: Option<Sender<Event>>,
}

impl Worker {
    /// A worker for a queue, on an executor that has threads: of any kind but a
    /// [`SynchronousExecutor`](executor::SynchronousExecutor).
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(100).build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("images"));
    /// # drop(worker);
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn new(executor: &ExecutorHandle, queue: &Queue) -> Self {
        Self::of(executor, queue.engine().clone(), queue.name(), queue.options().clone())
    }

    pub(crate) fn of(
        executor: &ExecutorHandle,
        engine: Arc<dyn Engine>,
        queue: &str,
        options: QueueOptions,
    ) -> Self {
        let limits =
            Limits { concurrency: executor.max_workers(), unknown: 10, extend_every: None };
        Worker {
            executor: executor.clone(),
            engine,
            queue: queue.into(),
            options,
            limits,
            control: Arc::default(),
        }
    }

    /// How many jobs of the queue may run here at once. Without this, as many as the executor has workers. It is at least
    /// one.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().max_workers(100).build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films")).concurrency(4);
    /// # drop(worker);
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.limits.concurrency = jobs.max(1);
        self
    }

    /// How often a job is put back because its function is not known, before it becomes a dead letter. Without this, ten
    /// times, with pauses from a second to a minute: there may be workers that know it, or will be.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films")).unknown(3);
    /// # drop(worker);
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn unknown(mut self, times: u32) -> Self {
        self.limits.unknown = times;
        self
    }

    /// How often leases are extended. Without this, three times in a lease.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let queue = Remote::new(InProcess::new()).queue("films");
    /// let worker = Worker::new(&pool, &queue).extend_every(Duration::from_secs(5));
    /// # drop(worker);
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn extend_every(mut self, pause: Duration) -> Self {
        self.limits.extend_every = Some(pause);
        self
    }

    /// A handle by which the worker is ended, from a signal's job for instance.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films"));
    /// assert!(!worker.handle().is_draining());
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn handle(&self) -> WorkerHandle {
        WorkerHandle { control: self.control.clone() }
    }

    /// Pulls and runs jobs until it is drained, or the executor is shut down. Then it says what it has done.
    ///
    /// What becomes of a job:
    ///
    /// | it | then |
    /// | --- | --- |
    /// | returns a value | that is its result |
    /// | returns an error, or panics | it is run again after a pause; after its last attempt it is a dead letter |
    /// | was there when [so many workers died](crate::RemoteJob::deaths) | it is a dead letter, and is not run |
    /// | has arguments that cannot be read | it is a dead letter |
    /// | is a function that is not registered | it is put back for other workers, and is a dead letter [in the end](Self::unknown) |
    /// | was cancelled | it is asked to stop, as by [`TaskHandle::cancel`](executor::TaskHandle::cancel) |
    /// | has lost its lease, since the engine was out of reach for so long | likewise; another worker runs it |
    ///
    /// # Errors
    /// The engine refuses the queue or the pulls. That it cannot be reached is no error: the worker tries again.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the worker is drained. It needs an OS thread of its own for the
    /// leases.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Registry, Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films"));
    /// worker.handle().drain();
    /// assert_eq!(worker.serve(&Registry::new())?.succeeded, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn serve(self, registry: &Registry) -> Result<WorkerStatistics, EngineError> {
        let Some(queue) = self.open()? else { return Ok(self.control.work.snapshot()) };
        let serving = Serving::new(queue, registry.clone(), self.limits, self.control.clone());
        let leases = serving.keep_leases()?;
        let served = Puller::new(&self.executor, &serving).pull();
        leases.end();
        self.control.drain.lock().queue = None;
        served.map(|()| self.control.work.snapshot())
    }

    /// Opens the queue, however long the engine is out of reach; `None` if it is drained before.
    fn open(&self) -> Result<Option<Arc<dyn EngineQueue>>, EngineError> {
        let mut pauses = Pauses::new();
        while !self.control.is_draining() {
            match self.engine.open(&self.queue, &self.options) {
                Err(error) if error.may_be_repeated() => pauses.pause(None)?,
                Err(error) => return Err(error),
                Ok(queue) => {
                    let mut drain = self.control.drain.lock();
                    drain.queue = Some(queue.clone());
                    return Ok((!drain.is_asked).then_some(queue));
                }
            }
        }
        Ok(None)
    }
}

impl WorkerHandle {
    /// Ends the worker in order: it pulls no more, lets what runs end, gives the rest back, and then `serve` returns.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Registry, Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films"));
    /// let handle = worker.handle();
    /// handle.drain();
    /// handle.drain(); // once is enough
    /// worker.serve(&Registry::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drain(&self) {
        self.control.ask_to_drain(None);
    }

    /// As [`drain`](Self::drain); what still runs after `limit` is asked to stop, and given back.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Registry, Remote, Worker};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films"));
    /// worker.handle().drain_within(Duration::from_secs(20)); // who stops us waits for 30 s
    /// worker.serve(&Registry::new())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drain_within(&self, limit: Duration) {
        self.control.ask_to_drain(Some(limit));
    }

    /// Whether it was asked to end.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let handle = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films")).handle();
    /// handle.drain();
    /// assert!(handle.is_draining());
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn is_draining(&self) -> bool {
        self.control.is_draining()
    }

    /// What it has done so far.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let handle = Worker::new(&pool, &Remote::new(InProcess::new()).queue("films")).handle();
    /// assert_eq!(handle.statistics().buried, 0);
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    pub fn statistics(&self) -> WorkerStatistics {
        self.control.work.snapshot()
    }
}

impl Control {
    fn is_draining(&self) -> bool {
        self.drain.lock().is_asked
    }

    fn drain_limit(&self) -> Option<Duration> {
        self.drain.lock().limit
    }

    /// From now on a drain wakes the puller by this.
    fn listen(&self, events: Sender<Event>) {
        self.drain.lock().events = Some(events);
    }

    fn ask_to_drain(&self, limit: Option<Duration>) {
        let (queue, events) = {
            let mut drain = self.drain.lock();
            drain.is_asked = true;
            drain.limit = limit.or(drain.limit);
            (drain.queue.clone(), drain.events.clone())
        };
        if let Some(queue) = queue {
            queue.stop_waiting();
        }
        if let Some(events) = events {
            // If nobody receives it, the worker has ended.
            let _ = events.try_send(Event::Drain);
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("queue", &self.queue)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WorkerHandle").field(&self.statistics()).finish()
    }
}
