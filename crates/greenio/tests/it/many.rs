//! Thousands of connections at once.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};

use greenctx::{Carrier, CarrierBuilder, StackPool, spawn};
use greenio::net::{TcpListener, TcpStream};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::on;
use crate::pairs::{join_all, spawn_many};

/// Raises the limit of descriptors if need be; `false` if that is not allowed.
fn allow_descriptors(count: u64) -> bool {
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= count);
    if enough(limit.current) {
        return true;
    }
    let maximum = if enough(limit.maximum) { limit.maximum } else { Some(count) };
    setrlimit(Resource::Nofile, Rlimit { current: Some(count), maximum }).is_ok()
}

fn carrier(stacks: &StackPool) -> CarrierBuilder {
    Carrier::builder().stacks(stacks.clone())
}

/// Opens `count` connections from one carrier to another, and when all are there, sends something over each
/// and back.
fn connect(count: usize) {
    let stacks = StackPool::default();
    let accepted = Arc::new(AtomicUsize::new(0));
    // One address has only so many ports: the clients come from several.
    let address = |number: usize| Ipv4Addr::new(127, 0, 0, 1 + (number / 10_000) as u8);
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = {
        let (stacks, accepted) = (stacks.clone(), accepted.clone());
        greenstd::thread::spawn(move || {
            let serve = move || {
                let servers: Vec<_> = listener
                    .incoming()
                    .take(count)
                    .map(|stream| {
                        let mut stream = stream.unwrap();
                        accepted.fetch_add(1, Ordering::Release);
                        spawn(move || {
                            let mut bytes = [0; 8];
                            stream.read_exact(&mut bytes).unwrap();
                            stream.write_all(&bytes).unwrap();
                        })
                    })
                    .collect();
                join_all(servers);
            };
            carrier(&stacks).build().unwrap().run(serve).unwrap();
        })
    };
    on(carrier(&stacks), move || {
        let clients = spawn_many(count, move |number| {
            let mut stream = TcpStream::connect(SocketAddr::from((address(number), port))).unwrap();
            while accepted.load(Ordering::Acquire) < count {
                greenctx::sleep(std::time::Duration::from_millis(5)).unwrap();
            }
            stream.write_all(&(number as u64).to_be_bytes()).unwrap();
            let mut bytes = [0; 8];
            stream.read_exact(&mut bytes).unwrap();
            assert_eq!(u64::from_be_bytes(bytes), number as u64);
        });
        join_all(clients);
    });
    serving.join().unwrap();
}

#[test]
fn two_thousand_connections_are_open_at_once() {
    assert!(allow_descriptors(6000), "2,000 connections need 4,000 descriptors");
    connect(2000);
}

#[test]
fn twenty_thousand_connections_are_open_at_once() {
    if !allow_descriptors(45_000) {
        println!("skipped: this process may not have the 40,000 descriptors");
        return;
    }
    connect(20_000);
}
