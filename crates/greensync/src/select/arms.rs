//! The arms of a select: a message to receive, one to send, or to look whether either can be done.

use std::marker::PhantomData;

use greenctx::Interrupted;
use greenstd::time::Instant;

use crate::channel::{
    Channel, Inside, LISTS, Parcel, Promised, RECEIVERS, Received, SENDERS, State, WATCHERS,
    begins_to_wait, can_receive, can_send, meet, met, promise_now, receive_now,
};
use crate::channel::{Receiver, RecvError, SendError, Sender};
use crate::monitor::Batch;
use crate::monitor::select::{Arm, MonitorArm, Numbered, Operation, Tried};

use super::Outcome;

type ChannelArm<'a, T, O> = MonitorArm<'a, State<T>, Parcel<T>, LISTS, O>;

/// The arm that receives a message.
#[doc(hidden)]
pub struct RecvArm<'a, T> {
    arm: ChannelArm<'a, T, Receive>,
}

/// The arm that sends a message, which is made when the arm is chosen.
#[doc(hidden)]
pub struct SendArm<'a, T> {
    arm: ChannelArm<'a, T, Send>,
    channel: &'a Channel<T>,
}

/// The arm that only looks whether a message can be received, or sent.
pub(super) struct LookArm<'a, T, D> {
    arm: ChannelArm<'a, T, Look<D>>,
}

impl<'a, T> RecvArm<'a, T> {
    /// An arm that receives from the channel of `receiver`.
    #[doc(hidden)]
    pub fn new(receiver: &'a Receiver<T>) -> Self {
        RecvArm { arm: MonitorArm::new(&receiver.channel().monitor, Parcel::Nothing) }
    }

    /// The arm, to be lent to [`fair`](super::fair) or [`biased`](super::biased).
    #[doc(hidden)]
    pub fn arm(&self, number: usize) -> ArmRef<'_> {
        ArmRef((number, &self.arm))
    }

    /// The result of the receive, if the arm was chosen.
    ///
    /// # Errors
    /// As [`Receiver::recv`].
    #[doc(hidden)]
    pub fn finish(self, outcome: &Outcome) -> Result<T, RecvError> {
        match outcome.interrupted {
            Some(interrupted) => Err(RecvError::Interrupted(interrupted)),
            None => self.into_received().ok_or(RecvError::Disconnected),
        }
    }

    /// The message, if it was chosen; `None` if the channel is closed.
    pub(super) fn into_received(self) -> Option<T> {
        self.arm.into_message().take()
    }

    pub(super) fn as_arm(&self) -> &dyn Arm {
        &self.arm
    }
}

impl<'a, T> SendArm<'a, T> {
    /// An arm that sends into the channel of `sender`.
    #[doc(hidden)]
    pub fn new(sender: &'a Sender<T>) -> Self {
        let channel = sender.channel();
        SendArm { arm: MonitorArm::new(&channel.monitor, Parcel::Nothing), channel }
    }

    /// The arm, to be lent to [`fair`](super::fair) or [`biased`](super::biased).
    #[doc(hidden)]
    pub fn arm(&self, number: usize) -> ArmRef<'_> {
        ArmRef((number, &self.arm))
    }

    /// What is to be done with the message, if the arm was chosen.
    #[doc(hidden)]
    pub fn finish(self, outcome: &Outcome) -> Chosen<'a, T> {
        match outcome.interrupted {
            Some(interrupted) => Chosen(Promise::Interrupted(interrupted)),
            None => Chosen(self.into_promise()),
        }
    }

    fn into_promise(self) -> Promise<'a, T> {
        let channel = self.channel;
        match self.arm.into_message() {
            Parcel::Promise => Promise::Given(channel),
            _ => Promise::Closed,
        }
    }

    /// Hands the promise over to the caller; `false` if there is none, as the channel is closed.
    pub(super) fn take_promise(self) -> bool {
        matches!(self.arm.into_message(), Parcel::Promise)
    }

    pub(super) fn as_arm(&self) -> &dyn Arm {
        &self.arm
    }
}

impl<'a, T, D> LookArm<'a, T, D>
where
    Look<D>: Operation<State<T>, Parcel<T>, LISTS>,
{
    pub(super) fn new(channel: &'a Channel<T>) -> Self {
        LookArm { arm: MonitorArm::new(&channel.monitor, Parcel::Nothing) }
    }
}

/// An arm that is lent to [`fair`](super::fair) or [`biased`](super::biased).
#[doc(hidden)]
pub struct ArmRef<'a>(pub(super) Numbered<'a>);

/// A send that was chosen: its message is made now.
#[must_use]
#[doc(hidden)]
pub struct Chosen<'a, T>(Promise<'a, T>);

