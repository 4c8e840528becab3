//! The live page, as a client sees it.

mod asking;
mod documents;
mod refusing;
mod stuck;
mod tables;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use inspect::executor::GreenThreadPoolExecutor;
use inspect::page::Page;
use inspect::{PageServer, serve};

/// What came back.
struct Answer {
    status: String,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn served(pool: &GreenThreadPoolExecutor) -> PageServer {
    serve("127.0.0.1:0", [pool.handle()]).unwrap()
}

fn get(address: SocketAddr, target: &str) -> Answer {
    ask(address, &format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
}

fn page(address: SocketAddr, target: &str) -> Page {
    let answer = get(address, target);
    assert_eq!(answer.status, "200 OK");
    serde_json::from_slice(&answer.body).unwrap()
}

/// Sends a request, and reads all that comes.
fn ask(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    // A server that has refused the first part need not read the rest.
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.lines().next().unwrap().strip_prefix("HTTP/1.1 ").unwrap().to_owned();
    Answer { status, head, body: answer[end + 4..].to_vec() }
}
