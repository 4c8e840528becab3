//! Streams under load, and what peers do to them.

use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use greenctx::{sleep, spawn, yield_now};
use greenio::net::{TcpStream, UnixStream};
use greenstd::sync::Arc;

use crate::pairs::{listen, tcp};
use crate::{on_another_carrier, on_carrier, on_plain_thread};

/// Bytes of which no two stretches are alike.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Reads everything in pieces of odd sizes, resting now and then so that the writer is held up.
fn read_slowly(mut reader: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = vec![0; 65_536];
    for round in 0_usize.. {
        let size = 1 + round * 7919 % piece.len();
        match reader.read(&mut piece[..size]).unwrap() {
            0 => return all,
            count => all.extend_from_slice(&piece[..count]),
        }
        if round % 64 == 0 {
            sleep(Duration::from_micros(500)).unwrap();
        }
    }
    unreachable!("it ends with the stream");
}

const MUCH: usize = 6 << 20;

#[test]
fn a_slow_reader_holds_up_the_writer_and_nothing_is_lost() {
    on_carrier(|| {
        let (one, mut other) = tcp();
        socket2::SockRef::from(&other).set_send_buffer_size(32 << 10).unwrap();
        let writing = spawn(move || other.write_all(&bytes(MUCH / 4)).unwrap());
        assert!(read_slowly(one) == bytes(MUCH / 4));
        writing.join().unwrap();
    });
}

#[test]
fn megabytes_arrive_whole_between_carriers() {
    on_carrier(|| {
        let (one, mut other) = tcp();
        let writing = on_another_carrier(move || other.write_all(&bytes(MUCH)).unwrap());
        assert!(read_slowly(one) == bytes(MUCH));
        writing.join().unwrap();
    });
}

#[test]
fn megabytes_arrive_whole_over_unix_sockets_and_plain_threads() {
    on_plain_thread(|| {
        let (one, mut other) = UnixStream::pair().unwrap();
        let writing = on_another_carrier(move || other.write_all(&bytes(MUCH)).unwrap());
        assert!(read_slowly(one) == bytes(MUCH));
        writing.join().unwrap();
    });
}

#[test]
fn one_stream_is_read_on_one_carrier_and_written_on_another() {
    on_carrier(|| {
        let (one, other) = tcp();
        let other = Arc::new(other);
        // The other end sends back what it gets, by two threads on carriers of their own.
        let (pipe_reader, pipe_writer) = UnixStream::pair().unwrap();
        let reader = on_another_carrier({
            let other = other.clone();
            move || std::io::copy(&mut &*other, &mut &pipe_writer).unwrap()
        });
        let writer = on_another_carrier(move || {
            let copied = std::io::copy(&mut &pipe_reader, &mut &*other).unwrap();
            other.shutdown(Shutdown::Write).unwrap();
            copied
        });
        let one = Arc::new(one);
        let sending = spawn({
            let one = one.clone();
            move || {
                (&*one).write_all(&bytes(MUCH)).unwrap();
                one.shutdown(Shutdown::Write).unwrap();
            }
        });
        assert!(read_slowly(&*one) == bytes(MUCH));
        sending.join().unwrap();
        assert_eq!(reader.join().unwrap(), MUCH as u64);
        assert_eq!(writer.join().unwrap(), MUCH as u64);
    });
}

#[test]
fn the_halves_of_a_stream_go_to_two_carriers() {
    on_carrier(|| {
        let (one, mut other) = tcp();
        let (mut reader, mut writer) = one.split();
        let reading = on_another_carrier(move || {
            let mut bytes = vec![0; MUCH];
            reader.read_exact(&mut bytes).unwrap();
            (reader, bytes)
        });
        let writing = on_another_carrier(move || {
            writer.write_all(&bytes(1000)).unwrap();
            writer
        });
        other.write_all(&bytes(MUCH)).unwrap();
        let mut answer = vec![0; 1000];
        other.read_exact(&mut answer).unwrap();
        assert!(answer == bytes(1000));
        let ((reader, read), writer) = (reading.join().unwrap(), writing.join().unwrap());
        assert!(read == bytes(MUCH));
        let whole = reader.unsplit(writer).unwrap();
        assert_eq!(whole.peer_addr().unwrap(), other.local_addr().unwrap());
    });
}

#[test]
fn several_buffers_are_read_and_written_at_once() {
    on_carrier(|| {
        let (mut one, mut other) = tcp();
        let slices = [IoSlice::new(b"several "), IoSlice::new(b""), IoSlice::new(b"buffers")];
        assert_eq!(other.write_vectored(&slices).unwrap(), 15);
        let (mut first, mut second) = ([0; 4], [0; 32]);
        let mut slices = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(one.read_vectored(&mut slices).unwrap(), 15);
        assert_eq!(&first, b"seve");
        assert_eq!(&second[..11], b"ral buffers");
    });
}

