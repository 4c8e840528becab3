//! What the server offers, and where.

use executor::ExecutorHandle;
use greenstd::sync::Arc;

use crate::content::{Body, Content};
use crate::exchange::Exchange;
use crate::files::Files;
use crate::status::Status;
use programs::server::Service;

/// To be sent as it is: nobody who is refused gets to say anything.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\
    Content-Type: text/plain\r\nContent-Length: 23\r\nConnection: close\r\n\r\n\
    503 Service Unavailable";

/// Everything that can be asked for.
#[derive(Debug)]
pub(crate) struct Site {
    files: Files,
    pool: ExecutorHandle,
}

impl Site {
    /// These files, and the statistics of this executor.
    pub(crate) fn new(files: Files, pool: ExecutorHandle) -> Self {
        Site { files, pool }
    }

    /// What there is under a path.
    pub(crate) fn find(&self, path: &str) -> Content {
        match path {
            "/plaintext" => Content::found("text/plain", Body::Static(b"Hello, World!")),
            "/stats" => self.statistics(),
            path => self.files.find(path),
        }
    }

    fn statistics(&self) -> Content {
        match serde_json::to_vec(&self.pool.statistics()) {
            Ok(json) => Content::found("application/json", Body::Bytes(json)),
            Err(_) => Content::status(Status::InternalServerError),
        }
    }
}

impl Service for Site {
    type Protocol = Exchange;

    fn begin(self: &Arc<Self>) -> Exchange {
        Exchange::new(self.clone())
    }

    fn refusal(&self) -> &'static [u8] {
        REFUSAL
    }
}
