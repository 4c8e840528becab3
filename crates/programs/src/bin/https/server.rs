//! An https server that takes its time.

use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;
use std::time::Duration;

use executor::io::net::{AcceptBackoff, TcpListener, TcpStream};
use executor::{ExecutorHandle, sleep};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is served, and how.
#[derive(Clone)]
pub(crate) struct Server {
    /// Who the server is.
    pub(crate) tls: Arc<ServerConfig>,
    /// How long it takes for a page.
    pub(crate) delay: Duration,
}

impl Server {
    /// Accepts connections, a job each, until it is cancelled or cannot go on.
    pub(crate) fn accept(
        self,
        listener: &TcpListener,
        executor: &ExecutorHandle,
    ) -> io::Result<()> {
        let mut backoff = AcceptBackoff::new();
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    backoff.succeeded();
                    let server = self.clone();
                    // What goes wrong on the way, the client hears of.
                    let _ = executor.try_submit(move || server.answer(stream));
                }
                Err(error) => backoff.failed(error)?,
            }
        }
    }

    /// Answers the one request of a connection: by the path that was asked for.
    fn answer(&self, stream: TcpStream) -> io::Result<()> {
        let session = ServerConnection::new(self.tls.clone()).map_err(io::Error::other)?;
        let mut connection = BufReader::new(StreamOwned::new(session, stream));
        let mut request = String::new();
        connection.read_line(&mut request)?;
        let mut line = request.clone();
        while !matches!(line.as_str(), "\r\n" | "") {
            line.clear();
            connection.read_line(&mut line)?;
        }
        sleep(self.delay)?;

        let body = request.split(' ').nth(1).unwrap_or_default();
        let mut stream = connection.into_inner();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )?;
        stream.conn.send_close_notify();
        stream.flush()
    }
}
