//! Names and written addresses become socket addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use greenio::Offload;
use greenio::net::{TcpListener, TcpStream, ToSocketAddrs, lookup_host};

use crate::{on_carrier, on_plain_thread};

fn all(name: impl ToSocketAddrs) -> Vec<SocketAddr> {
    name.to_socket_addrs().unwrap().collect()
}

#[test]
fn whatever_std_takes_stands_for_the_same_addresses() {
    fn both(name: impl ToSocketAddrs + std::net::ToSocketAddrs) {
        let ours = all(&name);
        let std: Vec<_> = std::net::ToSocketAddrs::to_socket_addrs(&name).unwrap().collect();
        assert_eq!(ours, std);
        assert!(!ours.is_empty());
    }
    on_plain_thread(|| {
        let v4: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let v6: SocketAddr = "[::1]:81".parse().unwrap();
        both(v4);
        both(v6);
        both(&[v4, v6][..]);
        both("127.0.0.1:80");
        both("[::1]:81");
        both(String::from("127.0.0.1:80"));
        let by_reference: &String = &String::from("127.0.0.1:80");
        both(by_reference);
        both(("127.0.0.1", 80));
        both(("::1", 80));
        both((String::from("::1"), 80));
        both((IpAddr::V6(Ipv6Addr::LOCALHOST), 80));
        both((Ipv4Addr::LOCALHOST, 80));
        both((Ipv6Addr::LOCALHOST, 80));
        both(std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80));
        both(std::net::SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0, 7));
        both(("localhost", 80));
        both("localhost:80");
    });
}

#[test]
fn a_name_is_resolved_elsewhere_and_an_address_in_place() {
    on_carrier(|| {
        let accepted = || Offload::default_pool().gauge().accepted;
        assert_eq!(all("127.0.0.1:80").len(), 1);
        let before = accepted();
        let found = lookup_host("localhost", 80).unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80));
        assert!(!found.is_empty());
        assert!(accepted() > before, "the resolver blocks");
    });
}

#[test]
fn what_is_no_address_is_an_error() {
    on_carrier(|| {
        for bad in ["", "localhost", "localhost:", "localhost:http", "localhost:65536"] {
            let error = bad.to_socket_addrs().map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{bad}");
            assert!(error.to_string().contains("'host:80'"), "{error}");
        }
        // A name with a character that none may have: the resolver says so at once.
        assert!(lookup_host("no such\0name", 80).is_err());
        assert!(lookup_host("no such name.invalid", 80).is_err());
    });
}

#[test]
fn sockets_take_names() {
    on_carrier(|| {
        let listener = TcpListener::bind(("localhost", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        TcpStream::connect(("localhost", port)).unwrap();
        TcpStream::connect(format!("localhost:{port}")).unwrap();
        listener.accept().unwrap();
    });
}
