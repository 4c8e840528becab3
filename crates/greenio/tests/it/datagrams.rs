//! UDP and Unix datagrams, and Unix streams.

use std::io::{ErrorKind, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;
use std::time::Duration;

use greenctx::{spawn, yield_now};
use greenio::net::{UdpSocket, UnixDatagram, UnixListener, UnixStream};

use crate::{on_another_carrier, on_carrier, on_plain_thread};

fn udp() -> UdpSocket {
    UdpSocket::bind(("127.0.0.1", 0)).unwrap()
}

/// An abstract name that nobody else uses.
fn name(of: &str) -> SocketAddr {
    let id = greenctx::current().id().as_u64();
    let name = format!("greenio-test-{of}-{}-{id}", std::process::id());
    SocketAddr::from_abstract_name(name).unwrap()
}

#[test]
fn datagrams_come_whole_and_empty_ones_too() {
    let test = || {
        let (one, other) = (udp(), udp());
        let address = one.local_addr().unwrap();
        let sizes = [0, 1, 0, 1400, 0, 9000];
        let sending = on_another_carrier(move || {
            for size in sizes {
                assert_eq!(other.send_to(&vec![7; size], address).unwrap(), size);
            }
            other.local_addr().unwrap()
        });
        let mut bytes = vec![0; 10_000];
        let mut senders = Vec::new();
        for size in sizes {
            let (count, sender) = one.recv_from(&mut bytes).unwrap();
            assert_eq!(count, size);
            assert!(bytes[..count].iter().all(|&byte| byte == 7));
            senders.push(sender);
        }
        let address = sending.join().unwrap();
        assert!(senders.iter().all(|&sender| sender == address));
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn connected_sockets_exchange_datagrams() {
    on_carrier(|| {
        let (one, other) = (udp(), udp());
        one.connect(other.local_addr().unwrap()).unwrap();
        other.connect(one.local_addr().unwrap()).unwrap();
        let echoing = spawn(move || {
            let mut bytes = [0; 16];
            loop {
                match other.recv(&mut bytes).unwrap() {
                    0 => return,
                    count => other.send(&bytes[..count]).unwrap(),
                };
            }
        });
        let mut bytes = [0; 16];
        for number in 0..500_u32 {
            one.send(&number.to_be_bytes()).unwrap();
            assert_eq!(one.peek(&mut bytes).unwrap(), 4);
            assert_eq!(one.recv(&mut bytes).unwrap(), 4);
            assert_eq!(bytes[..4], number.to_be_bytes());
        }
        one.send(&[]).unwrap();
        echoing.join().unwrap();
    });
}

#[test]
fn a_refusal_reaches_a_connected_socket_which_can_still_wait() {
    on_carrier(|| {
        let one = udp();
        let nobody = udp().local_addr().unwrap();
        one.connect(nobody).unwrap();
        one.send(b"is anybody there?").unwrap();
        let error = one.recv(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        one.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        assert_eq!(one.recv(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
    });
}

#[test]
fn options_of_udp_are_those_of_std() {
    on_carrier(|| {
        let one = udp();
        one.set_broadcast(true).unwrap();
        assert!(one.broadcast().unwrap());
        one.set_multicast_loop_v4(false).unwrap();
        assert!(!one.multicast_loop_v4().unwrap());
        one.set_multicast_ttl_v4(3).unwrap();
        assert_eq!(one.multicast_ttl_v4().unwrap(), 3);
        one.set_ttl(9).unwrap();
        assert_eq!(one.ttl().unwrap(), 9);
        assert!(one.take_error().unwrap().is_none());
        assert_eq!(one.send_to(b"", &[][..]).unwrap_err().kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn unix_datagrams_come_whole_with_their_senders() {
    let test = || {
        let (here, there) = (name("here"), name("there"));
        let one = UnixDatagram::bind_addr(&here).unwrap();
        let other = UnixDatagram::bind_addr(&there).unwrap();
        let sending = on_another_carrier(move || {
            for size in 0..300 {
                assert_eq!(other.send_to_addr(&vec![1; size], &here).unwrap(), size);
            }
        });
        let mut bytes = vec![0; 1000];
        for size in 0..300 {
            let (count, sender) = one.recv_from(&mut bytes).unwrap();
            assert_eq!(count, size);
            assert_eq!(sender.as_abstract_name(), there.as_abstract_name());
        }
        sending.join().unwrap();
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn a_pair_of_unix_datagrams_holds_up_the_sender() {
    on_carrier(|| {
        let (one, other) = UnixDatagram::pair().unwrap();
        let sending = spawn(move || {
            for number in 0..5000_u32 {
                other.send(&number.to_be_bytes()).unwrap();
            }
        });
        let mut bytes = [0; 4];
        for number in 0..5000 {
            one.recv(&mut bytes).unwrap();
            assert_eq!(u32::from_be_bytes(bytes), number);
        }
        sending.join().unwrap();
    });
}

#[test]
fn unix_streams_connect_by_path_and_by_abstract_name() {
    let test = || {
        let path = std::env::temp_dir().join(format!(
            "greenio-test-{}-{}",
            std::process::id(),
            greenctx::current().id().as_u64()
        ));
        let abstract_name = name("stream");
        for listener in
            [UnixListener::bind(&path).unwrap(), UnixListener::bind_addr(&abstract_name).unwrap()]
        {
            let address = listener.local_addr().unwrap();
            let client = on_another_carrier(move || {
                let mut stream = UnixStream::connect_addr(&address).unwrap();
                stream.write_all(b"hello").unwrap();
            });
            let (mut stream, peer) = listener.accept().unwrap();
            assert!(peer.is_unnamed(), "{peer:?}");
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            assert_eq!(text, "hello");
            client.join().unwrap();
        }
        assert_eq!(UnixStream::connect(&path).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(UnixStream::connect(&path).unwrap_err().kind(), ErrorKind::NotFound);
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn connecting_to_a_full_unix_listener_waits_for_room() {
    on_carrier(|| {
        use socket2::{Domain, SockAddr, Socket, Type};
        let name = name("full");
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        let mut bytes = vec![0];
        bytes.extend_from_slice(name.as_abstract_name().unwrap());
        let path = std::ffi::OsString::from(String::from_utf8(bytes).unwrap());
        socket.bind(&SockAddr::unix(path).unwrap()).unwrap();
        socket.listen(1).unwrap();
        let listener = UnixListener::from_std(socket.into()).unwrap();
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let name = name.clone();
                spawn(move || UnixStream::connect_addr(&name).unwrap())
            })
            .collect();
        yield_now();
        let accepted: Vec<_> = (0..8).map(|_| listener.accept().unwrap()).collect();
        clients.into_iter().for_each(|client| drop(client.join().unwrap()));
        drop(accepted);
    });
}
