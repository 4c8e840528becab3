//! Room that was granted and not yet filled.

use crate::{Item, Local, Queue};

/// Room for one item, by [`Queue::admit`]. The drop of it without a push gives the room back.
///
/// Take it if the item is expensive to make, or if it needs its [number](Self::number). Else take
/// [`Queue::submit`].
///
/// ```
/// use workqueue::{Queue, Refused};
///
/// let (queue, mut locals) = Queue::<String>::new(1, 1);
/// queue.set_limit(Some(1));
/// let room = queue.admit()?;
/// assert_eq!(queue.admit().err(), Some(Refused::Full)); // no other item gets this place
/// drop(room);
///
/// let room = queue.admit()?;
/// let item = format!("item {}", room.number());
/// room.push(item);
/// assert_eq!(locals[0].take().as_deref(), Some("item 1"));
/// # Ok::<(), Refused>(())
/// ```
#[doc(alias = "Permit")]
#[doc(alias = "reserve")]
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
    ///
    /// The numbers follow the order of acceptance. An item that keeps its number can give it back by
    /// [`Item::number`].
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// assert_eq!(queue.admit()?.number(), 1);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Adds the item, behind all that were submitted from outside.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(1);
    /// queue.admit()?.push(2);
    /// assert_eq!(locals[0].take(), Some(1));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline(always)]
    pub fn push(self, item: T) {
        self.queue.push(item, None);
        // The room is filled: its drop would give it back.
        std::mem::forget(self);
    }

    /// Adds the item on the carrier that submits it, behind that carrier's other items.
    ///
    /// Take it on a carrier: what belongs together then stays on one thread, until a sibling has nothing to do. With a
    /// maximum of one worker, the item goes behind all others, whoever submitted them.
    ///
    /// # Panics
    /// If `local` belongs to another queue that has more carriers than this one.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.admit()?.push(1); // for the carrier that asks first
    /// queue.admit()?.push_on(&locals[1], 2); // for this carrier
    /// assert_eq!(locals[1].take(), Some(2));
    /// assert_eq!(locals[1].take(), Some(1));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn push_on(self, local: &Local<T>, item: T) {
        self.push_on_carrier(local.index(), item);
    }

    /// As [`push_on`](Self::push_on), by the carrier's number: for code that does not have the [`Local`] at hand.
    ///
    /// # Panics
    /// If there is no such carrier.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.admit()?.push_on_carrier(1, 7);
    /// assert_eq!(locals[1].take(), Some(7));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline(always)]
    pub fn push_on_carrier(self, carrier: usize, item: T) {
        self.queue.push(item, Some(carrier));
        // As in `push`.
        std::mem::forget(self);
    }

    /// Adds an item that this carrier alone may take, behind the others that are pinned to it.
    ///
    /// Take it for what must be beside something that runs there already. The carrier is woken if it sleeps. With a
    /// maximum of one worker, the item goes behind all others instead.
    ///
    /// It is no promise: if all worker slots stay with other carriers, one of these takes the item after a while, so
    /// that it does not starve.
    ///
    /// # Panics
    /// If there is no such carrier.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.admit()?.push_pinned(1, 7);
    /// assert_eq!(locals[0].take(), None); // not for this one
    /// assert_eq!(locals[1].take(), Some(7));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn push_pinned(self, carrier: usize, item: T) {
        self.queue.push_pinned(item, carrier);
        // As in `push`.
        std::mem::forget(self);
    }

    /// The room is that of an item which does not wait: the caller runs it now. It counts the start and the end, as a
    /// carrier does.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.start_at_once();
    /// locals[0].count_started();
    /// assert_eq!((queue.queued(), queue.is_quiet()), (0, false));
    /// locals[0].count_ended();
    /// assert!(queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn start_at_once(self) {
        // As in `push`.
        std::mem::forget(self);
    }

    /// Whoever calls this pushes the item to `queue` later.
    pub(crate) fn fill_elsewhere(self, queue: &Queue<T>) {
        assert!(self.queue.is_same(queue), "the room is that of another queue");
        // As in `push`.
        std::mem::forget(self);
    }
}

impl<T: Item> Drop for Admitted<'_, T> {
    fn drop(&mut self) {
        self.queue.withdraw_unpushed();
    }
}
