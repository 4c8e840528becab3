//! What a proxy does to an echo.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use greenstd::{thread, time};
use testkit::{Network, Proxy};

/// A server that sends back what comes. It ends with the process.
fn proxy_before_an_echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Proxy::start(listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || std::io::copy(&mut stream.try_clone().unwrap(), &mut stream));
        }
    });
    proxy
}

/// Sends a byte, and waits for it; `None` if the connection ends.
fn echo(stream: &mut TcpStream) -> Option<u8> {
    let mut back = [0];
    stream.write_all(&[7]).ok()?;
    stream.read_exact(&mut back).ok()?;
    Some(back[0])
}

#[test]
fn delayed_bytes_arrive_later_in_both_directions() {
    let proxy = proxy_before_an_echo();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    assert_eq!(echo(&mut stream), Some(7));
    let delay = Duration::from_millis(30);
    proxy.set(Network::Delays(delay));
    let start = time::now();
    assert_eq!(echo(&mut stream), Some(7));
    assert!(time::now() - start >= 2 * delay);
}

#[test]
fn cut_ends_connections_and_lets_none_through_until_it_is_over() {
    let proxy = proxy_before_an_echo();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    assert_eq!(echo(&mut stream), Some(7));
    proxy.set(Network::Cut);
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "it has ended");
    assert_eq!(echo(&mut TcpStream::connect(proxy.address()).unwrap()), None);
    proxy.set(Network::FINE);
    assert_eq!(echo(&mut TcpStream::connect(proxy.address()).unwrap()), Some(7));
}

#[test]
fn swallowed_bytes_are_lost_and_connections_stay_open_until_it_is_over() {
    let proxy = proxy_before_an_echo();
    let mut old = TcpStream::connect(proxy.address()).unwrap();
    assert_eq!(echo(&mut old), Some(7));
    proxy.set(Network::Swallows);
    let mut new = TcpStream::connect(proxy.address()).unwrap();
    for stream in [&mut old, &mut new] {
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        stream.write_all(&[7]).unwrap();
        stream.read(&mut [0]).expect_err("nothing comes, and it is open");
        stream.set_read_timeout(None).unwrap();
    }
    proxy.set(Network::FINE);
    for stream in [&mut old, &mut new] {
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "what has lost bytes ends");
    }
    assert_eq!(echo(&mut TcpStream::connect(proxy.address()).unwrap()), Some(7));
}
