//! A job before it is submitted.

use std::time::Duration;

use greenstd::time::{self, Instant};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::encoding;
use crate::engine::{EngineError, Envelope, JobId, Submitted};
use crate::error::{Refused, SubmitError};
use crate::function::Function;
use crate::future::RemoteFuture;
use crate::pause::Pauses;
use crate::queue::Queue;

/// For how long a submission tries to reach the engine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A job before it is submitted; see [`Queue::job`].
///
/// ```
/// use remote::engine::InProcess;
/// use remote::{Remote, function};
/// use std::time::Duration;
///
/// function!(bill(order: u32));
///
/// let queue = Remote::new(InProcess::new()).queue("bills");
/// let job = queue
///     .job()
///     .id("order-17") // submitted twice, it runs once
///     .delay(Duration::from_secs(10))
///     .retries(5)
///     .expires(Duration::from_secs(3600))
///     .submit(bill, (17,))?;
/// assert_eq!(job.id().as_str(), "order-17");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is submitted until `submit`"]
pub struct RemoteJob<'q> {
    queue: &'q Queue,
    envelope: Envelope,
    room: Room,
}

/// What is to be done while the queue is full.
#[derive(Debug, Clone, Copy)]
enum Room {
    Demanded,
    Awaited { until: Option<Instant> },
}

impl<'q> RemoteJob<'q> {
    pub(crate) fn new(queue: &'q Queue) -> Self {
        let envelope = Envelope::new(JobId::from(""), "", Vec::new());
        RemoteJob { queue, envelope, room: Room::Demanded }
    }

