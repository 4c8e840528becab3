//! Waits end by time limits, deadlines of scopes and cancellation, and not before; the answer wins.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use greenctx::{Interrupted, current, spawn, with_timeout, yield_now};
use greenio::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream};
use greenstd::time;

use crate::pairs::{listen, tcp};
use crate::{on_carrier, on_plain_thread};

const SHORT: Duration = Duration::from_millis(5);

/// Runs a test on a carrier and on a plain thread.
fn everywhere(test: impl Fn() + Send + Clone + 'static) {
    on_carrier(test.clone());
    on_plain_thread(test);
}

/// Checks that `wait` ends with `TimedOut`, and not before `SHORT` is over.
#[track_caller]
fn takes_its_time<T>(wait: impl FnOnce() -> std::io::Result<T>) -> std::io::Error {
    let before = time::now();
    let error = wait().err().expect("there is nothing to come");
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(time::since(before) >= SHORT);
    error
}

fn is_a_scopes_deadline(error: &std::io::Error) -> bool {
    let interrupted = error.get_ref().and_then(|inner| inner.downcast_ref::<Interrupted>());
    interrupted.is_some_and(Interrupted::is_timed_out)
}

/// A listener whose queue is full, so that nobody else gets through to it; with what fills it.
fn full_listener() -> (socket2::Socket, Vec<TcpStream>, SocketAddr) {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut fill = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
        fill.push(stream);
    }
    (listener, fill, address)
}

/// Writes more than fits in between two ends, the other of which does not read.
fn overfill(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.write_all(&vec![0; 128 << 20])
}

#[test]
fn a_read_ends_by_its_time_limit_and_the_stream_stays_good() {
    everywhere(|| {
        let (mut one, mut other) = tcp();
        one.set_read_timeout(Some(SHORT)).unwrap();
        assert_eq!(one.read_timeout().unwrap(), Some(SHORT));
        for round in 0..3 {
            let error = takes_its_time(|| one.read(&mut [0; 8]));
            assert!(!is_a_scopes_deadline(&error));
            other.write_all(&[round]).unwrap();
            let mut byte = [0];
            one.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [round]);
        }
    });
}

#[test]
fn a_write_ends_by_its_time_limit() {
    everywhere(|| {
        let (one, _other) = tcp();
        one.set_write_timeout(Some(SHORT)).unwrap();
        takes_its_time(|| overfill(&one));
    });
}

