//! The submitter's side of one queue: who waits for which result.
//!
//! # Protocol: how a result comes to its future
//!
//! A future is a delayed job of an executor without threads, which never becomes due. Its closure takes the result from a
//! slot. The one that brings the result fills the slot and has the job start: it then ends at once, on that thread. So all
//! that futures of the executor can do, such as wait sets, callbacks and `.await`, works here too.
//!
//! 1. *expect*: before the submission, the future's *promise* is entered under the job's id. If it is the first for that
//!    id, the engine's handle begins to watch it.
//! 2. *bring*: the receiver, an OS thread, takes results from the handle. It takes all promises of that id out, and keeps
//!    them one by one, without the lock.
//! 3. *forget*: the future is dropped, or the submission has failed. Its promise is taken out. If it was the last for that
//!    id, the handle watches it no longer.
//!
//! Promises are entered and taken out under one lock, and under it the handle is told. So while there is a promise, the
//! handle watches, or has given the result out already to a receiver that will find the promise. A promise that is entered
//! after the receiver has taken out the others is the first again, and the result is given out once more.
//!
//! The receiver ends when the handle says that it is closed: at the drop of the client, which all futures hold.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use executor::{SynchronousExecutor, TaskHandle};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use crate::embedded::Embedded;
use crate::engine::{EngineError, EngineQueue, JobId, Outcome};
use crate::statistics::Submissions;

/// How many results the receiver takes at once.
const BATCH: usize = 256;
/// How long it waits for one before it asks anew.
const WAIT: Duration = Duration::from_secs(30);
/// How long it waits before it asks anew after a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// One open queue, and what is expected of it.
pub(crate) struct Client {
    handle: Arc<dyn EngineQueue>,
    expected: Arc<Expected>,
    /// Whose delayed jobs the futures are.
    host: SynchronousExecutor,
    /// The workers go on while somebody waits for them.
    _embedded: Option<Arc<Embedded>>,
}

/// The promises, by the ids of the jobs.
#[derive(Default)]
struct Expected {
    promises: Mutex<HashMap<JobId, Vec<Promise>>>,
    submissions: Submissions,
}

/// What is to be done with a result.
pub(crate) struct Promise {
    task: TaskHandle,
    fill: Box<dyn FnOnce(&Outcome) + Send>,
}

impl Client {
    /// Opens the queue's other half: the receiver.
    pub(crate) fn new(
        handle: Arc<dyn EngineQueue>,
        embedded: Option<Arc<Embedded>>,
    ) -> std::io::Result<Self> {
        let expected = Arc::<Expected>::default();
        let (theirs, table) = (handle.clone(), expected.clone());
        thread::Builder::new()
            .name(format!("{}-results", handle.name()))
            .spawn(move || receive(&*theirs, &table))?;
        let host = SynchronousExecutor::named(format!("remote-{}", handle.name()));
        Ok(Client { handle, expected, host, _embedded: embedded })
    }

    pub(crate) fn handle(&self) -> &Arc<dyn EngineQueue> {
        &self.handle
    }

    pub(crate) fn host(&self) -> &SynchronousExecutor {
        &self.host
    }

    pub(crate) fn submissions(&self) -> &Submissions {
        &self.expected.submissions
    }

    /// *expect*
    pub(crate) fn expect(&self, id: &JobId, promise: Promise) {
        let mut promises = self.expected.promises.lock();
        let of_this = promises.entry(id.clone()).or_default();
        of_this.push(promise);
        if of_this.len() == 1 {
            self.handle.watch(id);
        }
    }

    /// *forget*, unless the result was faster.
    pub(crate) fn forget(&self, id: &JobId, task: &TaskHandle) {
        let mut promises = self.expected.promises.lock();
        let Some(of_this) = promises.get_mut(id) else { return };
        let Some(place) = of_this.iter().position(|promise| promise.task == *task) else { return };
        let promise = of_this.swap_remove(place);
        if of_this.is_empty() {
            promises.remove(id);
            self.handle.unwatch(id);
        }
        drop(promises);
        // What it has captured is the user's.
        drop(promise);
    }
}

impl Promise {
    pub(crate) fn new(task: TaskHandle, fill: impl FnOnce(&Outcome) + Send + 'static) -> Self {
        Promise { task, fill: Box::new(fill) }
    }

    fn keep(self, outcome: &Outcome) {
        (self.fill)(outcome);
        // Here the callbacks run.
        self.task.start_now();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.handle.stop_waiting();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected.promises.lock().len();
        f.debug_struct("Client")
            .field("queue", &self.handle.name())
            .field("expected", &expected)
            .finish()
    }
}

/// The receiver's thread.
fn receive(handle: &dyn EngineQueue, expected: &Expected) {
    loop {
        match handle.results(BATCH, WAIT) {
            Ok(results) => {
                for (id, outcome) in results {
                    bring(expected, &id, &outcome);
                }
            }
            Err(EngineError::Closed | EngineError::Interrupted(_)) => return,
            // It is there again later, and the results with it.
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// *bring*
fn bring(expected: &Expected, id: &JobId, outcome: &Outcome) {
    let promises = expected.promises.lock().remove(id);
    for promise in promises.into_iter().flatten() {
        expected.submissions.note_end(outcome);
        promise.keep(outcome);
    }
}
