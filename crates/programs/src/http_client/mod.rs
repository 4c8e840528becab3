//! An HTTP client in blocking style, over plain TCP or TLS: one request, one connection.
//!
//! Shared by the programs `crawl` and `https`. It knows nothing of executors: on a green thread its
//! waits park, and a deadline around a call limits the whole of it.

mod body;
mod connection;
mod error;
mod head;
pub mod roots;

use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

use rustls::ClientConfig;
use url::{Position, Url};

use connection::Connection;
pub use error::ClientError;
pub use head::Head;

/// More of them before the answer proper are not waited for; servers send one or two.
const MAX_INTERIM_ANSWERS: usize = 8;

/// What a request was answered by.
#[derive(Debug)]
pub struct Answer {
    /// The status and the header fields.
    pub head: Head,
    /// The body, as far as it was wanted.
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub is_cut: bool,
}

/// Makes requests.
#[derive(Debug)]
pub struct Client {
    tls: Arc<ClientConfig>,
    agent: String,
}

impl Client {
    /// A client that calls itself `agent` and trusts whom `tls` does.
    pub fn new(agent: &str, tls: ClientConfig) -> Self {
        Client { tls: Arc::new(tls), agent: agent.to_owned() }
    }

    /// Asks for `url`. The head decides how many bytes of the body are wanted; with 0 the body is
    /// left alone. Redirects are not followed.
    ///
    /// # Errors
    /// If there is no such server, or it does not speak HTTP.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn get(
        &self,
        url: &Url,
        wanted_bytes: impl FnOnce(&Head) -> u64,
    ) -> Result<Answer, ClientError> {
        let mut connection = BufReader::new(Connection::open(url, &self.tls)?);
        let request = self.request(url);
        connection.get_mut().write_all(request.as_bytes()).map_err(ClientError::Broken)?;
        connection.get_mut().flush().map_err(ClientError::Broken)?;
        let head = read_final_head(&mut connection)?;
        let wanted_bytes = if head.has_body() { wanted_bytes(&head) } else { 0 };
        let (body, is_cut) = body::read(&mut connection, &head, wanted_bytes)?;
        Ok(Answer { head, body, is_cut })
    }

    fn request(&self, url: &Url) -> String {
        let path = &url[Position::BeforePath..Position::AfterQuery];
        let host = &url[Position::BeforeHost..Position::AfterPort];
        format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {}\r\nAccept: */*\r\n\
             Connection: close\r\n\r\n",
            self.agent
        )
    }
}

/// Reads over what may go before the answer proper, such as `100 Continue`.
fn read_final_head(connection: &mut impl BufRead) -> Result<Head, ClientError> {
    for _ in 0..=MAX_INTERIM_ANSWERS {
        let head = Head::read(connection)?;
        if !(100..200).contains(&head.status) {
            return Ok(head);
        }
    }
    Err(ClientError::Malformed("endless interim answers"))
}
