//! How many items may wait, and how many workers may be live.

use super::Queue;
use crate::Item;
use crate::admission::UNLIMITED;

impl<T: Item> Queue<T> {
    /// Lets at most `limit` items be outstanding (waiting or started) from now on. `None` lifts the limit.
    ///
    /// Items beyond a lowered limit stay accepted. Threads that wait for room are woken, to look once more.
    ///
    /// # Panics
    /// If there is a limit, and the queue was made [`unlimited`](Self::unlimited).
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// queue.admit()?.push(1);
    /// assert_eq!(queue.submit(2), Err((Refused::Full, 2)));
    /// queue.set_limit(None);
    /// assert_eq!(queue.submit(2), Ok(()));
    /// # Ok::<(), Refused>(())
    /// ```
    #[doc(alias = "capacity")]
    #[doc(alias = "bounded")]
    pub fn set_limit(&self, limit: Option<u64>) {
        assert!(
            limit.is_none() || self.shared.room_is_watched,
            "a queue that was made unlimited stays so; make it by Queue::new"
        );
        self.shared.admission.set_limit(limit.unwrap_or(UNLIMITED));
        self.shared.room.wake_all();
    }

    /// How many items may be outstanding, or `None` if there is no limit.
    ///
    /// ```
    /// let (queue, _locals) = workqueue::Queue::<u32>::new(1, 1);
    /// assert_eq!(queue.limit(), None);
    /// queue.set_limit(Some(64));
    /// assert_eq!(queue.limit(), Some(64));
    /// ```
    pub fn limit(&self) -> Option<u64> {
        Some(self.shared.admission.limit()).filter(|&limit| limit != UNLIMITED)
    }

    /// Lets at most `max_workers` workers be live from now on. Live ones beyond it go on until they retire.
    ///
    /// With one, all items wait in one line from now on. Once the workers beyond it have retired, items start in the
    /// order of their submission. That includes those that wait now, if they know their [number](Item::number).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.set_max_workers(1);
    /// queue.admit()?.push_on(&locals[1], 1);
    /// queue.admit()?.push(2);
    /// assert!(locals[0].start_worker());
    /// assert!(!locals[1].start_worker());
    /// assert_eq!(locals[0].take(), Some(1)); // one line, whoever submitted them
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "setMaximumPoolSize")]
    #[doc(alias = "resize")]
    pub fn set_max_workers(&self, max_workers: usize) {
        {
            let _one_at_a_time = self.shared.resizing.lock();
            self.shared.slots.set_max(max_workers);
            if self.shared.slots.is_in_line() {
                self.shared.backlog.line_up();
            } else {
                self.shared.backlog.spread_out();
            }
        }
        // Outside of the lock: a waker is foreign code.
        self.shared.idle.wake_all();
        self.shared.check_room_in_vain();
    }

    /// How many workers may be live.
    ///
    /// ```
    /// let (queue, _locals) = workqueue::Queue::<u32>::new(2, 8);
    /// assert_eq!(queue.max_workers(), 8);
    /// ```
    pub fn max_workers(&self) -> usize {
        self.shared.slots.max()
    }

    /// How many workers are live. It may exceed the [maximum](Self::max_workers) for a while.
    ///
    /// ```
    /// let (queue, locals) = workqueue::Queue::<u32>::new(1, 2);
    /// assert!(locals[0].start_worker());
    /// assert_eq!(queue.live_workers(), 1);
    /// ```
    pub fn live_workers(&self) -> usize {
        self.shared.slots.live()
    }
}
