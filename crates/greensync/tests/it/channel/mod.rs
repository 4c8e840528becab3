//! Channels, over all flavours.

mod closing;
mod order;
mod stress;

use greensync::{Receiver, Sender, bounded, unbounded};

/// The kinds of channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Rendezvous,
    One,
    Several,
    Unbounded,
}

pub(crate) const FLAVOURS: [Flavour; 4] =
    [Flavour::Rendezvous, Flavour::One, Flavour::Several, Flavour::Unbounded];

impl Flavour {
    pub(crate) fn channel<T>(self) -> (Sender<T>, Receiver<T>) {
        match self.capacity() {
            Some(capacity) => bounded(capacity),
            None => unbounded(),
        }
    }

    pub(crate) fn capacity(self) -> Option<usize> {
        match self {
            Flavour::Rendezvous => Some(0),
            Flavour::One => Some(1),
            Flavour::Several => Some(4),
            Flavour::Unbounded => None,
        }
    }
}
