//! `chat`, and a client that does not read: it is cut off, and the others notice nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::error::{Context, Result};
use crate::examples::chat;

/// The others.
const CLIENTS: usize = 20;
/// More than all buffers of one connection hold.
const MESSAGES: &str = "1000";
const BYTES: &str = "16384";

/// The beginning of a websocket, as RFC 6455 has it.
const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: chat\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

pub(super) fn check() -> Result<()> {
    let (server, address) = chat::start(&["--max-clients", "22"])?;
    let silent = join(&address).context(|| "cannot join the chat".into())?;
    let ended = chat::clients(&address, CLIENTS, &["--messages", MESSAGES, "--bytes", BYTES])?;
    let all = format!("{MESSAGES} messages were heard by all");
    let is_right = ended.success() && ended.output().contains(&all);
    chat::demand(is_right, "with one that does not read", &ended)?;
    cut_off(silent).context(|| "a client that did not read is still connected".into())?;

    let crowd: Vec<_> = (0..22)
        .map(|_| join(&address))
        .collect::<std::io::Result<_>>()
        .context(|| "cannot fill the room".into())?;
    let refused = clients_refused(&address)?;
    drop(crowd);
    let ended = chat::stop(server)?;
    chat::demand(ended.stderr.contains(" 1 cut off"), "(the server)", &ended)?;
    println!("chat       cuts off whoever does not read, and the others hear all");
    println!("chat       refuses whoever comes into a full room: {refused}");
    Ok(())
}

/// Comes in, and reads as far as the welcome.
fn join(address: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(UPGRADE.as_bytes())?;
    // Byte by byte, so that what follows stays unread.
    let mut reader = BufReader::with_capacity(1, &stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    if !line.contains(" 101 ") {
        return Err(std::io::Error::other(format!("not let in: {line}")));
    }
    while !line.trim().is_empty() {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let mut frame = [0; 2];
    reader.read_exact(&mut frame)?;
    let mut welcome = vec![0; usize::from(frame[1])];
    reader.read_exact(&mut welcome)?;
    drop(reader);
    Ok(stream)
}

/// Reads what the kernel still has, up to the end that the server has made of it.
fn cut_off(mut stream: TcpStream) -> std::io::Result<()> {
    match stream.read_to_end(&mut Vec::new()) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(()),
    }
}

fn clients_refused(address: &str) -> Result<String> {
    let ended = chat::clients(address, 1, &[])?;
    let is_right = ended.code() == Some(1) && ended.stderr.contains("503");
    chat::demand(is_right, "in a full room", &ended)?;
    let line = ended.stderr.lines().find(|line| line.contains("503")).unwrap_or_default();
    Ok(line.to_owned())
}
