//! The seam between a program's protocol and the connections.

use std::borrow::Cow;
use std::time::Duration;

use executor::park;
use greenstd::sync::Arc;

use super::input::Input;

/// One side of one conversation: bytes in, bytes out. Made anew for each connection.
pub trait Protocol: Send + 'static {
    /// Answers as much of `input` as it can, and takes from it what it has answered. If `stopping`, the
    /// server is about to end: an answer may say so, and should be the last.
    ///
    /// It is called again after whatever its [`Step`] asked for.
    fn answer(&mut self, input: &mut Input, output: &mut Vec<u8>, stopping: bool) -> Step;

    /// Appends what is said to a peer that has not completed its request in time.
    fn answer_too_slow(&mut self, output: &mut Vec<u8>);
}

/// What a [`Protocol`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send the output, then wait for the next request: none has begun.
    Idle,
    /// Send the output, then wait for more of a request that has begun.
    Partial,
    /// Send the output, and come back at once: there is more to say.
    Flush,
    /// Send the output, and end the conversation.
    Close,
}

/// What a server offers to whoever connects.
pub trait Service: Send + Sync + 'static {
    /// How it talks.
    type Protocol: Protocol;

    /// Begins a conversation.
    fn begin(self: &Arc<Self>) -> Self::Protocol;

    /// What is said to a connection for which there is no room; there may be some after that time, if it is known.
    fn refusal(&self, retry_after: Option<Duration>) -> Cow<'static, [u8]>;

    /// Does what is to be done beside the connections, until its green thread is cancelled.
    /// It keeps its worker slot until then, so that there are always as many for connections.
    fn tend(&self) {
        while park().is_ok() {}
    }
}
