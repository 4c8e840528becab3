//! The room: who is in it, and what is said to all.
//!
//! Each client has an outbox with a limit. Whoever speaks while one is full waits a moment for room in
//! it: a writer that has not had its turn yet is no client that does not read. A client whose outbox is
//! still full then is cut off: it can come back, and knows that it has missed something. Leaving out
//! single messages would keep it, but in silence.

use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use executor::io::net::TcpStream;
use executor::sync::{Interrupted, Mutex, SendTimeoutError, Sender, TrySendError};
use greenstd::time::{self, Instant};
use tungstenite::Bytes;

use crate::frame;

/// How many frames may wait for a client.
pub(crate) const OUTBOX_FRAMES: usize = 64;

/// How long a message waits for room in full outboxes, in all of them together: then those that are
/// still full are cut off, and the talk goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Those who hear each other.
#[derive(Default)]
pub(crate) struct Room {
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    by_number: HashMap<u64, Member>,
    is_closed: bool,
    counts: Counts,
}

/// A client, as the room knows it.
struct Member {
    stream: Arc<TcpStream>,
    outbox: Sender<Bytes>,
}

/// What has been going on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// How many have come in.
    pub(crate) joined: u64,
    /// The most that were here at once.
    pub(crate) most: usize,
    /// What was said to all.
    pub(crate) messages: u64,
    /// What was put into outboxes for that.
    pub(crate) deliveries: u64,
    /// How many were cut off because they did not read.
    pub(crate) cut: u64,
}

impl Room {
    /// Lets a client in, as `number`; how many are here now, or `None` if the room is closed.
    pub(crate) fn join(
        &self,
        number: u64,
        stream: Arc<TcpStream>,
        outbox: Sender<Bytes>,
    ) -> Result<Option<usize>, Interrupted> {
        let mut members = self.members.lock()?;
        if members.is_closed {
            return Ok(None);
        }
        members.by_number.insert(number, Member { stream, outbox });
        let here = members.by_number.len();
        members.counts.joined += 1;
        members.counts.most = members.counts.most.max(here);
        Ok(Some(here))
    }

    /// A client has gone.
    pub(crate) fn leave(&self, number: u64) {
        // It must not stay, even if its job has been cancelled.
        let gone = executor::shield(|| {
            self.members.lock().map(|mut members| members.by_number.remove(&number))
        });
        drop(gone);
    }

    /// How many are here.
    pub(crate) fn len(&self) -> Result<usize, Interrupted> {
        Ok(self.members.lock()?.by_number.len())
    }

    /// What has been going on.
    pub(crate) fn counts(&self) -> Result<Counts, Interrupted> {
        Ok(self.members.lock()?.counts)
    }

    /// Says something to all, in the same order to each.
    pub(crate) fn say(&self, text: String) -> Result<(), Interrupted> {
        let frame = frame::text(text);
        let mut members = self.members.lock()?;
        members.counts.messages += 1;
        members.deliver(&frame);
        Ok(())
    }

    /// Says good-bye to all, and lets nobody in any more.
    pub(crate) fn close(&self) -> Result<(), Interrupted> {
        let farewell = frame::close("the room is being closed");
        let mut members = self.members.lock()?;
        members.is_closed = true;
        members.deliver(&farewell);
        for member in members.by_number.values() {
            // Nothing goes behind it.
            member.outbox.close();
        }
        Ok(())
    }

    /// Cuts everybody off.
    pub(crate) fn cut_all(&self) -> Result<(), Interrupted> {
        for member in self.members.lock()?.by_number.values() {
            member.cut();
        }
        Ok(())
    }
}

impl Members {
    fn deliver(&mut self, frame: &Bytes) {
        let (counts, mut full) = (&mut self.counts, Vec::new());
        for (number, member) in &self.by_number {
            match member.outbox.try_send(frame.clone()) {
                Ok(()) => counts.deliveries += 1,
                Err(TrySendError::Full(_)) => full.push(*number),
                // It is about to leave.
                Err(TrySendError::Disconnected(_)) => {}
            }
        }
        if !full.is_empty() {
            self.deliver_late(frame, &full, time::now() + PATIENCE);
        }
    }

    /// Waits for room in the outboxes of these, until `due`.
    fn deliver_late(&mut self, frame: &Bytes, full: &[u64], due: Instant) {
        for number in full {
            let Some(member) = self.by_number.get(number) else { continue };
            // Were the speaker cancelled meanwhile, that would be no reason to cut off the others.
            match executor::shield(|| member.outbox.send_deadline(frame.clone(), due)) {
                Ok(()) => self.counts.deliveries += 1,
                Err(SendTimeoutError::Disconnected(_)) => {}
                Err(_) => {
                    self.counts.cut += 1;
                    member.cut();
                    self.by_number.remove(number);
                }
            }
        }
    }
}

impl Member {
    /// Ends the connection: whoever reads from it or writes to it hears so.
    fn cut(&self) {
        // It may have ended by itself.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
