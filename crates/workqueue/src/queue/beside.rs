//! Work beside the queue, which takes part in the idle protocol.

use greenstd::sync::Arc;

use super::Queue;
use crate::{Beside, Item};

impl<T: Item> Queue<T> {
    /// Says that carriers have other work too, beside the items of the queue.
    ///
    /// Call it once, before the first carrier sleeps; a second call changes nothing. See [`Beside`] for an example.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use workqueue::{Beside, Queue};
    ///
    /// struct Always;
    /// impl Beside for Always {
    ///     fn is_any_left(&self) -> bool {
    ///         true
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.set_beside(Arc::new(Always));
    /// assert!(!locals[0].announce_sleep()); // there is work: do not sleep
    /// locals[0].end_sleep();
    /// ```
    pub fn set_beside(&self, beside: Arc<dyn Beside>) {
        // A second one is a mistake of the caller that changes nothing.
        let _ = self.shared.beside.set(beside);
    }

    /// Work was added beside the queue: sees to it that a carrier finds it (*idle-beside-fence* to *idle-wake* of the idle protocol).
    ///
    /// ```
    /// use std::task::Waker;
    ///
    /// let (queue, mut locals) = workqueue::Queue::<u32>::new(1, 1);
    /// locals[0].set_waker(Waker::noop().clone());
    /// let _may_sleep = locals[0].announce_sleep();
    /// queue.beside_added();
    /// assert_eq!(queue.sleeping_carriers(), 0); // it was woken, to look
    /// locals[0].end_sleep();
    /// ```
    pub fn beside_added(&self) {
        self.shared.beside_added();
    }

    /// As [`beside_added`](Self::beside_added), without its fence: two loads if all carriers are awake.
    ///
    /// The fence must then be made up for by [`Beside::is_any_left`]. One of the two must see the other: this call the
    /// carrier that is about to sleep, or that one the work. On Linux, `membarrier` in `is_any_left` does that, if
    /// the compiler keeps the order of adding and calling.
    ///
    /// ```
    /// use std::task::Waker;
    ///
    /// let (queue, mut locals) = workqueue::Queue::<u32>::new(1, 1);
    /// locals[0].set_waker(Waker::noop().clone());
    /// let _may_sleep = locals[0].announce_sleep();
    /// queue.beside_added_unfenced();
    /// assert_eq!(queue.sleeping_carriers(), 0);
    /// locals[0].end_sleep();
    /// ```
    #[inline]
    pub fn beside_added_unfenced(&self) {
        self.shared.idle.wake_if_nobody_looks(|| self.shared.slots.is_free());
    }
}
