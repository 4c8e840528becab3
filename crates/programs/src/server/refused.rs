//! Connections for which there is no room.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::Shutdown;
use std::time::Duration;

use executor::io::net::TcpStream;
use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

/// How many are kept after they were refused, and for how long.
const MAX_KEPT: usize = 64;
const KEPT_TIME: Duration = Duration::from_secs(1);

/// Those that were refused a moment ago.
///
/// A connection that is closed with a request unread is reset, and the reset may overtake the refusal.
/// So they stay open a little, with their end already sent; and few do, as each holds a descriptor.
#[derive(Default)]
pub(crate) struct Refused {
    kept: VecDeque<(Instant, Arc<TcpStream>)>,
}

impl Refused {
    /// Says `refusal` to the peer, and that this is all.
    pub(crate) fn refuse(&mut self, stream: Arc<TcpStream>, refusal: &[u8]) {
        if self.kept.len() >= MAX_KEPT {
            self.kept.pop_front();
        }
        if say(&stream, refusal).is_ok() {
            self.kept.push_back((time::now(), stream));
        }
    }

    /// Closes those that have had their time.
    pub(crate) fn let_go(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        let now = time::now();
        let is_over = |since: Instant| now.saturating_duration_since(since) >= KEPT_TIME;
        while self.kept.front().is_some_and(|(since, _)| is_over(*since)) {
            self.kept.pop_front();
        }
    }

    /// Closes all of them.
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
    }
}

/// The buffer of a fresh socket has room for it, so this does not wait.
fn say(mut stream: &TcpStream, refusal: &[u8]) -> io::Result<()> {
    stream.write_all(refusal)?;
    stream.shutdown(Shutdown::Write)
}
