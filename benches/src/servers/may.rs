//! On may: a coroutine a connection, in the way of its fastest programs, which read and write the socket
//! themselves and only wait through may.

use std::io::{self, ErrorKind, Read, Write};

use may::io::WaitIo;
use may::net::{TcpListener, TcpStream};

use super::exchange::Exchange;
use super::{ANY_PORT, announce};
use crate::measure::Params;

pub fn serve(params: &Params) -> io::Result<()> {
    may::config().set_workers(params.carriers);
    let listener = TcpListener::bind(ANY_PORT)?;
    announce(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept()?;
        may::go!(move || converse(stream));
    }
}

fn converse(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut exchange = Exchange::new();
    loop {
        let room = exchange.room();
        let asked = room.len();
        let count = match stream.inner_mut().read(room) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stream.wait_io();
                continue;
            }
            Err(error) => return Err(error),
        };
        write_all(&mut stream, exchange.answer(count)?)?;
        // A short read has emptied the socket: to read again before waiting would be in vain.
        if count < asked {
            stream.wait_io();
        }
    }
}

fn write_all(stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.inner_mut().write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stream.wait_io();
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
