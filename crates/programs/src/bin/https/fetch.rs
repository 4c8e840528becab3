//! The job: one page.

use std::sync::Arc;
use std::time::Duration;

use executor::with_timeout;
use rustls::ClientConfig;
use url::Url;

use programs::http_client::Client;

/// Why a page was not fetched.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A longer page is cut.
const MAX_BYTES: u64 = 64 << 20;

/// Fetches pages.
#[derive(Clone)]
pub(crate) struct Fetcher {
    client: Arc<Client>,
    timeout: Duration,
}

impl Fetcher {
    /// A fetcher that trusts whom `tls` does, and gives each page so much time.
    pub(crate) fn new(tls: ClientConfig, timeout: Duration) -> Self {
        Fetcher { client: Arc::new(Client::new("greenpool-https", tls)), timeout }
    }

    /// The body of the page at `url`.
    ///
    /// # Blocking
    /// Parks the green thread.
    pub(crate) fn fetch(&self, url: &Url) -> Result<Vec<u8>, Failure> {
        let answer = with_timeout(self.timeout, || self.client.get(url, |_| MAX_BYTES));
        let answer = answer.map_err(|error| {
            let timeout = self.timeout.as_secs();
            let late = || format!("no answer within {timeout} s");
            let reason = if error.is_timed_out() { late() } else { error.to_string() };
            format!("{url}: {reason}")
        })?;
        let head = answer.head;
        match head.status {
            200..=299 if answer.is_cut => {
                Err(format!("{url}: longer than {MAX_BYTES} bytes").into())
            }
            200..=299 => Ok(answer.body),
            status => {
                let to = head.field("location").map(|to| format!(", see {to}")).unwrap_or_default();
                Err(format!("{url}: {status} {}{to}", head.reason).into())
            }
        }
    }
}