#[test]
fn a_time_limit_of_zero_is_refused() {
    let (one, _other) = tcp();
    let refused = one.set_read_timeout(Some(Duration::ZERO)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let address = one.peer_addr().unwrap();
    let refused = TcpStream::connect_timeout(&address, Duration::ZERO).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

#[test]
fn connecting_ends_by_its_time_limit() {
    everywhere(|| {
        let (_listener, _fill, address) = full_listener();
        takes_its_time(|| TcpStream::connect_timeout(&address, SHORT));
    });
}

#[test]
fn the_deadline_of_a_scope_ends_every_wait() {
    everywhere(|| {
        let (one, _other) = tcp();
        let (listener, _) = listen();
        let (_full, _fill, address) = full_listener();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (unix, _peer) = UnixStream::pair().unwrap();
        let waits: [&dyn Fn() -> std::io::Result<()>; 6] = [
            &|| (&one).read(&mut [0; 8]).map(drop),
            &|| overfill(&one),
            &|| listener.accept().map(drop),
            &|| TcpStream::connect(address).map(drop),
            &|| udp.recv_from(&mut [0; 8]).map(drop),
            &|| (&unix).read(&mut [0; 8]).map(drop),
        ];
        for wait in waits {
            let error = takes_its_time(|| with_timeout(SHORT, wait));
            assert!(is_a_scopes_deadline(&error), "{error}");
        }
    });
}

#[test]
fn the_earlier_of_time_limit_and_deadline_counts() {
    everywhere(|| {
        let (mut one, _other) = tcp();
        one.set_read_timeout(Some(Duration::from_secs(3600))).unwrap();
        let error = takes_its_time(|| with_timeout(SHORT, || one.read(&mut [0; 8])));
        assert!(is_a_scopes_deadline(&error));
        one.set_read_timeout(Some(SHORT)).unwrap();
        let read = || with_timeout(Duration::from_secs(3600), || one.read(&mut [0; 8]));
        assert!(!is_a_scopes_deadline(&takes_its_time(read)));
    });
}

#[test]
fn what_is_there_is_taken_after_the_deadline_too() {
    everywhere(|| {
        let (mut one, mut other) = tcp();
        with_timeout(Duration::ZERO, || {
            // It waits for the first time: from now on it knows that there is nothing.
            assert_eq!(one.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
            other.write_all(b"x").unwrap();
            assert_eq!(one.read(&mut [0; 8]).unwrap(), 1);
        });
    });
}

#[test]
fn a_cancelled_green_thread_stops_reading_but_takes_what_is_there() {
    on_carrier(|| {
        let (mut one, mut other) = tcp();
        let reading = spawn(move || {
            let mut read = 0;
            loop {
                match one.read(&mut [0; 8]) {
                    Ok(count) => read += count,
                    Err(error) => return (read, error),
                }
            }
        });
        while reading.thread().is_green() && greenctx::is_anybody_waiting() {
            yield_now();
        }
        other.write_all(b"abc").unwrap();
        reading.thread().cancel();
        let (read, error) = reading.join().unwrap();
        assert_eq!(read, 3);
        assert_eq!(error.kind(), ErrorKind::Other);
        let interrupted = error.get_ref().unwrap().downcast_ref::<Interrupted>().unwrap();
        assert!(interrupted.is_cancelled());
    });
}

#[test]
fn a_cancelled_green_thread_cannot_wait_for_anything() {
    on_carrier(|| {
        let (listener, _) = listen();
        let (_full, _fill, address) = full_listener();
        let (one, _other) = tcp();
        spawn(move || {
            current().cancel();
            let kind = |result: std::io::Result<()>| result.unwrap_err().kind();
            assert_eq!(kind(listener.accept().map(drop)), ErrorKind::Other);
            assert_eq!(kind(TcpStream::connect(address).map(drop)), ErrorKind::Other);
            assert_eq!(kind((&one).read(&mut [0; 8]).map(drop)), ErrorKind::Other);
            assert_eq!(kind(overfill(&one)), ErrorKind::Other);
            greenctx::shield(|| {
                let address = listener.local_addr().unwrap();
                let _client = TcpStream::connect(address).unwrap();
                listener.accept().unwrap();
            });
        })
        .join()
        .unwrap();
    });
}

#[test]
fn sending_to_a_full_unix_socket_ends_by_deadline_and_time_limit() {
    everywhere(|| {
        let name = format!("greenio-test-full-{}-{:?}", std::process::id(), current().id());
        let address = {
            use std::os::linux::net::SocketAddrExt;
            std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap()
        };
        let receiver = UnixDatagram::bind_addr(&address).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        sender.set_write_timeout(Some(SHORT)).unwrap();
        let mut sent = 0_u32;
        let error = loop {
            let before = time::now();
            match sender.send_to_addr(&sent.to_be_bytes(), &address) {
                Ok(_) => sent += 1,
                Err(error) => {
                    assert!(time::since(before) >= SHORT);
                    break error;
                }
            }
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        sender.set_write_timeout(None).unwrap();
        let send = || sender.send_to_addr(&[0], &address);
        assert!(is_a_scopes_deadline(&takes_its_time(|| with_timeout(SHORT, send))));
        for number in 0..sent {
            let mut bytes = [0; 4];
            receiver.recv(&mut bytes).unwrap();
            assert_eq!(u32::from_be_bytes(bytes), number);
        }
    });
}

#[test]
fn a_listener_with_a_connection_accepts_it_whatever_the_deadline() {
    everywhere(|| {
        let (listener, address): (TcpListener, _) = listen();
        let _client = TcpStream::connect(address).unwrap();
        with_timeout(Duration::ZERO, || listener.accept().map(drop)).unwrap();
    });
}

/// Reads what there is without an end, and without a wait.
fn read_for_ever() -> std::io::Error {
    let mut zeroes = greenio::Io::new(std::fs::File::open("/dev/zero").unwrap()).unwrap();
    loop {
        if let Err(error) = zeroes.read(&mut [0; 16]) {
            return error;
        }
    }
}

#[test]
fn a_deadline_ends_reading_from_what_never_pauses() {
    everywhere(|| {
        let error =
            takes_its_time(|| with_timeout(SHORT, || std::io::Result::<()>::Err(read_for_ever())));
        assert!(is_a_scopes_deadline(&error));
    });
}

#[test]
fn a_cancellation_ends_reading_from_what_never_pauses() {
    on_carrier(|| {
        let reading = spawn(read_for_ever);
        yield_now();
        reading.thread().cancel();
        let error = reading.join().unwrap();
        let interrupted = error.get_ref().and_then(|inner| inner.downcast_ref::<Interrupted>());
        assert!(interrupted.is_some_and(Interrupted::is_cancelled), "{error}");
    });
}

/// What was read before the end was returned: each byte comes once.
#[test]
fn a_deadline_ends_a_conversation_that_never_pauses_and_loses_nothing() {
    everywhere(|| {
        let (one, other) = tcp();
        let talking = greenstd::thread::spawn(move || {
            let mut other = other;
            for byte in (0..=u8::MAX).cycle().take(1 << 18) {
                if other.write_all(&[byte; 1]).is_err() {
                    break;
                }
            }
        });
        let expected = std::cell::Cell::new(0_u8);
        let take = |bytes: &[u8]| {
            for byte in bytes {
                assert_eq!(*byte, expected.get());
                expected.set(expected.get().wrapping_add(1));
            }
        };
        let mut bytes = [0; 3];
        let mut reads = 0;
        // However often: each scope has passed when it begins.
        while reads < 10_000 {
            let end = with_timeout(Duration::ZERO, || {
                loop {
                    match (&one).read(&mut bytes) {
                        Ok(0) => return None,
                        Ok(count) => take(&bytes[..count]),
                        Err(error) => return Some(error),
                    }
                    reads += 1;
                }
            });
            match end {
                None => break,
                Some(error) => assert!(is_a_scopes_deadline(&error), "{error}"),
            }
            reads += 1;
        }
        drop(one);
        talking.join().unwrap();
    });
}
