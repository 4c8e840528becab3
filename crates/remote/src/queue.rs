//! One queue, as submitters see it.

use std::fmt;

use greenstd::sync::{Arc, Mutex};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::engine::{Counts, DeadLetter, Engine, EngineError, JobId, QueueOptions};
use crate::error::SubmitError;
use crate::function::Function;
use crate::future::RemoteFuture;
use crate::headers::Sources;
use crate::remote::Inner;
use crate::statistics::SubmitStatistics;
use crate::submission::RemoteJob;

/// A queue of jobs for workers on any machine. Clones are cheap.
///
/// ```
/// use remote::engine::InProcess;
/// use remote::{Remote, function};
///
/// function!(resize(image: String, width: u32) -> String);
///
/// let queue = Remote::new(InProcess::new()).queue("images");
/// let job = queue.submit(resize, ("cat.png".to_owned(), 300))?;
/// assert_eq!(queue.counts()?.waiting, 1); // there is no worker yet
/// # drop(job);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Queue {
    remote: Arc<Inner>,
    name: Arc<str>,
    options: Arc<QueueOptions>,
    client: Arc<Mutex<Option<Arc<Client>>>>,
    headers: Sources,
}

impl Queue {
    pub(crate) fn new(
        remote: Arc<Inner>,
        name: &str,
        options: QueueOptions,
        headers: Sources,
    ) -> Self {
        let client = Arc::default();
        Queue { remote, name: name.into(), options: Arc::new(options), client, headers }
    }

