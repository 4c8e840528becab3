//! What can wait in a queue.

use std::time::Duration;

/// Something that waits for a worker.
pub trait Item: Send + 'static {
    /// Whether it is still to be run. One that was claimed or cancelled where it waits says no, and
    /// is dropped when it comes to light. Called under an internal lock: a load, and no more.
    fn is_waiting(&self) -> bool {
        true
    }

    /// What tells it from the items that wait with it (an address, say); 0 if nothing does. By this a
    /// carrier knows without a lock whether an item that it has claimed was the last of its queue.
    fn key(&self) -> usize {
        0
    }

    /// Its [number](crate::Admitted::number), if it knows, for the moment at which the queue comes to
    /// have a single worker: what waits is then put in the order of its submission. Items that say
    /// nothing keep their order within the queue that they are in. Called under an internal lock too.
    fn number(&self) -> u64 {
        0
    }

    /// How long it has waited, if it knows: for the gauge. Called under an internal lock too.
    fn age(&self) -> Option<Duration> {
        None
    }
}

impl Item for Box<dyn FnOnce() + Send> {}
