//! On OS threads: one a connection, however many carriers there should be.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use super::exchange::Exchange;
use super::{ANY_PORT, announce};
use crate::measure::Params;

pub fn serve(_: &Params) -> io::Result<()> {
    let listener = TcpListener::bind(ANY_PORT)?;
    announce(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept()?;
        std::thread::spawn(move || converse(stream));
    }
}

fn converse(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut exchange = Exchange::new();
    loop {
        let count = stream.read(exchange.room())?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(exchange.answer(count)?)?;
    }
}
