//! Connected sockets, for tests that need some.

use std::net::SocketAddr;

use greenctx::{JoinHandle, spawn};
use greenio::net::{TcpListener, TcpStream};

/// A listener at a free port of the loopback interface.
pub(crate) fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Two ends of a TCP connection. On loopback, connecting does not wait for the accept.
pub(crate) fn tcp() -> (TcpStream, TcpStream) {
    let (listener, address) = listen();
    let client = TcpStream::connect(address).unwrap();
    (client, listener.accept().unwrap().0)
}

/// Joins all, and panics if one has.
pub(crate) fn join_all<T>(threads: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

/// Starts `count` green threads.
pub(crate) fn spawn_many<T: 'static + Send>(
    count: usize,
    run: impl Fn(usize) -> T + Clone + Send + 'static,
) -> Vec<JoinHandle<T>> {
    (0..count)
        .map(|number| {
            let run = run.clone();
            spawn(move || run(number))
        })
        .collect()
}
