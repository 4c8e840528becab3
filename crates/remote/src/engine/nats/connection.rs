//! The connection to the server, and the OS thread that serves it.
//!
//! A runtime of one thread reads and writes the socket, and runs all calls. Whoever has made one parks until it is
//! done.
//!
//! Calls come through one queue, which the thread empties at a time. So it is woken, by a call of the kernel, only for
//! one that finds it idle. What comes while it works is seen when it next looks.

use std::future::{Future, pending};
use std::time::Duration;

use async_nats::jetstream::{self, stream::Stream};
use async_nats::{Client, ConnectOptions, Event, HeaderMap, Message, Request, RequestErrorKind};
use bytes::Bytes;
use executor::io::block_on;
use futures_util::future::{AbortHandle as Abort, Abortable, BoxFuture};
use greenstd::sync::Arc;
use greenstd::thread::Builder;
use serde::Deserialize;
use tokio::runtime::{self, Handle};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::credentials;
use crate::engine::EngineError;

/// How long a call waits for its answer, and so for a connection.
const ANSWER: Duration = Duration::from_secs(5);

/// How often the server is asked whether it is there. After two questions without an answer, the connection is lost.
const PING: Duration = Duration::from_secs(3);

/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(2);

const WRONG_LAST_SEQUENCE: u16 = 10071;
const STORE_FAILED: u16 = 10077;

/// What the server says to a message that is to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// It has this number.
    At(u64),
    /// There was one of the same name.
    Duplicate,
    /// Somebody else was faster.
    Conflict,
    /// There is no room.
    Full,
}

/// How often the connection was made, and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Links {
    pub(super) made: u64,
    pub(super) lost: u64,
}

/// How many calls are taken out of their queue at once.
const CALLS: usize = 256;

/// A call, for the thread to run. Its answer is the call's own matter.
type Call = BoxFuture<'static, ()>;

/// What calls go through. What the thread runs may hold it, too.
#[derive(Debug)]
pub(super) struct Connection {
    client: Client,
    jetstream: jetstream::Context,
    runtime: Handle,
    calls: mpsc::UnboundedSender<Call>,
    links: watch::Receiver<Links>,
}

/// The thread that serves a connection. It ends with the last of those that hold it.
#[derive(Debug)]
pub(super) struct Served {
    connection: Arc<Connection>,
    /// Asks the thread to end; it answers when it has said what was to be said.
    end: Option<oneshot::Sender<oneshot::Sender<()>>>,
}

impl Served {
    /// Connects, or says why not.
    pub(super) fn open(url: &str, options: ConnectOptions) -> Result<Self, EngineError> {
        let (links_sender, links) = watch::channel(Links::default());
        let urls: Vec<String> = url.split(',').map(|url| url.trim().to_owned()).collect();
        let options = credentials::of_urls(&urls, options)
            .ping_interval(PING)
            .connection_timeout(ANSWER)
            .max_reconnects(None)
            .reconnect_delay_callback(pause)
            .event_callback(move |event| {
                links_sender.send_modify(|links| match event {
                    Event::Connected => links.made += 1,
                    Event::Disconnected => links.lost += 1,
                    _ => {}
                });
                std::future::ready(())
            });
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(EngineError::unreachable)?;
        let handle = runtime.handle().clone();
        let (connected, connecting) = oneshot::channel();
        let (calls, waiting_calls) = mpsc::unbounded_channel();
        let (end, asked_to_end) = oneshot::channel();
        let serve = async move {
            let client = match options.connect(urls).await {
                Ok(client) => client,
                Err(error) => return drop(connected.send(Err(EngineError::unreachable(error)))),
            };
            // It starts a task of its own, and so has to be made here.
            let _ = connected.send(Ok((client.clone(), jetstream::new(client.clone()))));
            tokio::spawn(run_calls(waiting_calls));
            let answer = asked_to_end.await;
            let _ = timeout(FAREWELL, client.flush()).await;
            drop(answer);
        };
        let thread = Builder::new().name("remote-nats".to_owned());
        let thread = thread.spawn(move || runtime.block_on(serve));
        thread.map_err(EngineError::unreachable)?;
        let connected = block_on(connecting)?.map_err(EngineError::unreachable)?;
        let (client, jetstream) = connected?;
        let connection = Arc::new(Connection { client, jetstream, runtime: handle, calls, links });
        Ok(Served { connection, end: Some(end) })
    }

    /// What calls go through.
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Connection {
    /// The client.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The calls of JetStream.
    pub(super) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// A view of the connection's ups and downs, which takes the present ones as seen.
    pub(super) fn links(&self) -> watch::Receiver<Links> {
        self.links.clone()
    }

    /// Waits for a future. The connection's thread polls it: a green thread may have too little stack for that. For the
    /// same reason it is moved to the heap before anything else.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        self.wait_for(Box::pin(future))
    }

