//! The way to the queues.

use std::fmt;

use executor::ExecutorHandle;
use greenstd::sync::Arc;

use crate::client::Client;
use crate::clients::Clients;
use crate::embedded::Embedded;
use crate::engine::{Engine, EngineError, InProcess, QueueOptions};
use crate::headers::Sources;
use crate::queue::Queue;
use crate::registry::Registry;
use crate::worker::WorkerHandle;

/// The way to the queues of one engine. Clones are cheap and share it.
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
/// let remote = Remote::in_process(&pool, &registry);
/// assert_eq!(remote.queue("numbers").submit(square, (7,))?.result()?, 49);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Remote {
    inner: Arc<Inner>,
    headers: Sources,
}

/// What all clones share, and all queues.
pub(crate) struct Inner {
    engine: Arc<dyn Engine>,
    embedded: Option<Arc<Embedded>>,
    /// Those that are open, so that all handles to one queue share its receiver.
    clients: Clients,
}

impl Remote {
    /// By any engine.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let remote = Remote::new(InProcess::new());
    /// let job = remote.queue("bills").submit(bill, (17,))?;
    /// assert!(!job.is_done()); // there is no worker
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(engine: impl Engine + 'static) -> Self {
        Self::of(Arc::new(engine), None)
    }

    /// Without a server and without other processes: the queues are in memory, and `executor` runs what is submitted.
    ///
    /// All else is as with a server: arguments are written and read, failures are retried, dead letters kept. When a program
    /// needs more than one machine, it changes this one line. Each queue that is used has a worker of its own, which ends
    /// when the last clone of this, the last queue and the last future are dropped.
    ///
    /// A job of `executor` that waits for the future holds its slot meanwhile. If all workers of the executor do so, none is
    /// left for what they wait for. Let such jobs wait on another executor, or give this one enough workers.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, function};
    ///
    /// function!(greet(name: String) -> String);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(greet, |name: String| format!("hello, {name}"));
    /// let queue = Remote::in_process(&pool, &registry).queue("greetings");
    /// assert_eq!(queue.submit(greet, ("world".to_owned(),))?.result()?, "hello, world");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_process(executor: &ExecutorHandle, registry: &Registry) -> Self {
        let embedded = Embedded::new(executor, registry);
        Self::of(Arc::new(InProcess::new()), Some(Arc::new(embedded)))
    }

    /// The worker that [`in_process`](Self::in_process) has made for a queue, for its statistics. `None` with another
    /// engine, and before the queue is used.
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
    /// let remote = Remote::in_process(&pool, &registry);
    /// assert!(remote.worker_of("numbers").is_none());
    /// assert_eq!(remote.queue("numbers").submit(square, (7,))?.result()?, 49);
    /// let worker = remote.worker_of("numbers").ok_or("a job has run")?;
    /// println!("{} jobs have succeeded", worker.statistics().succeeded);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn worker_of(&self, queue: &str) -> Option<WorkerHandle> {
        self.inner.embedded.as_ref()?.worker_of(queue)
    }

    /// By a server of NATS with JetStream; see [`NatsEngine::connect`](crate::engine::NatsEngine::connect) for the URL.
    ///
    /// ```no_run
    /// use remote::{Remote, function};
    ///
    /// function!(resize(image: String, width: u32) -> String);
    ///
    /// let queue = Remote::connect("nats://127.0.0.1:4222")?.queue("images");
    /// println!("{}", queue.submit(resize, ("cat.png".to_owned(), 300))?.result()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] if there is no server, or it does not let us in.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, for 5 s at most.
    #[cfg(feature = "nats")]
    pub fn connect(url: &str) -> Result<Self, EngineError> {
        Ok(Self::new(crate::engine::NatsEngine::connect(url)?))
    }

    fn of(engine: Arc<dyn Engine>, embedded: Option<Arc<Embedded>>) -> Self {
        let clients = Clients::default();
        let inner = Arc::new(Inner { engine, embedded, clients });
        Remote { inner, headers: Sources::default() }
    }

    /// From now on, jobs of queues of this handle get the headers that `source` gives. It is called once for each
    /// submission, on the submitter's thread: to send the context of a trace along, for [`Registry::around`] to take up.
    ///
    /// Of two headers with one name, the job's own counts, else that of the later source. Names and values are printable
    /// ASCII. If `source` panics, the submission does.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// fn context() -> Vec<(String, String)> {
    ///     vec![("traceparent".to_owned(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned())]
    /// }
    /// let queue = Remote::new(InProcess::new()).headers_from(context).queue("bills");
    /// drop(queue.submit(bill, (17,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn headers_from<H>(mut self, source: impl Fn() -> H + Send + Sync + 'static) -> Self
    where
        H: IntoIterator<Item = (String, String)>,
    {
        self.headers.add(source);
        self
    }

    /// A queue, kept as by [default](QueueOptions::default). It is opened when it is first used, and made if it is not
    /// there.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::InProcess;
    ///
    /// let remote = Remote::new(InProcess::new());
    /// assert_eq!(remote.queue("images").name(), "images");
    /// ```
    pub fn queue(&self, name: &str) -> Queue {
        self.queue_with(name, QueueOptions::default())
    }

    /// A queue, and how it is to be kept. If it is there already, it is kept as it was.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::{InProcess, QueueOptions};
    ///
    /// let options = QueueOptions { max_jobs: Some(10_000), ..QueueOptions::default() };
    /// let queue = Remote::new(InProcess::new()).queue_with("images", options);
    /// assert_eq!(queue.counts()?.waiting, 0);
    /// # Ok::<(), remote::engine::EngineError>(())
    /// ```
    pub fn queue_with(&self, name: &str, options: QueueOptions) -> Queue {
        Queue::new(self.inner.clone(), name, options, self.headers.clone())
    }
}

impl Inner {
    pub(crate) fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The client of a queue, which is opened if it is not.
    pub(crate) fn client(
        &self,
        name: &str,
        options: &QueueOptions,
    ) -> Result<Arc<Client>, EngineError> {
        self.clients.get_or_open(name, || {
            let handle = self.engine.open(name, options)?;
            if let Some(embedded) = &self.embedded {
                embedded.serve(&self.engine, name, options)?;
            }
            let client = Client::new(handle, self.embedded.clone());
            client.map(Arc::new).map_err(EngineError::unreachable)
        })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.inner.engine).finish()
    }
}
