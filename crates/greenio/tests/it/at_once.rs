//! Operations that do not wait: what clients and pools of connections ask before they use one again.

use std::io::{self, ErrorKind, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;
use std::time::Duration;

use greenctx::{no_park, sleep, spawn};
use greenio::net::{TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use greenio::process::{Command, Stdio};
use greenio::{Closed, Io};
use greenstd::sync::{Arc, Mutex};

use crate::pairs::{listen, tcp};
use crate::{on_another_carrier, on_carrier, on_plain_thread};

fn anywhere(test: fn()) {
    on_carrier(test);
    on_plain_thread(test);
}

#[track_caller]
fn would_block<T: std::fmt::Debug>(result: io::Result<T>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// Until it does not say `WouldBlock`; without a wait in between, so that nobody harvests for us.
fn spin<T>(mut operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => greenstd::thread::yield_now(),
            result => return result,
        }
    }
}

/// A stream of either kind: the test is the same.
macro_rules! stream_test {
    ($one:ident, $other:ident) => {{
        let bytes = &mut [0; 8];
        would_block($one.try_read(bytes));
        would_block($one.try_peek(bytes));
        // Registered: the next answers must not come from what is known of that.
        $one.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        assert_eq!((&$one).read(bytes).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!($one.peek(bytes).unwrap_err().kind(), ErrorKind::TimedOut);
        $one.set_read_timeout(None).unwrap();
        assert_eq!($other.try_write(b"hello").unwrap(), 5);
        assert_eq!(spin(|| $one.try_peek(bytes)).unwrap(), 5);
        assert_eq!($one.peek(bytes).unwrap(), 5);
        assert_eq!($one.try_read(&mut bytes[..2]).unwrap(), 2);
        assert_eq!($one.try_read(bytes).unwrap(), 3);
        assert_eq!(&bytes[..3], b"llo");
        would_block($one.try_read(bytes));
        // And a read that waits gets what comes then.
        let writing = on_another_carrier(move || {
            sleep(Duration::from_millis(2)).unwrap();
            $other.write_all(b"later").unwrap();
            $other
        });
        assert_eq!((&$one).read(bytes).unwrap(), 5);
        let $other = writing.join().unwrap();
        // Until the peer has no room, and has it again.
        let mut written = 0;
        while let Ok(count) = $other.try_write(&[7; 65_536]) {
            written += count;
        }
        would_block($other.try_write(b"x"));
        let mut rest = vec![0; written];
        (&$one).read_exact(&mut rest).unwrap();
        assert!(rest.iter().all(|&byte| byte == 7));
        spin(|| $other.try_write(b"x")).unwrap();
        // The end.
        drop($other);
        assert_eq!(spin(|| $one.try_read(bytes)).unwrap(), 1);
        assert_eq!(spin(|| $one.try_peek(bytes)).unwrap(), 0);
        assert_eq!($one.try_read(bytes).unwrap(), 0);
        $one.close();
        assert!(Closed::is_in(&$one.try_read(bytes).unwrap_err()));
        assert!(Closed::is_in(&$one.try_write(bytes).unwrap_err()));
        assert!(Closed::is_in(&$one.try_peek(bytes).unwrap_err()));
    }};
}

#[test]
fn a_stream_is_asked_without_waiting_for_it() {
    anywhere(|| {
        let (one, mut other) = tcp();
        stream_test!(one, other);
        let (one, mut other) = UnixStream::pair().unwrap();
        stream_test!(one, other);
    });
}

#[test]
fn a_connection_is_taken_if_one_waits() {
    anywhere(|| {
        let (listener, address) = listen();
        would_block(listener.try_accept());
        let client = TcpStream::connect(address).unwrap();
        let (_, peer) = spin(|| listener.try_accept()).unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        would_block(listener.try_accept());

        let id = greenctx::current().id().as_u64();
        let name = format!("greenio-test-try-accept-{}-{id}", std::process::id());
        let address = SocketAddr::from_abstract_name(name).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap();
        would_block(listener.try_accept());
        let _client = UnixStream::connect_addr(&address).unwrap();
        spin(|| listener.try_accept()).unwrap();
        would_block(listener.try_accept());
    });
}

#[test]
fn datagrams_are_sent_and_received_without_waiting() {
    anywhere(|| {
        let bytes = &mut [0; 8];
        let udp = || UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let (one, other) = (udp(), udp());
        let address = one.local_addr().unwrap();
        would_block(one.try_recv(bytes));
        would_block(one.try_recv_from(bytes));
        would_block(one.try_peek(bytes));
        assert_eq!(other.try_send_to(b"one", address).unwrap(), 3);
        assert_eq!(spin(|| one.try_peek_from(bytes)).unwrap().0, 3);
        assert_eq!(one.try_peek(bytes).unwrap(), 3);
        assert_eq!(one.try_recv_from(bytes).unwrap(), (3, other.local_addr().unwrap()));
        other.connect(address).unwrap();
        assert_eq!(other.try_send(b"three").unwrap(), 5);
        assert_eq!(spin(|| one.try_recv(bytes)).unwrap(), 5);

        let (one, other) = UnixDatagram::pair().unwrap();
        would_block(one.try_recv(bytes));
        assert_eq!(other.try_send(b"two").unwrap(), 3);
        assert_eq!(one.peek(bytes).unwrap(), 3);
        assert_eq!(one.try_peek(bytes).unwrap(), 3);
        assert_eq!(one.try_recv_from(bytes).unwrap().0, 3);
        would_block(one.try_peek(bytes));
        would_block(one.try_recv_from(bytes));
        while other.try_send(b"full").is_ok() {}
        would_block(other.try_send(b"full"));
        one.recv(bytes).unwrap();
        spin(|| other.try_send(b"room")).unwrap();
    });
}

#[test]
fn pipes_and_streams_of_children_are_asked_without_waiting() {
    anywhere(|| {
        let bytes = &mut [0; 8];
        let (reader, writer) = io::pipe().unwrap();
        let (reader, writer) = (Io::new(reader).unwrap(), Io::new(writer).unwrap());
        would_block(reader.try_read(bytes));
        assert_eq!(writer.try_write(b"pipe").unwrap(), 4);
        assert_eq!(spin(|| reader.try_read(bytes)).unwrap(), 4);
        while writer.try_write(&[0; 4096]).is_ok() {}
        would_block(writer.try_with_write(|inner| Ok(rustix::io::write(inner, b"x")?)));
        drop(writer);

        let mut command = Command::new("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        would_block(stdout.try_read(bytes));
        assert_eq!(stdin.try_write(b"child").unwrap(), 5);
        assert_eq!(spin(|| stdout.try_read(bytes)).unwrap(), 5);
        drop(stdin);
        assert_eq!(spin(|| stdout.try_read(bytes)).unwrap(), 0);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn whoever_only_asks_is_not_switched_away_from_and_may_hold_a_lock() {
    on_carrier(|| {
        let (one, other) = UnixStream::pair().unwrap();
        let lock = Arc::new(Mutex::new(()));
        let sibling = spawn({
            let lock = lock.clone();
            // Were it to run meanwhile, it would block the carrier, for ever.
            move || drop(lock.lock())
        });
        let locked = lock.lock();
        for _ in 0..1000 {
            would_block(one.try_peek(&mut [0]));
            assert_eq!(other.try_write(b"x").unwrap(), 1);
            assert_eq!(spin(|| one.try_read(&mut [0])).unwrap(), 1);
        }
        drop(locked);
        sibling.join().unwrap();
    });
}

#[test]
fn where_nobody_may_park_trying_is_allowed() {
    on_carrier(|| {
        let (one, _other) = UnixStream::pair().unwrap();
        no_park(|| (0..1000).for_each(|_| would_block(one.try_read(&mut [0]))));
    });
}