#[test]
fn peeking_takes_nothing_out() {
    on_carrier(|| {
        let (mut one, mut other) = tcp();
        let peeking = spawn(move || {
            let mut bytes = [0; 8];
            assert_eq!(one.peek(&mut bytes).unwrap(), 3);
            assert_eq!(one.read(&mut bytes).unwrap(), 3);
            assert_eq!(&bytes[..3], b"abc");
        });
        yield_now();
        other.write_all(b"abc").unwrap();
        peeking.join().unwrap();
    });
}

#[test]
fn a_direction_that_was_shut_down_ends_and_the_other_goes_on() {
    on_carrier(|| {
        let (mut one, mut other) = tcp();
        let waiting = spawn(move || {
            let mut text = String::new();
            one.read_to_string(&mut text).unwrap();
            one.write_all(b"answer").unwrap();
            text
        });
        yield_now();
        other.write_all(b"question").unwrap();
        other.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        other.read_to_string(&mut answer).unwrap();
        assert_eq!((waiting.join().unwrap().as_str(), answer.as_str()), ("question", "answer"));
    });
}

#[test]
fn the_end_is_read_after_the_last_bytes_however_they_arrive() {
    on_carrier(|| {
        // Bytes and end in one event, in two, before the first read and after it.
        for variant in 0..8 {
            let (mut one, mut other) = tcp();
            let reading = spawn(move || {
                let (mut total, mut piece) = (0, [0; 64]);
                loop {
                    match one.read(&mut piece).unwrap() {
                        0 => return total,
                        count => total += count,
                    }
                }
            });
            for step in 0..3 {
                if variant & 1 << step != 0 {
                    sleep(Duration::from_micros(200)).unwrap();
                }
                match step {
                    0 => other.write_all(&[1; 10]).unwrap(),
                    1 => other.write_all(&[2; 100]).unwrap(),
                    _ => other.shutdown(Shutdown::Write).unwrap(),
                }
            }
            assert_eq!(reading.join().unwrap(), 110);
        }
    });
}

#[test]
fn a_reset_by_the_peer_ends_a_read_with_an_error() {
    on_carrier(|| {
        let (mut one, other) = tcp();
        let reading = spawn(move || one.read(&mut [0; 8]).unwrap_err().kind());
        yield_now();
        socket2::SockRef::from(&other).set_linger(Some(Duration::ZERO)).unwrap();
        drop(other);
        assert_eq!(reading.join().unwrap(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn urgent_data_does_not_hold_up_what_follows_it() {
    on_carrier(|| {
        let (mut one, other) = tcp();
        let reading = spawn(move || {
            let (mut all, mut piece) = (Vec::new(), [0; 64]);
            loop {
                match one.read(&mut piece).unwrap() {
                    0 => return all,
                    count => all.extend_from_slice(&piece[..count]),
                }
            }
        });
        yield_now();
        for _ in 0..20 {
            (&other).write_all(b"before").unwrap();
            rustix::net::send(&other, b"!", rustix::net::SendFlags::OOB).unwrap();
            (&other).write_all(b"after").unwrap();
            yield_now();
        }
        drop(other);
        // Urgent bytes are not part of the stream, but one that is overtaken by the next becomes it.
        let text = String::from_utf8(reading.join().unwrap()).unwrap();
        assert_eq!(text.replace('!', ""), "beforeafter".repeat(20));
    });
}

#[test]
fn connecting_to_where_nobody_listens_is_refused() {
    let test = || {
        let (listener, address) = listen();
        drop(listener);
        let error = TcpStream::connect(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let error = TcpStream::connect(&[][..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn options_and_addresses_are_those_of_std() {
    on_carrier(|| {
        let (one, other) = tcp();
        assert_eq!(one.local_addr().unwrap(), other.peer_addr().unwrap());
        one.set_nodelay(true).unwrap();
        one.set_ttl(17).unwrap();
        assert!(one.nodelay().unwrap());
        assert_eq!(one.ttl().unwrap(), 17);
        assert!(one.take_error().unwrap().is_none());
        assert!(format!("{one:?}").contains("TcpStream"));
    });
}

#[test]
fn a_socket_of_std_becomes_ours_and_goes_back_in_blocking_mode() {
    on_carrier(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut server = TcpStream::try_from(listener.accept().unwrap().0).unwrap();
        let mut client = TcpStream::from_std(client).unwrap();
        let reading = spawn(move || {
            let mut byte = [0];
            server.read_exact(&mut byte).unwrap();
            std::net::TcpStream::try_from(server).unwrap()
        });
        yield_now();
        client.write_all(b"x").unwrap();
        let mut server = reading.join().unwrap();
        let later = greenstd::thread::spawn(move || {
            greenstd::thread::sleep(Duration::from_millis(2));
            let mut client = client.into_std().unwrap();
            client.write_all(b"y").unwrap();
        });
        let mut byte = [0];
        server.read_exact(&mut byte).unwrap();
        later.join().unwrap();
    });
}