    fn wait_for<T: Send + 'static>(
        &self,
        future: BoxFuture<'static, Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let (answer, answered) = oneshot::channel();
        let (abort, aborts) = Abort::new_pair();
        let future = Abortable::new(future, aborts);
        let call = async move {
            if let Ok(output) = future.await {
                // If nobody waits any more, nobody has to know.
                let _ = answer.send(output);
            }
        };
        // An error drops the call and with it the answer's end.
        let _ = self.calls.send(Box::pin(call));
        // If the wait is interrupted, so is the call.
        let mut guard = Aborts(Some(abort));
        let answer = block_on(answered)?;
        guard.0 = None;
        answer.map_err(EngineError::unreachable)?
    }

    /// Leaves a future to the connection's thread.
    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.runtime.spawn(future).abort_handle()
    }

    /// The answer to a call, unless the connection is lost before, or nothing comes.
    pub(super) async fn answer<T>(
        &self,
        call: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let mut links = self.links();
        tokio::select! {
            biased;
            answer = call => answer,
            () = lost(&mut links) => Err(EngineError::unreachable("the connection was lost")),
            () = sleep(ANSWER) => Err(EngineError::unreachable("there is no answer")),
        }
    }

    /// Sends a request, and waits for the answer.
    pub(super) async fn request(
        &self,
        subject: String,
        headers: Option<HeaderMap>,
        body: Bytes,
    ) -> Result<Message, EngineError> {
        let mut request = Request::new().payload(body).timeout(None);
        if let Some(headers) = headers {
            request = request.headers(headers);
        }
        let sent = async {
            self.client.send_request(subject, request).await.map_err(|error| match error.kind() {
                RequestErrorKind::MaxPayloadExceeded | RequestErrorKind::InvalidSubject => {
                    EngineError::Refused(error.to_string())
                }
                _ => EngineError::unreachable(error),
            })
        };
        self.answer(sent).await
    }

    /// Has the server store a message.
    pub(super) async fn store(
        &self,
        subject: String,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Stored, EngineError> {
        let answer = self.request(subject, Some(headers), body).await?;
        let answer: StoreAnswer =
            serde_json::from_slice(&answer.payload).map_err(EngineError::unreachable)?;
        match answer.error {
            None if answer.duplicate => Ok(Stored::Duplicate),
            None => Ok(Stored::At(answer.seq)),
            Some(error) if error.err_code == WRONG_LAST_SEQUENCE => Ok(Stored::Conflict),
            Some(error) if error.err_code == STORE_FAILED && error.says_full() => Ok(Stored::Full),
            Some(error) if error.code >= 500 => Err(EngineError::unreachable(error.description)),
            Some(error) => Err(EngineError::Refused(error.description)),
        }
    }

    /// Sends a message to whoever listens, and waits for nothing.
    pub(super) async fn tell(&self, subject: String, headers: Option<HeaderMap>, body: Bytes) {
        // It fails if the subject is malformed, or the connection has been closed. Nobody would listen then.
        let _ = match headers {
            Some(headers) => self.client.publish_with_headers(subject, headers, body).await,
            None => self.client.publish(subject, body).await,
        };
    }

    /// A stream by name, unseen.
    pub(super) async fn stream(&self, name: &str) -> Result<Stream<()>, EngineError> {
        let stream = self.jetstream.get_stream_no_info(name).await;
        stream.map_err(|error| EngineError::Refused(error.to_string()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let Some(end) = self.end.take() else { return };
        let (answer, answered) = oneshot::channel();
        // An error says that the thread has ended, or that this green thread may not wait.
        if end.send(answer).is_ok() {
            let _ = block_on(answered);
        }
    }
}

/// Until the connection is lost, seen from now.
pub(super) async fn lost(links: &mut watch::Receiver<Links>) {
    let before = links.borrow_and_update().lost;
    while links.changed().await.is_ok() {
        if links.borrow_and_update().lost != before {
            return;
        }
    }
    pending::<()>().await;
}

/// How long to wait before the next try to connect.
fn pause(tries: usize) -> Duration {
    Duration::from_millis(50 * u64::try_from(tries.clamp(1, 20)).unwrap_or(20))
}

#[derive(Deserialize)]
struct StoreAnswer {
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    duplicate: bool,
    error: Option<ServerError>,
}

#[derive(Deserialize)]
struct ServerError {
    code: u16,
    #[serde(default)]
    err_code: u16,
    #[serde(default)]
    description: String,
}

impl ServerError {
    fn says_full(&self) -> bool {
        self.description.contains("maximum")
    }
}

/// Starts each call as a task of its own, as soon as the thread has time for it.
async fn run_calls(mut waiting: mpsc::UnboundedReceiver<Call>) {
    let mut calls = Vec::with_capacity(CALLS);
    while waiting.recv_many(&mut calls, CALLS).await > 0 {
        for call in calls.drain(..) {
            tokio::spawn(call);
        }
    }
}

/// Ends a call, if it has not ended, when the wait for it ends.
struct Aborts(Option<Abort>);

impl Drop for Aborts {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call.abort();
        }
    }
}
