//! Bytes go through a connection and come back, whatever kinds of threads hold its ends.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};

use greenctx::{JoinHandle, spawn};
use greenio::net::{TcpListener, TcpStream};

use crate::{on_another_carrier, on_carrier, on_plain_thread};

const MESSAGES: u32 = 200;
const CLIENTS: usize = 20;

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Echoes what comes until the peer has ended its direction.
fn echo(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    loop {
        match stream.read(&mut bytes).unwrap() {
            0 => return,
            count => stream.write_all(&bytes[..count]).unwrap(),
        }
    }
}

fn converse(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    for number in 0..MESSAGES {
        stream.write_all(&number.to_be_bytes()).unwrap();
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(u32::from_be_bytes(answer), number);
    }
    stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}

/// On green threads: accepts a connection for each client, and echoes on a green thread each.
fn serve(listener: &TcpListener, clients: usize) {
    let servers: Vec<JoinHandle<()>> = (0..clients)
        .map(|_| {
            let (stream, _) = listener.accept().unwrap();
            spawn(move || echo(stream))
        })
        .collect();
    servers.into_iter().for_each(|server| server.join().unwrap());
}

#[test]
fn bytes_come_back_on_one_carrier() {
    on_carrier(|| {
        let (listener, address) = listen();
        let server = spawn(move || serve(&listener, CLIENTS));
        let clients: Vec<_> = (0..CLIENTS).map(|_| spawn(move || converse(address))).collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        server.join().unwrap();
    });
}

#[test]
fn bytes_come_back_from_another_carrier() {
    on_carrier(|| {
        let (listener, address) = listen();
        let clients = on_another_carrier(move || {
            let clients: Vec<_> = (0..CLIENTS).map(|_| spawn(move || converse(address))).collect();
            clients.into_iter().for_each(|client| client.join().unwrap());
        });
        serve(&listener, CLIENTS);
        clients.join().unwrap();
    });
}

#[test]
fn bytes_come_back_to_plain_threads() {
    on_carrier(|| {
        let (listener, address) = listen();
        let clients: Vec<_> =
            (0..4).map(|_| greenstd::thread::spawn(move || converse(address))).collect();
        serve(&listener, clients.len());
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
}

#[test]
fn bytes_come_back_from_plain_threads() {
    on_plain_thread(|| {
        let (listener, address) = listen();
        let clients = on_another_carrier(move || {
            let clients: Vec<_> = (0..4).map(|_| spawn(move || converse(address))).collect();
            clients.into_iter().for_each(|client| client.join().unwrap());
        });
        let servers: Vec<_> = (0..4)
            .map(|_| {
                let (stream, _) = listener.accept().unwrap();
                greenstd::thread::spawn(move || echo(stream))
            })
            .collect();
        servers.into_iter().for_each(|server| server.join().unwrap());
        clients.join().unwrap();
    });
}
