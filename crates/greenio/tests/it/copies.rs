//! Copying from a stream to another, and both ways.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use greenctx::{spawn, with_timeout};
use greenio::net::{TcpStream, UnixStream};
use greenio::{copy, copy_bidirectional};

use crate::pairs::tcp;
use crate::{on_another_carrier, on_carrier, on_plain_thread};

#[test]
fn a_copy_ends_with_the_stream() {
    on_carrier(|| {
        let (one, mut other) = tcp();
        let writing = spawn(move || other.write_all(&[3; 500_000]).unwrap());
        let mut copied = Vec::new();
        assert_eq!(copy(&mut &one, &mut copied).unwrap(), 500_000);
        assert!(copied == [3; 500_000]);
        writing.join().unwrap();
    });
}

/// Sends so many bytes and then the end; returns how many come back up to the end.
fn talk(mut stream: TcpStream, count: usize) -> usize {
    let mut reader = stream.try_clone().unwrap();
    let reading = on_another_carrier(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes.len()
    });
    stream.write_all(&vec![1; count]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    reading.join().unwrap()
}

#[test]
fn both_ways_are_copied_until_both_have_ended() {
    let test = || {
        let ((left, proxied), (onwards, right)) = (tcp(), tcp());
        let left = on_another_carrier(move || talk(left, 300_000));
        let right = on_another_carrier(move || talk(right, 70_000));
        assert_eq!(copy_bidirectional(proxied, onwards).unwrap(), (300_000, 70_000));
        assert_eq!(left.join().unwrap(), 70_000);
        assert_eq!(right.join().unwrap(), 300_000);
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn an_interruption_of_one_way_ends_both() {
    let test = || {
        let ((mut left, proxied), (onwards, _right)) = (tcp(), UnixStream::pair().unwrap());
        let error = with_timeout(Duration::from_millis(2), || copy_bidirectional(proxied, onwards));
        assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
        // The proxy has let go of its ends.
        assert_eq!(left.read(&mut [0; 8]).unwrap(), 0);
    };
    on_carrier(test);
    on_plain_thread(test);
}
