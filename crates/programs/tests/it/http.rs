//! The HTTP server, with clients that take their time.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use greenstd::thread;

use crate::running::Server;

/// More than the buffers of a connection take.
const FILE_BYTES: usize = 16 << 20;

#[test]
fn who_takes_an_answer_byte_by_byte_is_cut_off_at_the_end_of_the_exchange() {
    let directory = std::env::temp_dir().join(format!("programs-http-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("large"), vec![b'x'; FILE_BYTES]).unwrap();
    let directory_name = directory.to_str().unwrap();
    let server =
        Server::start(env!("CARGO_BIN_EXE_http"), &["--exchange-timeout", "1", directory_name]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();

    // Slow, and yet never so slow that a single write of the server takes long.
    let (mut received, mut buffer) = (0, vec![0; 4096]);
    let end = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break None,
            Ok(count) => received += count,
            Err(error) => break Some(error.kind()),
        }
        // The server is not waited for: it decides when this ends.
        thread::sleep(Duration::from_millis(1));
    };

    assert!(received < FILE_BYTES, "all of it came");
    assert!(matches!(end, None | Some(ErrorKind::ConnectionReset)), "{end:?}");
    fs::remove_dir_all(directory).unwrap();
}
