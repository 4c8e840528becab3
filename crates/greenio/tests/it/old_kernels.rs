//! Kernels that are old, and containers that answer a call they do not know with an error: `epoll_pwait2` is
//! refused by a filter of system calls, in a child process.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use greenctx::{sleep, spawn, with_timeout};
use greenio::net::{TcpListener, TcpStream, UnixStream};
use greenstd::time;

use crate::{on_another_carrier, on_carrier, on_plain_thread};
use testkit::{child, refuse_system_call};

/// What waits for descriptors, or for the time beside them.
fn use_sockets() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    // A fraction of a millisecond: what is waited for is not over before its time.
    let limit = Duration::from_micros(2_300);
    let before = time::now();
    one.set_read_timeout(Some(limit)).unwrap();
    assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(time::since(before) >= limit);
    assert_eq!(with_timeout(limit, || one.read(&mut [0])).unwrap_err().kind(), ErrorKind::TimedOut);
    sleep(limit).unwrap();
    one.set_read_timeout(Some(Duration::from_secs(1 << 40))).unwrap();
    let writing = on_another_carrier(move || {
        sleep(limit).unwrap();
        other.write_all(b"late").unwrap();
    });
    let mut bytes = [0; 4];
    one.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"late");
    writing.join().unwrap();
}

fn serve_many() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // More at once than are taken from the kernel at a time.
    const CLIENTS: usize = 400;
    spawn(move || {
        for stream in listener.incoming().take(CLIENTS) {
            let mut stream = stream.unwrap();
            spawn(move || {
                let mut bytes = [0; 5];
                stream.read_exact(&mut bytes).unwrap();
                stream.write_all(&bytes).unwrap();
            });
        }
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(b"hello").unwrap();
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes, b"hello");
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
}

fn with_answer(test: &str, errno: i32) {
    if child::case().is_none() {
        return child::succeeds(test, "filtered");
    }
    on_carrier(move || {
        // One reactor that knew better, and others that never did.
        use_sockets();
        refuse_system_call(libc::SYS_epoll_pwait2, errno);
        use_sockets();
        serve_many();
        on_another_carrier(use_sockets).join().unwrap();
        let plain = greenio::unblock(|| on_plain_thread(use_sockets));
        plain.unwrap();
    });
}

#[test]
fn where_exact_waits_are_forbidden_sockets_wait_for_milliseconds() {
    with_answer(
        "old_kernels::where_exact_waits_are_forbidden_sockets_wait_for_milliseconds",
        libc::EPERM,
    );
}

#[test]
fn where_exact_waits_are_unknown_sockets_wait_for_milliseconds() {
    with_answer(
        "old_kernels::where_exact_waits_are_unknown_sockets_wait_for_milliseconds",
        libc::ENOSYS,
    );
}
