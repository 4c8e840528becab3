//! How much there is.

use std::time::Duration;

use super::Queue;
use crate::Item;

/// What waits and what runs, by [`Queue::gauge`].
///
/// ```
/// use workqueue::Queue;
///
/// let (queue, _locals) = Queue::<u32>::new(1, 1);
/// queue.admit()?.push(7);
/// let gauge = queue.gauge();
/// assert_eq!((gauge.queued, gauge.running), (1, 0));
/// assert_eq!(gauge.oldest, None); // a number does not know how long it has waited: see `Item::age`
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Gauge {
    /// Items that wait to start.
    pub queued: u64,
    /// Items that have started and not ended.
    pub running: u64,
    /// How long the oldest waiting item has waited.
    pub oldest: Option<Duration>,
}

impl<T: Item> Queue<T> {
    /// How many items were ever accepted.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// let outcomes = [queue.submit(1), queue.submit(2)];
    /// assert!(outcomes[0].is_ok() && outcomes[1].is_err());
    /// assert_eq!(queue.accepted(), 1);
    /// ```
    pub fn accepted(&self) -> u64 {
        self.shared.admission.admitted()
    }

    /// How much has happened: it grows with each item that is accepted, starts or ends.
    ///
    /// Two equal readings say that nothing happened in between.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// locals[0].take();
    /// locals[0].count_started();
    /// locals[0].count_ended();
    /// assert_eq!(queue.turnover(), 3);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn turnover(&self) -> u64 {
        let tally = &self.shared.tally;
        self.accepted() + tally.started() + tally.ended()
    }

    /// How many carriers are asleep, or about to sleep.
    ///
    /// ```
    /// let (queue, mut locals) = workqueue::Queue::<u32>::new(2, 2);
    /// let _may_sleep = locals[0].announce_sleep();
    /// assert_eq!(queue.sleeping_carriers(), 1);
    /// locals[0].end_sleep();
    /// ```
    pub fn sleeping_carriers(&self) -> usize {
        self.shared.idle.sleeping()
    }

    /// How many items there are in all queues, dead ones included: those that were claimed or withdrawn where they were.
    ///
    /// It is about memory. For what waits to start, take [`queued`](Self::queued).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// use workqueue::{Item, Queue};
    ///
    /// struct Job(Arc<AtomicBool>); // whether it still waits
    ///
    /// impl Item for Job {
    ///     fn is_waiting(&self) -> bool {
    ///         self.0.load(Relaxed)
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::new(1, 1);
    /// let waiting = Arc::new(AtomicBool::new(true));
    /// queue.admit()?.push(Job(waiting.clone()));
    /// waiting.store(false, Relaxed);
    /// queue.withdraw();
    /// assert_eq!((queue.len(), queue.queued()), (1, 0)); // what is left of it is still there
    /// assert!(locals[0].take().is_none());
    /// assert_eq!(queue.len(), 0);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn len(&self) -> usize {
        self.shared.backlog.len()
    }

    /// Whether no item is in any queue, not even a dead one. See [`len`](Self::len).
    ///
    /// An item that was taken and still runs is in no queue: for the end of all take [`is_quiet`](Self::is_quiet).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// assert!(!queue.is_empty());
    /// locals[0].take();
    /// assert!(queue.is_empty() && !queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.shared.backlog.is_empty()
    }

    /// How many items wait to start. One that was taken waits until it is
    /// [counted as started](crate::Local::count_started).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(1);
    /// queue.admit()?.push(2);
    /// assert_eq!(queue.queued(), 2);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "backlog")]
    #[doc(alias = "qsize")]
    pub fn queued(&self) -> u64 {
        // Read in this order: an item that starts meanwhile is not counted twice.
        let gone = self.shared.tally.started() + self.shared.tally.withdrawn();
        self.accepted().saturating_sub(gone)
    }

    /// How many items have started and not ended.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// locals[0].take();
    /// locals[0].count_started();
    /// assert_eq!(queue.running(), 1);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn running(&self) -> u64 {
        self.shared.tally.running()
    }

    /// Looks at some items that wait, `at_most` so many. Those that all carriers share come first, in their order. For
    /// reports.
    ///
    /// `look` is called under the locks of the queues: it must be short, and must not enter this queue.
    ///
    /// ```
    /// use workqueue::{Item, Queue};
    ///
    /// struct Job(&'static str);
    /// impl Item for Job {}
    ///
    /// let (queue, _locals) = Queue::new(1, 1);
    /// for name in ["parse", "resize", "store"] {
    ///     queue.admit()?.push(Job(name));
    /// }
    /// assert_eq!(queue.look_at_first(2, |job| job.0), ["parse", "resize"]);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn look_at_first<R>(&self, at_most: usize, look: impl FnMut(&T) -> R) -> Vec<R> {
        self.shared.backlog.look_at_first(at_most, look)
    }

    /// What waits and what runs.
    ///
    /// It looks for the oldest item under the locks of the queues, so it costs more than the single figures.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use workqueue::{Item, Queue};
    ///
    /// struct Job(Instant); // when it was submitted
    ///
    /// impl Item for Job {
    ///     fn age(&self) -> Option<Duration> {
    ///         Some(self.0.elapsed())
    ///     }
    /// }
    ///
    /// let (queue, _locals) = Queue::new(1, 1);
    /// queue.admit()?.push(Job(Instant::now()));
    /// let gauge = queue.gauge();
    /// assert_eq!((gauge.queued, gauge.running), (1, 0));
    /// assert!(gauge.oldest.is_some());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn gauge(&self) -> Gauge {
        Gauge {
            queued: self.queued(),
            running: self.shared.tally.running(),
            oldest: self.shared.backlog.oldest(),
        }
    }
}