    /// What it is called.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::InProcess;
    ///
    /// assert_eq!(Remote::new(InProcess::new()).queue("images").name(), "images");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Submits a job: a call of `function` with these arguments, which are a tuple.
    ///
    /// If the engine cannot be reached, it tries again for ten seconds. With an id, a delay, retries and so on, take
    /// [`job`](Self::job).
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, function};
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(square, |number: u64| number * number);
    /// let queue = Remote::in_process(&pool, &registry).queue("numbers");
    /// let jobs = (0..10).map(|n| queue.submit(square, (n,))).collect::<Result<Vec<_>, _>>()?;
    /// let squares = jobs.into_iter().map(|job| job.result()).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(squares.iter().sum::<u64>(), 285);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The queue is full, the arguments cannot be written, or the engine has failed. The error gives the arguments back.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered.
    #[track_caller]
    pub fn submit<A, T, E>(
        &self,
        function: Function<A, T, E>,
        arguments: A,
    ) -> Result<RemoteFuture<T, E>, SubmitError<A>>
    where
        A: Serialize,
        T: DeserializeOwned + Send + 'static,
        E: DeserializeOwned + Send + 'static,
    {
        self.job().submit(function, arguments)
    }

    /// As [`submit`](Self::submit); if the queue is full, it waits until there is room.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::QueueOptions;
    /// use remote::{Registry, Remote, function};
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(square, |number: u64| number * number);
    /// let options = QueueOptions { max_jobs: Some(1), ..QueueOptions::default() };
    /// let queue = Remote::in_process(&pool, &registry).queue_with("numbers", options);
    /// for number in 0..10 {
    ///     drop(queue.submit_wait(square, (number,))?); // whoever is too fast waits here
    /// }
    /// assert_eq!(queue.statistics().submitted, 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`submit`](Self::submit), but for the full queue. The wait may be interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no room and until the engine has answered.
    #[track_caller]
    pub fn submit_wait<A, T, E>(
        &self,
        function: Function<A, T, E>,
        arguments: A,
    ) -> Result<RemoteFuture<T, E>, SubmitError<A>>
    where
        A: Serialize,
        T: DeserializeOwned + Send + 'static,
        E: DeserializeOwned + Send + 'static,
    {
        self.job().wait().submit(function, arguments)
    }

    /// Describes a job before it is submitted: its id, its delay, its retries.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    /// use std::time::Duration;
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// let job = queue.job().id("order-17").delay(Duration::from_secs(10)).retries(5);
    /// drop(job.submit(bill, (17,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn job(&self) -> RemoteJob<'_> {
        RemoteJob::new(self)
    }

    /// A future of a job that was submitted before, by this program or another, as long as its result is kept.
    ///
    /// The types are those of `function`; nobody can check that the job is one of it. If there is no such job, the future
    /// waits until there is one.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, function};
    ///
    /// function!(square(number: u64) -> u64);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(square, |number: u64| number * number);
    /// let queue = Remote::in_process(&pool, &registry).queue("numbers");
    /// drop(queue.job().id("seven").submit(square, (7,))?); // and the program forgets it
    /// assert_eq!(queue.attach(square, "seven")?.result()?, 49);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The queue cannot be opened.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the queue is open.
    #[track_caller]
    pub fn attach<A, T, E>(
        &self,
        function: Function<A, T, E>,
        id: impl Into<JobId>,
    ) -> Result<RemoteFuture<T, E>, SubmitError<()>>
    where
        T: DeserializeOwned + Send + 'static,
        E: DeserializeOwned + Send + 'static,
    {
        let client = self.client().map_err(|error| SubmitError::new(error.into(), ()))?;
        RemoteFuture::expect(&client, id.into(), function.encoded_as())
            .map_err(|reason| SubmitError::new(reason, ()))
    }

    /// How many jobs there are, in all.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::{Counts, InProcess};
    ///
    /// let queue = Remote::new(InProcess::new()).queue("images");
    /// assert_eq!(queue.counts()?, Counts::default());
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// The engine's: see [`engine`](crate::engine).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered.
    pub fn counts(&self) -> Result<Counts, EngineError> {
        self.client()?.handle().counts()
    }

    /// Up to `max` dead letters, the oldest first.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::InProcess;
    ///
    /// for letter in Remote::new(InProcess::new()).queue("images").dead(100)? {
    ///     println!("{}: {:?}", letter.envelope.id, letter.outcome);
    /// }
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// The engine's: see [`engine`](crate::engine).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered.
    pub fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
        self.client()?.handle().dead(max)
    }

    /// Submits the job of a dead letter anew, by the same id. `false` if there is no such letter.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::{InProcess, JobId};
    ///
    /// let queue = Remote::new(InProcess::new()).queue("images");
    /// assert!(!queue.retry_dead(&JobId::from("cat.png"))?);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// The engine's: see [`engine`](crate::engine).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered.
    pub fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.client()?.handle().retry_dead(id)
    }

    /// Forgets a dead letter. `false` if there is no such letter.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::{InProcess, JobId};
    ///
    /// let queue = Remote::new(InProcess::new()).queue("images");
    /// assert!(!queue.drop_dead(&JobId::from("cat.png"))?);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// The engine's: see [`engine`](crate::engine).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered.
    pub fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        self.client()?.handle().drop_dead(id)
    }

    /// What this program has submitted to the queue. All its handles of the queue count together.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// drop(queue.submit(bill, (17,))?);
    /// assert_eq!(queue.statistics().submitted, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn statistics(&self) -> SubmitStatistics {
        let client = self.client.lock().clone();
        client.map(|client| client.submissions().snapshot()).unwrap_or_default()
    }

    /// What there is to see of the queue, as names and numbers: the [`counts`](Self::counts) of the engine, and the
    /// [`statistics`](Self::statistics) of this program. For a table or a monitoring system.
    ///
    /// The first figure is `reachable`: 1 if the engine has answered. If it has not, that is 0, and the counts are missing.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::InProcess;
    ///
    /// let queue = Remote::new(InProcess::new()).queue("images");
    /// for (name, number) in queue.figures() {
    ///     println!("{name}: {number}");
    /// }
    /// assert!(queue.figures().contains(&("waiting", 0)));
    /// ```
    ///
    /// # Blocking
    /// As [`counts`](Self::counts).
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        let mut figures = match self.counts() {
            Ok(Counts { waiting, leased, dead }) => {
                vec![("reachable", 1), ("waiting", waiting), ("leased", leased), ("dead", dead)]
            }
            Err(_) => vec![("reachable", 0)],
        };
        figures.extend(self.statistics().figures());
        figures
    }

    pub(crate) fn engine(&self) -> &Arc<dyn Engine> {
        self.remote.engine()
    }

    pub(crate) fn options(&self) -> &QueueOptions {
        &self.options
    }

    pub(crate) fn headers(&self) -> &Sources {
        &self.headers
    }

    /// The open queue.
    pub(crate) fn client(&self) -> Result<Arc<Client>, EngineError> {
        if let Some(client) = &*self.client.lock() {
            return Ok(client.clone());
        }
        let client = self.remote.client(&self.name, &self.options)?;
        *self.client.lock() = Some(client.clone());
        Ok(client)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.name).finish()
    }
}
