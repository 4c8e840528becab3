//! A server of HTTP/1.1 that keeps its connections, on plain threads.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

pub(crate) struct HttpServer {
    url: String,
    counts: Arc<Counts>,
}

struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
    /// The first request of each connection is answered when all connections are there.
    all_are_there: Barrier,
}

const ANSWER: &str = "it is there, and as long as it says";

impl HttpServer {
    /// A server that answers nobody before there are so many connections.
    pub(crate) fn start(connections: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        // By name: it has to be resolved.
        let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let counts = Arc::new(Counts {
            connections: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            all_are_there: Barrier::new(connections),
        });
        thread::spawn({
            let counts = counts.clone();
            move || {
                for stream in listener.incoming() {
                    let counts = counts.clone();
                    thread::spawn(move || counts.serve(&stream.unwrap()));
                }
            }
        });
        HttpServer { url, counts }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn answer_bytes(&self) -> usize {
        ANSWER.len()
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

impl Counts {
    /// Until the client goes.
    fn serve(&self, mut stream: &TcpStream) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        let mut is_first = true;
        let mut lines = BufReader::new(stream).lines();
        loop {
            // A request without a body ends with an empty line.
            let mut has_begun = false;
            loop {
                match lines.next() {
                    Some(Ok(line)) if !line.is_empty() => has_begun = true,
                    Some(Ok(_)) => break,
                    None | Some(Err(_)) => return assert!(!has_begun, "half a request"),
                }
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            if std::mem::take(&mut is_first) {
                self.all_are_there.wait();
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER.len());
            stream.write_all(format!("{head}{ANSWER}").as_bytes()).unwrap();
        }
    }
}
