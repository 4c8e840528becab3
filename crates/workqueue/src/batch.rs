//! Items that are pushed together.

use crate::{Admitted, Item, Queue};

/// Items that have room each, and go to the queue together, by [`Queue::batch`]. They are [pushed](Self::push) at the
/// latest when it is dropped: so none that was admitted is lost.
///
/// That takes the queue's lock once, and wakes one carrier at most. A carrier that finds more than it takes wakes the
/// next. Until then the items count as waiting, and no carrier finds them.
///
/// ```
/// use workqueue::Queue;
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// let mut batch = queue.batch();
/// for item in 0..3 {
///     batch.add(queue.admit()?, item);
/// }
/// assert_eq!(locals[0].take(), None); // not pushed yet
/// batch.push();
/// assert_eq!(locals[0].take(), Some(0));
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[doc(alias = "extend")]
#[doc(alias = "push_many")]
#[derive(Debug)]
#[must_use = "its drop pushes what it has"]
pub struct Batch<'q, T: Item> {
    queue: &'q Queue<T>,
    items: Vec<T>,
}

impl<'q, T: Item> Batch<'q, T> {
    pub(crate) fn new(queue: &'q Queue<T>) -> Self {
        Batch { queue, items: Vec::new() }
    }

    /// Adds an item behind the others.
    ///
    /// # Panics
    /// If the room is that of another queue.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// let mut batch = queue.batch();
    /// batch.add(queue.admit()?, 7);
    /// assert_eq!(queue.queued(), 1);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn add(&mut self, room: Admitted<'_, T>, item: T) {
        room.fill_elsewhere(self.queue);
        self.items.push(item);
    }

    /// Adds the items to the queue, behind all that were submitted from outside.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let mut batch = queue.batch();
    /// batch.add(queue.admit()?, 7);
    /// batch.push();
    /// assert_eq!(locals[0].take(), Some(7));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn push(self) {}
}

impl<T: Item> Drop for Batch<'_, T> {
    fn drop(&mut self) {
        if !self.items.is_empty() {
            self.queue.push_all(&mut self.items);
        }
    }
}