    /// What it is called. A second job with the same id is not run: its future is one of the first job. Without this it has
    /// an id of its own.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// drop(queue.job().id("order-17").submit(bill, (17,))?);
    /// assert!(queue.job().id("order-17").submit(bill, (17,))?.is_duplicate());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(mut self, id: impl Into<JobId>) -> Self {
        self.envelope.id = id.into();
        self
    }

    /// It does not start before this has passed.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    /// use std::time::Duration;
    ///
    /// function!(remind(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// drop(queue.job().delay(Duration::from_secs(24 * 60 * 60)).submit(remind, (17,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delay(mut self, delay: Duration) -> Self {
        self.envelope.delay = delay;
        self
    }

    /// An attempt that has not started after this time, from now, is not begun: the job then ends by
    /// [`RemoteError::Expired`](crate::RemoteError::Expired).
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, RemoteError, function};
    /// use std::time::Duration;
    ///
    /// function!(quote(share: String) -> f64);
    ///
    /// let queue = Remote::new(InProcess::new()).queue("quotes"); // and no worker
    /// let job = queue.job().expires(Duration::from_millis(1)).submit(quote, ("ACME".to_owned(),))?;
    /// assert_eq!(job.result(), Err(RemoteError::Expired));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expires(mut self, limit: Duration) -> Self {
        self.envelope.expires = Some(limit);
        self
    }

    /// How many failures, by an error or a panic, are followed by another attempt. Without this there is one attempt.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::{Registry, Remote, current_job, function};
    /// use std::time::Duration;
    ///
    /// function!(fetch(page: String) -> Result<u32, String>);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut registry = Registry::new();
    /// registry.register(fetch, |_page: String| match current_job() {
    ///     Some(job) if job.attempt == 3 => Ok(job.attempt),
    ///     _ => Err("try later".to_owned()),
    /// });
    /// let queue = Remote::in_process(&pool, &registry).queue("pages");
    /// let job = queue.job().retries(5).back_off(Duration::from_millis(1), Duration::from_secs(1));
    /// assert_eq!(job.submit(fetch, ("/".to_owned(),))?.result()?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retries(mut self, limit: u32) -> Self {
        self.envelope.retry.limit = limit;
        self
    }

    /// How long the pause before the first retry is, and how long one is at most. Each is twice as long as the one before.
    /// Without this: a second, and ten minutes. Each job's pauses are up to a quarter shorter, by its id, so that jobs
    /// that failed together do not come back together ([`Retry::pause_of`](crate::engine::Retry::pause_of)).
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    /// use std::time::Duration;
    ///
    /// function!(fetch(page: String));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("pages");
    /// let patient = queue.job().retries(8).back_off(Duration::from_secs(10), Duration::from_secs(3600));
    /// drop(patient.submit(fetch, ("/".to_owned(),))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn back_off(mut self, first: Duration, longest: Duration) -> Self {
        self.envelope.retry.first = first;
        self.envelope.retry.longest = longest;
        self
    }

    /// At how many deaths of its worker it may be there. With so many behind it, it is not run again, since it may be what
    /// kills them. Without this: two.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(decode(film: String));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("films");
    /// drop(queue.job().deaths(10).submit(decode, ("a.mkv".to_owned(),))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deaths(mut self, limit: u32) -> Self {
        self.envelope.retry.deaths = limit;
        self
    }

    /// Its result is kept for [`QueueOptions::keep_durable`](crate::engine::QueueOptions::keep_durable), for
    /// [`Queue::attach`] from anywhere.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(report(year: u32) -> String);
    ///
    /// let queue = Remote::new(InProcess::new()).queue("reports");
    /// drop(queue.job().id("report-2026").durable().submit(report, (2026,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn durable(mut self) -> Self {
        self.envelope.durable = true;
        self
    }

    /// Something that goes along, for [`current_job`](crate::current_job). Name and value are printable ASCII.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// drop(queue.job().header("traceparent", "00-4bf9-00f0-01").submit(bill, (17,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.envelope.headers.insert(name.into(), value.into());
        self
    }

    /// If the queue is full, `submit` waits until there is room.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// drop(queue.job().wait().submit(bill, (17,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(mut self) -> Self {
        self.room = Room::Awaited { until: None };
        self
    }

    /// As [`wait`](Self::wait), for at most `timeout` from now.
    ///
    /// ```
    /// use remote::engine::{InProcess, QueueOptions};
    /// use remote::{Refused, Remote, function};
    /// use std::time::Duration;
    ///
    /// function!(bill(order: u32));
    ///
    /// let options = QueueOptions { max_jobs: Some(0), ..QueueOptions::default() };
    /// let queue = Remote::new(InProcess::new()).queue_with("bills", options);
    /// let refused = queue.job().wait_timeout(Duration::from_millis(1)).submit(bill, (17,));
    /// assert!(refused.is_err_and(|error| matches!(error.reason(), Refused::Full)));
    /// ```
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.room = Room::Awaited { until: time::after(timeout) };
        self
    }

    /// Submits it; see [`Queue::submit`].
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// drop(queue.job().submit(bill, (17,))?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Queue::submit`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until the engine has answered; while there is no room too, if it
    /// is to wait.
    #[track_caller]
    pub fn submit<A, T, E>(
        self,
        function: Function<A, T, E>,
        arguments: A,
    ) -> Result<RemoteFuture<T, E>, SubmitError<A>>
    where
        A: Serialize,
        T: DeserializeOwned + Send + 'static,
        E: DeserializeOwned + Send + 'static,
    {
        match self.submit_written(function, &arguments) {
            Ok(future) => Ok(future),
            Err(reason) => Err(SubmitError::new(reason, arguments)),
        }
    }

    /// Writes it, and submits nothing: for an engine that takes envelopes itself, such as within a transaction of its
    /// database. [`Queue::attach`] then gives the future. What was said of waiting for room is left out.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).queue("bills");
    /// let envelope = queue.job().id("order-17").write(bill, (17,))?;
    /// assert_eq!((envelope.function.as_str(), &*envelope.payload), ("bill", &b"[17]"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Refused::Malformed`] if the arguments cannot be written.
    pub fn write<A: Serialize, T, E>(
        mut self,
        function: Function<A, T, E>,
        arguments: A,
    ) -> Result<Envelope, SubmitError<A>> {
        match self.fill_in(function, &arguments) {
            Ok(()) => Ok(self.envelope),
            Err(reason) => Err(SubmitError::new(reason, arguments)),
        }
    }

    fn fill_in<A: Serialize, T, E>(
        &mut self,
        function: Function<A, T, E>,
        arguments: &A,
    ) -> Result<(), Refused> {
        let encoding = function.encoded_as();
        let payload = encoding::write(encoding, arguments).map_err(Refused::Malformed)?;
        let envelope = &mut self.envelope;
        if envelope.id.as_str().is_empty() {
            envelope.id = JobId::unique();
        }
        envelope.function = function.name().into_owned();
        envelope.encoding = encoding;
        envelope.payload = payload;
        self.queue.headers().fill(&mut envelope.headers);
        Ok(())
    }

    fn submit_written<A, T, E>(
        mut self,
        function: Function<A, T, E>,
        arguments: &A,
    ) -> Result<RemoteFuture<T, E>, Refused>
    where
        A: Serialize,
        T: DeserializeOwned + Send + 'static,
        E: DeserializeOwned + Send + 'static,
    {
        self.fill_in(function, arguments)?;
        let client = self.queue.client()?;
        // Before the submission, so that no result is missed.
        let (id, encoding) = (self.envelope.id.clone(), self.envelope.encoding);
        let future = RemoteFuture::expect(&client, id, encoding)?;
        match self.send(&client) {
            Ok(Submitted::Accepted) => {
                client.submissions().submitted.add(1);
                Ok(future)
            }
            Ok(Submitted::Duplicate) => {
                client.submissions().duplicates.add(1);
                Ok(future.of_earlier_submission())
            }
            refused => {
                client.submissions().refused.add(1);
                Err(refused.map_or_else(Refused::Engine, |_| Refused::Full))
            }
        }
    }

    /// Until the engine has answered, and has room if that is to be waited for.
    fn send(&self, client: &Client) -> Result<Submitted, EngineError> {
        let (mut pauses, give_up) = (Pauses::new(), time::after(PATIENCE));
        let mut may_be_there = false;
        loop {
            match client.handle().submit(&self.envelope) {
                Ok(Submitted::Full) => {
                    let Room::Awaited { until } = self.room else { return Ok(Submitted::Full) };
                    if time::has_passed(until) {
                        return Ok(Submitted::Full);
                    }
                    pauses.pause(until)?;
                }
                // It is the one of an earlier round, whose answer was lost.
                Ok(Submitted::Duplicate) if may_be_there => return Ok(Submitted::Accepted),
                Err(error) if error.may_be_repeated() && !time::has_passed(give_up) => {
                    may_be_there = true;
                    client.submissions().repeated.add(1);
                    pauses.pause(give_up)?;
                }
                answer => return answer,
            }
        }
    }
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        Refused::Engine(error)
    }
}
