//! Counting without the carrier's `Local` at hand.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use crossbeam_utils::CachePadded;
use greenstd::sync::Arc;

use crate::Item;
#[cfg(doc)]
use crate::Local;
use crate::queue::Shared;
use crate::tally::Counts;

/// Counts the items of a carrier, as its [`Local`] does, by a shared reference.
///
/// It is for code that counts in the middle of other uses of the `Local`. It stays on the OS thread that made it, and
/// that is the one which uses the `Local`: if two threads count at the same time, counts are lost.
///
/// ```
/// use workqueue::Queue;
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// let counting = locals[0].counting();
/// queue.admit()?.push(7);
/// let item = locals[0].take();
/// counting.count_started();
/// assert_eq!((item, queue.queued(), queue.gauge().running), (Some(7), 0, 1));
/// counting.count_ended();
/// assert!(queue.is_quiet());
/// # Ok::<(), workqueue::Refused>(())
/// ```
pub struct Counting<T: Item> {
    counts: Arc<CachePadded<Counts>>,
    shared: Arc<Shared<T>>,
    /// Of one thread.
    _local: PhantomData<Rc<()>>,
}

impl<T: Item> Counting<T> {
    pub(crate) fn new(counts: Arc<CachePadded<Counts>>, shared: Arc<Shared<T>>) -> Self {
        Counting { counts, shared, _local: PhantomData }
    }

    /// As [`Local::count_started`].
    ///
    /// ```
    /// let (queue, locals) = workqueue::Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// locals[0].counting().count_started();
    /// assert_eq!(queue.gauge().running, 1);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline(always)]
    pub fn count_started(&self) {
        self.counts.start();
        self.shared.room_may_have_grown();
    }

    /// As [`Local::count_ended`].
    ///
    /// ```
    /// let (queue, locals) = workqueue::Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// let counting = locals[0].counting();
    /// counting.count_started();
    /// counting.count_ended();
    /// assert!(queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline(always)]
    pub fn count_ended(&self) {
        self.counts.end();
        self.shared.room_may_have_grown();
    }
}

impl<T: Item> fmt::Debug for Counting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counting").finish_non_exhaustive()
    }
}
