//! What the server offers: the store, and the commands for it.

use std::borrow::Cow;
use std::time::Duration;

use executor::{ExecutorHandle, sleep};
use greenstd::sync::Arc;

use crate::session::Session;
use crate::store::Store;
use programs::server::Service;

/// How often what has expired is looked for.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);

/// The keys, and what is told of the server.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) pool: ExecutorHandle,
}

impl Database {
    /// An empty one, on this executor.
    pub(crate) fn new(pool: ExecutorHandle) -> Self {
        Database { store: Store::new(), pool }
    }
}

impl Service for Database {
    type Protocol = Session;

    fn begin(self: &Arc<Self>) -> Session {
        Session::new(self.clone())
    }

    fn refusal(&self, _: Option<Duration>) -> Cow<'static, [u8]> {
        Cow::Borrowed(b"-ERR max number of clients reached\r\n")
    }

    /// Sweeps, so that what nobody looks at again goes too.
    fn tend(&self) {
        while sleep(SWEEP_INTERVAL).is_ok() && self.store.sweep().is_ok() {}
    }
}
