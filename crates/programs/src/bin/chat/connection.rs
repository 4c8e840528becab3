//! One client: a job that reads, and a job that writes.

use std::io::Write;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use executor::io::net::TcpStream;
use executor::sync::{Interrupted, Receiver, Sender, bounded};
use executor::{ExecutorHandle, with_timeout};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Bytes, Message, WebSocket};

use crate::end::ReaderEnd;
use crate::frame;
use crate::memory;
use crate::room::{OUTBOX_FRAMES, Room};

/// How long a client may take to introduce itself, and to read what there is for it when it goes.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer message ends the connection.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// Small, as most connections are silent most of the time.
const BUFFER_BYTES: usize = 2 * 1024;
const MAX_NAME_CHARACTERS: usize = 32;

/// How a connection ended, if not by a word of good-bye.
pub(crate) type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Serves the client number `number` until it goes.
///
/// # Blocking
/// Parks the green thread.
pub(crate) fn serve(
    number: u64,
    stream: TcpStream,
    room: &Room,
    executor: &ExecutorHandle,
) -> Ended {
    stream.set_nodelay(true)?;
    let stream = Arc::new(stream);
    let (outbox, frames) = bounded(OUTBOX_FRAMES);
    let of_writer = stream.clone();
    let writer = executor.submit(move || write(&of_writer, &frames)).map_err(|e| e.reason())?;
    let ended = greet_and_talk(number, &stream, outbox, room);
    room.leave(number);
    // Now the outbox has no sender any more. The writer ends when it is empty, or with the connection.
    if executor::shield(|| writer.wait_timeout(PATIENCE)).is_err() {
        stream.shutdown(Shutdown::Both)?;
    }
    ended
}

/// Writes what comes, until no more can come or nobody takes it.
fn write(stream: &TcpStream, frames: &Receiver<Bytes>) {
    let mut socket = stream;
    for frame in frames {
        if socket.write_all(&frame).is_err() {
            // The reader, and whoever fills the outbox, need not wait for more.
            let _ = stream.shutdown(Shutdown::Both);
            frames.close();
            return;
        }
    }
}

fn greet_and_talk(
    number: u64,
    stream: &Arc<TcpStream>,
    outbox: Sender<Bytes>,
    room: &Room,
) -> Ended {
    let end = ReaderEnd { stream: stream.clone(), outbox: outbox.clone() };
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    let mut socket = with_timeout(PATIENCE, || {
        tungstenite::accept_with_config(end, Some(config)).map_err(|error| error.to_string())
    })?;
    let Some(here) = room.join(number, stream.clone(), outbox.clone())? else {
        outbox.send(frame::close("the room is closed"))?;
        return Ok(());
    };
    let mut client = Client { name: format!("guest-{number}"), outbox, room };
    client.hear(format!("welcome, {}: {here} are here", client.name))?;
    client.talk(&mut socket)
}

/// Who is at the other end.
struct Client<'a> {
    name: String,
    outbox: Sender<Bytes>,
    room: &'a Room,
}

impl Client<'_> {
    /// Reads what the client says, until it goes.
    fn talk(&mut self, socket: &mut WebSocket<ReaderEnd>) -> Ended {
        loop {
            match socket.read() {
                Ok(Message::Text(text)) => self.heard(text.trim())?,
                // Pings and good-byes are answered by tungstenite; anything else is not for a chat.
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed) => {
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn heard(&mut self, text: &str) -> Ended {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("/who", _) => self.hear(format!("{} are here", self.room.len()?)),
            ("/stats", _) => self.hear(stats(self.room)?),
            ("/name", name) if !name.is_empty() => {
                self.name = name.chars().take(MAX_NAME_CHARACTERS).collect();
                self.hear(format!("you are {}", self.name))
            }
            _ => Ok(self.room.say(format!("{}: {text}", self.name))?),
        }
    }

    /// Tells the client alone.
    fn hear(&self, text: String) -> Ended {
        Ok(self.outbox.send(frame::text(text))?)
    }
}

fn stats(room: &Room) -> Result<String, Interrupted> {
    let (here, resident) = (room.len()?, memory::resident_bytes());
    let each = resident / here.max(1) as u64;
    Ok(format!("{here} connections, {} KiB resident, {each} bytes each", resident / 1024))
}
