//! What can wait in a queue.

use greenstd::time::Instant;

/// Something that waits for a worker.
pub trait Item: Send + 'static {
    /// Whether it is still to be run. One that was claimed or cancelled where it waits says no, and
    /// is dropped when it comes to light. Called under an internal lock: a load, and no more.
    fn is_waiting(&self) -> bool {
        true
    }

    /// When it was accepted, if it knows; the age of the oldest item is told by this.
    fn accepted_at(&self) -> Option<Instant> {
        None
    }
}

impl Item for Box<dyn FnOnce() + Send> {}
