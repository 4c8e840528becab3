//! A small web server for a directory, as green as its client.
//!
//! It has an executor of its own: a server whose jobs wait for workers that all wait for the server
//! would wait for ever.

mod anchors;
mod files;
mod listing;
mod markdown;
mod media;
mod request;

use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use executor::io::net::{AcceptBackoff, TcpListener, TcpStream};
use executor::io::unblock;
use executor::{ExecutorHandle, GreenThreadPoolExecutor, Shutdown, TaskHandle, with_timeout};
use url::Url;

use crate::error::Error;
use files::Answer;

/// How long a connection is given, from its first byte to its last.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A directory that is being served. Dropping it ends that.
pub(crate) struct Site {
    address: Url,
    executor: GreenThreadPoolExecutor,
    accepting: TaskHandle,
}

impl Site {
    /// Serves `directory` to this machine, up to `max_connections` at once.
    pub(crate) fn serve(directory: &Path, max_connections: usize) -> Result<Self, Error> {
        let root = root(directory)?;
        let executor = GreenThreadPoolExecutor::builder()
            .name("site")
            .carriers(1)
            .max_workers(max_connections.saturating_add(1)) // and one that accepts
            .build()
            .map_err(Error::Build)?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::Serve)?;
        let port = listener.local_addr().map_err(Error::Serve)?.port();
        let address = Url::parse(&format!("http://127.0.0.1:{port}/"))
            .expect("a loopback address with a port is a URL");
        let handle = executor.handle();
        let accepting = executor.submit(move || accept(&listener, &handle, &root));
        let accepting = accepting.expect("a new executor takes a job").handle();
        Ok(Site { address, executor, accepting })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &Url {
        &self.address
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.accepting.cancel();
        self.executor.shutdown(Shutdown::wait()).expect("this thread is none of the site's");
    }
}

fn root(directory: &Path) -> Result<Arc<Path>, Error> {
    let cannot = |error| Error::Directory(directory.to_owned(), error);
    if !directory.metadata().map_err(cannot)?.is_dir() {
        return Err(Error::NotADirectory(directory.to_owned()));
    }
    directory.canonicalize().map(PathBuf::into).map_err(cannot)
}

/// Accepts connections, a job each, until it is cancelled or cannot go on.
fn accept(listener: &TcpListener, executor: &ExecutorHandle, root: &Arc<Path>) -> io::Result<()> {
    let mut backoff = AcceptBackoff::new();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                backoff.succeeded();
                let root = root.clone();
                // Whoever goes away half way, or is not let in any more, is told by the closed
                // connection.
                let _ = executor.submit(move || with_timeout(TIMEOUT, || answer(&stream, &root)));
            }
            Err(error) => backoff.failed(error)?,
        }
    }
}

/// Answers the one request of a connection.
fn answer(stream: &TcpStream, root: &Arc<Path>) -> io::Result<()> {
    let mut connection = BufReader::new(stream);
    let answer = match request::read(&mut connection)? {
        Some(request) => {
            let root = root.clone();
            // Files block whoever reads them: here, threads that are kept for that.
            let found =
                unblock(move || files::find(&root, &request.path)).map_err(io::Error::from)?;
            found.without_body_if(request.is_head)
        }
        None => Answer::text(400, "Bad Request"),
    };
    let mut stream = stream;
    stream.write_all(&answer.to_bytes())
}
