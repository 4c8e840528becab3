//! The arms of a select: a message to receive or to send.

use std::fmt;

use crate::channel::{Inside, RECEIVERS, Received, SENDERS, Sent, State, receive_now, send_now};
use crate::channel::{Receiver, RecvError, SendError, Sender};
use crate::monitor::select::{MonitorArm, Numbered};

use super::Outcome;

/// To receive a message, as one of the operations of a [`Select`](crate::Select).
pub struct RecvArm<'a, T> {
    arm: MonitorArm<'a, State<T>, Option<T>, 2>,
}

/// To send a message, as one of the operations of a [`Select`](crate::Select).
pub struct SendArm<'a, T> {
    arm: MonitorArm<'a, State<T>, Option<T>, 2>,
}

impl<'a, T> RecvArm<'a, T> {
    /// From the channel of `receiver`.
    pub fn new(receiver: &'a Receiver<T>) -> Self {
        RecvArm { arm: MonitorArm::new(&receiver.channel().monitor, RECEIVERS, None, receive) }
    }

    pub(super) fn numbered(&self, number: usize) -> Numbered<'_> {
        (number, &self.arm)
    }

    /// The message; `None` if the operation was not done, or the channel is closed and nothing was left.
    pub fn into_received(self) -> Option<T> {
        self.arm.into_message()
    }
}

impl<'a, T> SendArm<'a, T> {
    /// Of `message`, into the channel of `sender`.
    pub fn new(sender: &'a Sender<T>, message: T) -> Self {
        SendArm { arm: MonitorArm::new(&sender.channel().monitor, SENDERS, Some(message), send) }
    }

    pub(super) fn numbered(&self, number: usize) -> Numbered<'_> {
        (number, &self.arm)
    }

    /// The message, if it was not sent: because the operation was not done, or the channel is closed.
    pub fn into_unsent(self) -> Option<T> {
        self.arm.into_message()
    }
}

/// What the macro does with an arm.
pub trait MacroArm {
    /// What the arm's pattern is matched with.
    type Result;

    /// The arm for [`wait`](super::wait).
    fn arm(&self, number: usize) -> MacroArmRef<'_>;

    /// What came of it, if it is the chosen one. If not, an unsent message is dropped here.
    fn finish(self, number: usize, outcome: &Outcome) -> Option<Self::Result>;
}

/// An arm that is lent to [`wait`](super::wait).
pub struct MacroArmRef<'a>(pub(super) Numbered<'a>);

impl<T> MacroArm for RecvArm<'_, T> {
    type Result = Result<T, RecvError>;

    fn arm(&self, number: usize) -> MacroArmRef<'_> {
        MacroArmRef(self.numbered(number))
    }

    fn finish(self, number: usize, outcome: &Outcome) -> Option<Self::Result> {
        outcome.is_for(number).then(|| match outcome.interrupted {
            Some(interrupted) => Err(RecvError::Interrupted(interrupted)),
            None => self.into_received().ok_or(RecvError::Disconnected),
        })
    }
}

impl<T> MacroArm for SendArm<'_, T> {
    type Result = Result<(), SendError<T>>;

    fn arm(&self, number: usize) -> MacroArmRef<'_> {
        MacroArmRef(self.numbered(number))
    }

    fn finish(self, number: usize, outcome: &Outcome) -> Option<Self::Result> {
        outcome.is_for(number).then(|| match (self.into_unsent(), outcome.interrupted) {
            (None, _) => Ok(()),
            (Some(message), None) => Err(SendError::Disconnected(message.into())),
            (Some(message), Some(reason)) => Err(SendError::Interrupted(reason, message.into())),
        })
    }
}

/// Also when it has a message already, from an earlier select.
fn receive<T>(inside: &mut Inside<'_, T>, message: &mut Option<T>) -> bool {
    if message.is_some() {
        return true;
    }
    match receive_now(inside) {
        Received::Message(received) => *message = Some(received),
        Received::Closed => {}
        Received::Empty => return false,
    }
    true
}

/// Also when it has been sent already, by an earlier select.
fn send<T>(inside: &mut Inside<'_, T>, message: &mut Option<T>) -> bool {
    let Some(sending) = message.take() else { return true };
    match send_now(inside, sending) {
        Sent::Done => {}
        Sent::Closed(unsent) => *message = Some(unsent),
        Sent::Full(unsent) => {
            *message = Some(unsent);
            return false;
        }
    }
    true
}

impl<T> fmt::Debug for RecvArm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecvArm { .. }")
    }
}

impl<T> fmt::Debug for SendArm<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendArm { .. }")
    }
}

impl fmt::Debug for MacroArmRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacroArmRef { .. }")
    }
}
