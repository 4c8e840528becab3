//! On ours: a job a connection, written as for std.

use std::io::{self, Read, Write};

use greenio::net::{TcpListener, TcpStream};

use super::exchange::Exchange;
use super::{ANY_PORT, announce};
use crate::measure::Params;
use crate::workloads::peers;

pub fn serve(params: &Params) -> io::Result<()> {
    let pool = peers::green(params);
    // The main thread is no carrier: it only listens.
    let listener = TcpListener::bind(ANY_PORT)?;
    announce(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept()?;
        drop(pool.submit(move || converse(stream)).map_err(io::Error::other)?);
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
