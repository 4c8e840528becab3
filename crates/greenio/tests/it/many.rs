//! Thousands of connections at once.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use greenctx::{park, spawn};
use greenio::net::{TcpListener, TcpStream};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::pairs::{join_all, spawn_many};
use crate::{on_another_carrier, on_carrier};
use testkit::child;

/// What a process needs beside the connections.
const SPARE_DESCRIPTORS: u64 = 100;

/// Raises the limit of descriptors to `count`, or else as far as it goes; returns the limit.
fn allow_descriptors(count: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= count);
    if enough(limit.current) {
        return count;
    }
    if !enough(limit.maximum) {
        let raised = Rlimit { current: Some(count), maximum: Some(count) };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            return count;
        }
    }
    let allowed = limit.maximum.map_or(count, |maximum| maximum.min(count));
    setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum: limit.maximum }).unwrap();
    allowed
}

/// Accepts `count` connections; when all are there, echoes on each.
fn serve(listener: &TcpListener, count: usize) {
    let all_are_there = Arc::new(AtomicBool::new(false));
    let servers: Vec<_> = listener
        .incoming()
        .take(count)
        .map(|stream| {
            let (mut stream, all_are_there) = (stream.unwrap(), all_are_there.clone());
            spawn(move || {
                let mut bytes = [0; 8];
                stream.read_exact(&mut bytes).unwrap();
                while !all_are_there.load(Ordering::Acquire) {
                    park().unwrap();
                }
                stream.write_all(&bytes).unwrap();
            })
        })
        .collect();
    all_are_there.store(true, Ordering::Release);
    servers.iter().for_each(|server| server.thread().unpark());
    join_all(servers);
}

/// Opens `count` connections, sends something over each and waits for the echo.
fn ask(port: u16, count: usize) {
    // One address has only so many ports.
    let address = |number: usize| Ipv4Addr::new(127, 0, 0, 1 + (number / 10_000) as u8);
    join_all(spawn_many(count, move |number| {
        let mut stream = TcpStream::connect(SocketAddr::from((address(number), port))).unwrap();
        stream.write_all(&(number as u64).to_be_bytes()).unwrap();
        let mut bytes = [0; 8];
        stream.read_exact(&mut bytes).unwrap();
        assert_eq!(u64::from_be_bytes(bytes), number as u64);
    }));
}

fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn two_thousand_connections_are_open_at_once() {
    const COUNT: usize = 2000;
    // Other tests run beside this one.
    let needed = 3 * COUNT as u64;
    assert_eq!(
        allow_descriptors(needed),
        needed,
        "2,000 connections need 4,000 descriptors, and some more"
    );
    let (listener, port) = listen();
    let serving = on_another_carrier(move || serve(&listener, COUNT));
    on_carrier(move || ask(port, COUNT));
    serving.join().unwrap();
}

/// Server and clients are in processes of their own: each needs as many descriptors as there are connections,
/// and other tests run in this one.
#[test]
fn twenty_thousand_connections_are_open_at_once() {
    const COUNT: u64 = 20_000;
    const NAME: &str = "many::twenty_thousand_connections_are_open_at_once";
    let allowed = allow_descriptors(COUNT + SPARE_DESCRIPTORS);
    let count = COUNT.min(allowed - SPARE_DESCRIPTORS);
    match child::case().as_deref() {
        None => {
            if count < COUNT {
                println!("{count} connections only: a process may have {allowed} descriptors");
            }
            child::succeeds(NAME, "server");
        }
        Some("server") => {
            let (listener, port) = listen();
            let serving = on_another_carrier(move || serve(&listener, count as usize));
            child::succeeds(NAME, &port.to_string());
            serving.join().unwrap();
        }
        Some(port) => {
            let port = port.parse().unwrap();
            on_carrier(move || ask(port, count as usize));
        }
    }
}
