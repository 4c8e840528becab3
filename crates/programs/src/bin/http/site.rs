//! What the server offers, and where.

use std::borrow::Cow;
use std::time::Duration;

use executor::ExecutorHandle;
use greenstd::sync::Arc;

use crate::content::{Body, Content};
use crate::exchange::Exchange;
use crate::files::Files;
use crate::status::Status;
use programs::server::Service;

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

    fn refusal(&self, retry_after: Option<Duration>) -> Cow<'static, [u8]> {
        refusal(retry_after).into_bytes().into()
    }
}

/// To be sent as it is: nobody who is refused gets to say anything.
fn refusal(retry_after: Option<Duration>) -> String {
    let text = Status::ServiceUnavailable.text();
    format!(
        "HTTP/1.1 {text}\r\nRetry-After: {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{text}",
        whole_seconds(retry_after),
        text.len(),
    )
}

/// The unit of `Retry-After`, rounded up. One, if nothing is known.
fn whole_seconds(time: Option<Duration>) -> u64 {
    let Some(time) = time else { return 1 };
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{refusal, whole_seconds};

    #[test]
    fn a_refusal_says_in_whole_seconds_when_to_come_back() {
        let seconds = |time_ms| whole_seconds(Some(Duration::from_millis(time_ms)));
        assert_eq!([1, 1000, 1001, 59_001].map(seconds), [1, 1, 2, 60]);
        assert_eq!(whole_seconds(None), 1);
        let refusal = refusal(Some(Duration::from_millis(2500)));
        assert!(refusal.contains("\r\nRetry-After: 3\r\n"), "{refusal}");
        assert!(refusal.contains("\r\nContent-Length: 23\r\n"), "{refusal}");
    }
}
