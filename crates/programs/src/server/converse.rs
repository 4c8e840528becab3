//! One connection, from its first request to its end.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use executor::io::net::TcpStream;
use executor::{is_cancelled, shield, with_deadline, with_timeout};
use greenstd::time::{self, Instant};

use super::input::Input;
use super::options::Options;
use super::protocol::{Protocol, Step};

/// What the output has grown beyond this is given back while nothing is asked.
const KEPT_BYTES: usize = 16 * 1024;
/// How long, and for how many bytes, the peer is listened to after the last answer.
const LINGER_TIME: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// How long a peer may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    idle: Duration,
    request: Duration,
    exchange: Duration,
}

impl Limits {
    pub(crate) fn of(options: &Options) -> Self {
        Limits {
            idle: options.idle_timeout,
            request: options.request_timeout,
            exchange: options.exchange_timeout,
        }
    }
}

/// Talks with the peer until one of the two has had enough, or until this job is cancelled and what has
/// begun is answered.
pub(crate) fn converse(
    stream: &TcpStream,
    protocol: &mut impl Protocol,
    limits: &Limits,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(limits.idle))?;
    stream.set_write_timeout(Some(limits.request))?;
    let mut conversation = Conversation {
        stream,
        input: Input::default(),
        output: Vec::new(),
        due: None,
        exchange_due: None,
        limits: *limits,
    };
    conversation.run(protocol)
}

struct Conversation<'a> {
    stream: &'a TcpStream,
    input: Input,
    output: Vec<u8>,
    /// When the request that has begun must be complete.
    due: Option<Instant>,
    /// When the answer must have left, whatever the peer does. It is in force from the first byte of a
    /// request; requests that came in one piece with it share it.
    exchange_due: Option<Instant>,
    limits: Limits,
}

/// What a wait for input has come to.
enum Filled {
    Bytes,
    End,
    TooSlow,
}

impl Conversation<'_> {
    fn run(&mut self, protocol: &mut impl Protocol) -> io::Result<()> {
        loop {
            let stopping = is_cancelled();
            let step = shield(|| protocol.answer(&mut self.input, &mut self.output, stopping));
            self.send()?;
            let filled = match step {
                // It is the same exchange that goes on.
                Step::Flush => continue,
                Step::Close => return self.linger(),
                Step::Idle => self.wait_for_request()?,
                Step::Partial => self.wait_for_more()?,
            };
            match filled {
                Filled::Bytes => {}
                Filled::End => return Ok(()),
                Filled::TooSlow => {
                    protocol.answer_too_slow(&mut self.output);
                    self.send()?;
                    return self.linger();
                }
            }
        }
    }

    /// Sends all output in one write, if the peer takes it. A cancellation does not cut it short, the
    /// limit of the exchange does: a peer that takes a byte now and then would else have it for ever.
    fn send(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        // With an answer, the time of a request begins anew.
        self.due = None;
        let mut stream = self.stream;
        let due = *self.exchange_due.get_or_insert_with(|| time::now() + self.limits.exchange);
        shield(|| with_deadline(due, || stream.write_all(&self.output)))?;
        self.output.clear();
        Ok(())
    }

    /// Waits for a request to begin. Here a cancellation ends the conversation.
    fn wait_for_request(&mut self) -> io::Result<Filled> {
        (self.due, self.exchange_due) = (None, None);
        self.output.shrink_to(KEPT_BYTES);
        match self.input.fill(&mut &*self.stream) {
            Ok(0) => Ok(Filled::End),
            Ok(_) => Ok(Filled::Bytes),
            Err(_) if is_cancelled() => Ok(Filled::End),
            Err(error) if is_timeout(&error) => Ok(Filled::End),
            Err(error) => Err(error),
        }
    }

    /// Waits for more of a request that has begun; a cancellation lets it go on, its time limit does not.
    fn wait_for_more(&mut self) -> io::Result<Filled> {
        let due = *self.due.get_or_insert_with(|| time::now() + self.limits.request);
        self.exchange_due.get_or_insert_with(|| time::now() + self.limits.exchange);
        let filled = shield(|| with_deadline(due, || self.input.fill(&mut &*self.stream)));
        match filled {
            Ok(0) => Ok(Filled::End),
            Ok(_) => Ok(Filled::Bytes),
            Err(error) if is_timeout(&error) => Ok(Filled::TooSlow),
            Err(error) => Err(error),
        }
    }

    /// Says that this was all, and lets the peer read it before the connection is closed. Closing it with
    /// input unread would reset it, and the reset might overtake the answer.
    fn linger(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        let mut unread = self.stream.take(LINGER_BYTES as u64);
        // Whether the peer ends in time, late or by a reset is all the same now.
        let _ = shield(|| with_timeout(LINGER_TIME, || io::copy(&mut unread, &mut io::sink())));
        Ok(())
    }
}

/// The two kinds by which `std` tells of a timeout, on one system or the other.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}