enum Promise<'a, T> {
    Given(&'a Channel<T>),
    Closed,
    Interrupted(Interrupted),
}

impl<T> Chosen<'_, T> {
    /// Sends the message, as was promised.
    ///
    /// # Errors
    /// As [`Sender::send`].
    #[doc(hidden)]
    pub fn send(mut self, message: T) -> Result<(), SendError<T>> {
        match std::mem::replace(&mut self.0, Promise::Closed) {
            Promise::Given(channel) => {
                channel.fulfil(message).map_err(|message| SendError::Disconnected(message.into()))
            }
            Promise::Closed => Err(SendError::Disconnected(message.into())),
            Promise::Interrupted(interrupted) => {
                Err(SendError::Interrupted(interrupted, message.into()))
            }
        }
    }
}

impl<T> Drop for Chosen<'_, T> {
    /// The message could not be made: *promise-break*.
    fn drop(&mut self) {
        if let Promise::Given(channel) = self.0 {
            channel.break_promise();
        }
    }
}

impl<T> Operation<State<T>, Parcel<T>, LISTS> for Receive {
    const LIST: usize = RECEIVERS;

    fn is_done(message: &Parcel<T>) -> bool {
        matches!(message, Parcel::Message(_))
    }

    fn attempt(inside: &mut Inside<'_, T>, message: &mut Parcel<T>) -> Tried {
        received(receive_now(inside), message)
    }

    fn meet(inside: &mut Inside<'_, T>, message: &mut Parcel<T>) -> Tried {
        received(meet(inside), message)
    }

    fn batch(state: &mut State<T>) -> &mut Batch<Parcel<T>> {
        met(state)
    }

    fn stands(inside: &mut Inside<'_, T>) -> Option<Instant> {
        begins_to_wait(inside);
        inside.state.due()
    }
}

fn received<T>(received: Received<T>, message: &mut Parcel<T>) -> Tried {
    match received {
        Received::Message(received) => *message = Parcel::Message(received),
        Received::Closed => {}
        Received::Empty => return Tried::No,
        Received::Late => return Tried::Meets,
    }
    Tried::Yes
}

impl<T> Operation<State<T>, Parcel<T>, LISTS> for Send {
    const LIST: usize = SENDERS;

    fn is_done(message: &Parcel<T>) -> bool {
        matches!(message, Parcel::Promise)
    }

    fn attempt(inside: &mut Inside<'_, T>, message: &mut Parcel<T>) -> Tried {
        match promise_now(inside) {
            Promised::Done => *message = Parcel::Promise,
            Promised::Closed => {}
            Promised::Full => return Tried::No,
        }
        Tried::Yes
    }

    fn batch(state: &mut State<T>) -> &mut Batch<Parcel<T>> {
        met(state)
    }

    fn stands(inside: &mut Inside<'_, T>) -> Option<Instant> {
        begins_to_wait(inside);
        None
    }
}

/// The direction of a [`Receiver`].
#[derive(Debug)]
pub(super) struct Receive;

/// The direction of a [`Sender`].
#[derive(Debug)]
pub(super) struct Send;

/// The operation that only looks.
pub(super) struct Look<D>(PhantomData<D>);

macro_rules! look {
    ($direction:ty, $can:ident) => {
        impl<T> Operation<State<T>, Parcel<T>, LISTS> for Look<$direction> {
            const LIST: usize = WATCHERS;

            fn is_done(_message: &Parcel<T>) -> bool {
                false
            }

            fn attempt(inside: &mut Inside<'_, T>, _message: &mut Parcel<T>) -> Tried {
                if $can(inside) { Tried::Yes } else { Tried::No }
            }

            fn batch(state: &mut State<T>) -> &mut Batch<Parcel<T>> {
                met(state)
            }

            fn stands(inside: &mut Inside<'_, T>) -> Option<Instant> {
                // A channel that has a clock has no sender.
                inside.state.due()
            }
        }

        impl<T> AsArm for LookArm<'_, T, $direction> {
            fn as_arm(&self) -> &dyn Arm {
                &self.arm
            }
        }
    };
}
look!(Receive, can_receive);
look!(Send, can_send);

/// A value with an arm, whatever the type of the channel.
pub(super) trait AsArm {
    fn as_arm(&self) -> &dyn Arm;
}

impl<T> std::fmt::Debug for RecvArm<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecvArm { .. }")
    }
}

impl<T> std::fmt::Debug for SendArm<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SendArm { .. }")
    }
}

impl<T> std::fmt::Debug for Chosen<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chosen { .. }")
    }
}

impl std::fmt::Debug for ArmRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArmRef { .. }")
    }
}
