//! On tokio: a task a connection, written by hand for speed.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::exchange::Exchange;
use super::{ANY_PORT, announce};
use crate::measure::Params;

pub fn serve(params: &Params) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(params.carriers)
        .enable_io()
        .build()?;
    // The main thread is no worker: it only listens.
    runtime.block_on(async {
        let listener = TcpListener::bind(ANY_PORT).await?;
        announce(listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(converse(stream));
        }
    })
}

async fn converse(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut exchange = Exchange::new();
    loop {
        let count = stream.read(exchange.room()).await?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(exchange.answer(count)?).await?;
    }
}
