//! Accepting when there are no descriptors left.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use greenctx::{spawn_local, with_timeout};
use greenio::net::{AcceptBackoff, AcceptFailure, TcpStream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::on_carrier;
use crate::pairs::listen;
use testkit::child;

const CLIENTS: usize = 10;

/// Descriptors until there are none left.
fn take_all() -> Vec<OwnedFd> {
    let null = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
    let mut taken = Vec::new();
    while let Ok(copy) = null.try_clone() {
        taken.push(copy);
    }
    taken.push(null);
    taken
}

#[test]
fn accepting_pauses_without_descriptors_and_recovers() {
    if child::case().is_none() {
        child::succeeds("exhaustion::accepting_pauses_without_descriptors_and_recovers", "limited");
        return;
    }
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(200), maximum }).unwrap();
    on_carrier(|| {
        let (listener, address) = listen();
        // The reactor takes its descriptors.
        with_timeout(Duration::ZERO, || listener.accept()).unwrap_err();
        let mut clients: Vec<_> =
            (0..CLIENTS).map(|_| TcpStream::connect(address).unwrap()).collect();
        let taken = Rc::new(RefCell::new(take_all()));
        let failures = Rc::new(RefCell::new(0));
        let accepting = spawn_local({
            let (taken, failures) = (taken.clone(), failures.clone());
            move || {
                let mut backoff = AcceptBackoff::new();
                let mut accepted = Vec::new();
                while accepted.len() < CLIENTS {
                    match listener.accept() {
                        Ok((stream, _)) => {
                            backoff.succeeded();
                            accepted.push(stream);
                        }
                        Err(error) => {
                            assert_eq!(AcceptFailure::of(&error), AcceptFailure::Exhausted);
                            *failures.borrow_mut() += 1;
                            backoff.failed(error).unwrap();
                            if *failures.borrow() == 3 {
                                taken.borrow_mut().clear();
                            }
                        }
                    }
                }
                accepted
            }
        });
        let accepted = accepting.join().unwrap();
        assert_eq!(*failures.borrow(), 3);
        for (mut stream, client) in accepted.into_iter().zip(&mut clients) {
            stream.write_all(b"late").unwrap();
            client.read_exact(&mut [0; 4]).unwrap();
        }
    });
}

#[test]
fn a_listener_that_is_closed_ends_the_loop() {
    let (listener, _) = listen();
    listener.close();
    let error = listener.accept().map(drop).unwrap_err();
    assert_eq!(AcceptFailure::of(&error), AcceptFailure::Listener);
    AcceptBackoff::new().failed(error).unwrap_err();
}
