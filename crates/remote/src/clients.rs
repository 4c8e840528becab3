//! The open queues of one `Remote`.
//!
//! To open a queue takes several questions to the engine. When a program begins, all that submit want the same queue at
//! once. One of them opens it, and the others wait for that: a thousand openings would be in the way of the first jobs.
//!
//! An opening that has failed is everybody's who waited for it, so that nobody waits for one failure after the other.
//! Whoever comes later tries again. If the one that opens is interrupted, that is its own matter: another one opens.

use std::collections::HashMap;

use executor::sync::OnceCell;
use greenstd::sync::{Arc, Mutex, Weak};

use crate::client::Client;
use crate::engine::EngineError;

/// How a queue was opened. The futures and handles of its submitters keep the client, and nobody else does.
type Opening = OnceCell<Result<Weak<Client>, EngineError>>;

/// The queues by name.
#[derive(Default)]
pub(crate) struct Clients {
    openings: Mutex<HashMap<String, Arc<Opening>>>,
}

impl Clients {
    /// The client of the queue, opened if nobody holds it.
    pub(crate) fn get_or_open(
        &self,
        queue: &str,
        open: impl Fn() -> Result<Arc<Client>, EngineError>,
    ) -> Result<Arc<Client>, EngineError> {
        loop {
            let opening = self.opening(queue);
            let mut own = None;
            // Not under the lock: this waits.
            let opened = opening.get_or_try_init(|| match open() {
                Err(EngineError::Interrupted(interrupted)) => Err(interrupted),
                opened => Ok(opened.map(|client| Arc::downgrade(own.insert(client)))),
            })?;
            match opened {
                Ok(client) => match client.upgrade() {
                    Some(client) => return Ok(client),
                    None => self.forget(queue, &opening),
                },
                Err(error) => {
                    self.forget(queue, &opening);
                    return Err(error.clone());
                }
            }
        }
    }

    fn opening(&self, queue: &str) -> Arc<Opening> {
        let mut openings = self.openings.lock();
        if let Some(opening) = openings.get(queue) {
            return opening.clone();
        }
        openings.entry(queue.to_owned()).or_default().clone()
    }

    /// The next one opens it anew.
    fn forget(&self, queue: &str, opening: &Arc<Opening>) {
        let mut openings = self.openings.lock();
        if openings.get(queue).is_some_and(|newest| Arc::ptr_eq(newest, opening)) {
            openings.remove(queue);
        }
    }
}
