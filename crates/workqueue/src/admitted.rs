//! Room that was granted and not yet filled.

use crate::{Item, Local, Queue};

/// Room for one item. Dropped without a push, it gives the room back.
#[derive(Debug)]
#[must_use = "dropping it gives the room back"]
pub struct Admitted<'q, T: Item> {
    queue: &'q Queue<T>,
    number: u64,
}

impl<'q, T: Item> Admitted<'q, T> {
    pub(crate) fn new(queue: &'q Queue<T>, number: u64) -> Self {
        Admitted { queue, number }
    }

    /// How many items the queue had accepted before this one.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Adds the item, behind all that were submitted from outside.
    pub fn push(self, item: T) {
        self.queue.push(item, None);
        std::mem::forget(self);
    }

    /// Adds the item on the carrier that submits it, behind its others; with a maximum of one worker,
    /// behind all others.
    pub fn push_on(self, local: &Local<T>, item: T) {
        self.push_on_carrier(local.index(), item);
    }

    /// As [`push_on`](Self::push_on), by the carrier's number.
    ///
    /// # Panics
    /// If there is no such carrier.
    pub fn push_on_carrier(self, carrier: usize, item: T) {
        self.queue.push(item, Some(carrier));
        std::mem::forget(self);
    }
}

impl<T: Item> Drop for Admitted<'_, T> {
    fn drop(&mut self) {
        self.queue.withdraw_unpushed();
    }
}
