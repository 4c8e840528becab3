//! A socket that is closed while others wait for it.

use std::io::{ErrorKind, Read, Write};

use greenctx::{spawn, yield_now};
use greenio::Closed;
use greenio::net::{TcpListener, TcpStream, UdpSocket};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU32, Ordering};

use crate::pairs::{join_all, listen, spawn_many, tcp};
use crate::{on_another_carrier, on_carrier, on_plain_thread};

#[track_caller]
fn is_closed<T>(result: std::io::Result<T>) {
    let error = result.err().expect("the socket is closed");
    assert!(Closed::is_in(&error), "{error}");
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}

/// Reads on the calling thread until the socket is closed; says before that it will.
fn wait_to_be_closed(stream: &TcpStream, waiting: &AtomicU32) {
    waiting.fetch_add(1, Ordering::Release);
    is_closed({ stream }.read(&mut [0; 8]));
}

/// Until that many are about to wait. Some wait already, some do not: closing must reach all.
fn until(waiting: &AtomicU32, count: u32) {
    while waiting.load(Ordering::Acquire) < count {
        yield_now();
    }
}

#[test]
fn waiters_on_every_kind_of_thread_learn_that_the_socket_was_closed() {
    on_carrier(|| {
        for _ in 0..50 {
            let (one, _other) = tcp();
            let one = Arc::new(one);
            let waiting = Arc::new(AtomicU32::new(0));
            let wait = {
                let (one, waiting) = (one.clone(), waiting.clone());
                move || wait_to_be_closed(&one, &waiting)
            };
            let here = spawn_many(2, {
                let wait = wait.clone();
                move |_| wait()
            });
            let there = on_another_carrier({
                let wait = wait.clone();
                move || join_all(spawn_many(2, move |_| wait())).len()
            });
            let plain = greenstd::thread::spawn(wait);
            until(&waiting, 5);
            one.close();
            join_all(here);
            there.join().unwrap();
            plain.join().unwrap();
        }
    });
}

#[test]
fn a_plain_thread_closes_what_a_carrier_waits_for() {
    on_carrier(|| {
        for _ in 0..50 {
            let (one, _other) = tcp();
            let one = Arc::new(one);
            let waiting = Arc::new(AtomicU32::new(0));
            let closer = {
                let (one, waiting) = (one.clone(), waiting.clone());
                greenstd::thread::spawn(move || {
                    until(&waiting, 1);
                    one.close();
                })
            };
            wait_to_be_closed(&one, &waiting);
            closer.join().unwrap();
        }
    });
}

#[test]
fn later_operations_return_the_same_error() {
    on_plain_thread(|| {
        let (one, mut other) = tcp();
        other.write_all(b"unread").unwrap();
        one.close();
        one.close();
        is_closed((&one).read(&mut [0; 8]));
        is_closed((&one).write(&[0]));
        is_closed(one.peek(&mut [0; 8]));
        let (listener, _) = listen();
        listener.close();
        is_closed(listener.accept());
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.close();
        is_closed(udp.recv(&mut [0; 8]));
        is_closed(udp.send_to(&[0], udp.local_addr().unwrap()));
    });
}

#[test]
fn an_accept_loop_ends_when_its_listener_is_closed() {
    on_carrier(|| {
        let (listener, address) = listen();
        let listener = Arc::new(listener);
        let accepting = {
            let listener: Arc<TcpListener> = listener.clone();
            spawn(move || {
                let mut accepted = 0;
                for stream in listener.incoming() {
                    match stream {
                        Ok(_) => accepted += 1,
                        Err(error) if Closed::is_in(&error) => return accepted,
                        Err(error) => panic!("{error}"),
                    }
                }
                accepted
            })
        };
        for _ in 0..3 {
            // The end of the stream says that it was accepted.
            TcpStream::connect(address).unwrap().read_to_end(&mut Vec::new()).unwrap();
        }
        listener.close();
        assert_eq!(accepting.join().unwrap(), 3);
    });
}

#[test]
fn a_clone_goes_on_when_the_original_is_closed_and_dropped() {
    on_carrier(|| {
        let (one, mut other) = tcp();
        let mut clone = one.try_clone().unwrap();
        let one = Arc::new(one);
        let reading = spawn({
            let one = one.clone();
            move || is_closed((&*one).read(&mut [0; 8]))
        });
        let ours = spawn(move || {
            let mut text = String::new();
            clone.read_to_string(&mut text).unwrap();
            text
        });
        // Both are registered for the same open file.
        yield_now();
        one.close();
        reading.join().unwrap();
        drop(one);
        other.write_all(b"for the clone").unwrap();
        drop(other);
        assert_eq!(ours.join().unwrap(), "for the clone");
    });
}
