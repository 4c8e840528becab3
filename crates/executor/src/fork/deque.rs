//! The deque of a seat, as its owner sees it. It is that of crossbeam, or one that loom can follow.

use std::ptr;

#[cfg(not(green_loom))]
pub(super) use crossbeam_deque::{Steal, Stealer, Worker};
use crossbeam_utils::CachePadded;
use greenstd::atomic::{Ordering, fence as full_fence};
use greenstd::sync::Arc;
use greenstd::{fence, step};
#[cfg(green_loom)]
pub(super) use watched::{Steal, Stealer, Worker};

use super::entry::Entry;
use super::shelf::{Counts, Shared};
use super::side::Side;
use crate::pool::Pool;

/// Which deque it is: its address. For as long as a green thread lives, it tells whether the caller is that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(usize);

impl Mark {
    /// That of no deque.
    pub(super) const NONE: Mark = Mark(0);
}

/// The owner's half of a deque.
pub(super) struct Deque {
    worker: Worker<Entry>,
    shared: Arc<Shared>,
    counts: Arc<CachePadded<Counts>>,
}

impl Deque {
    /// For a seat of a carrier.
    pub(super) fn new(pool: &Pool, carrier: usize) -> Self {
        let worker = Worker::new_lifo();
        let shared = Shared::new(worker.stealer());
        let counts = pool.shelves().counts(carrier).clone();
        // The first look in a process announces that heavy fences will come.
        let _ = fence::is_light_enough();
        Deque { worker, shared, counts }
    }

    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark(ptr::from_ref(self).addr())
    }

    /// Offers a child to thieves (*fork-push* to *fork-tell*), on the shelf of `carrier`.
    #[inline]
    pub(super) fn push(&self, entry: Entry, side: &Side) {
        self.worker.push(entry); // fork-push
        fence::light(step::FORK_PUSH_FENCE);
        if self.shared.is_listed_lightly() {
            side.queue.beside_added_unfenced(); // fork-tell
        } else {
            self.list_or_fence(&side.pool, side.carrier);
        }
        self.counts.count_forked();
    }

    /// The newest of the children that were not stolen.
    #[inline]
    pub(super) fn pop(&self) -> Option<Entry> {
        self.worker.pop()
    }

    /// *fork-list*, or *fork-push-fence* and *fork-tell* where the system has no light one.
    #[cold]
    #[inline(never)]
    fn list_or_fence(&self, pool: &Pool, carrier: usize) {
        if !fence::is_light_enough() {
            full_fence(Ordering::SeqCst); // fork-push-fence
            if self.shared.is_listed() {
                return pool.queue().beside_added_unfenced(); // fork-tell
            }
        }
        self.list(pool, carrier); // fork-list
    }

    /// Enters this on the shelf of `carrier`.
    pub(super) fn list(&self, pool: &Pool, carrier: usize) {
        pool.shelves().list(carrier, &self.shared);
        pool.queue().beside_added();
    }
}

/// The same, of locks and relaxed atomics. Its length orders nothing, so that only the protocol under test does.
#[cfg(green_loom)]
mod watched {
    use std::collections::VecDeque;

    use greenstd::atomic::{AtomicUsize, Ordering};
    use greenstd::sync::{Arc, Mutex};

    pub(in crate::fork) enum Steal<T> {
        Empty,
        Success(T),
        #[expect(dead_code, reason = "crossbeam's may ask for another try")]
        Retry,
    }

    struct Shared<T> {
        entries: Mutex<VecDeque<T>>,
        length: AtomicUsize,
    }

    pub(in crate::fork) struct Worker<T>(Arc<Shared<T>>);
    pub(in crate::fork) struct Stealer<T>(Arc<Shared<T>>);

    impl<T> Shared<T> {
        fn change<R>(&self, change: impl FnOnce(&mut VecDeque<T>) -> R) -> R {
            let mut entries = self.entries.lock();
            let result = change(&mut entries);
            let length = entries.len();
            drop(entries);
            self.length.store(length, Ordering::Relaxed);
            result
        }
    }

    impl<T> Worker<T> {
        pub(in crate::fork) fn new_lifo() -> Self {
            Worker(Arc::new(Shared {
                entries: Mutex::new(VecDeque::new()),
                length: AtomicUsize::new(0),
            }))
        }

        pub(in crate::fork) fn stealer(&self) -> Stealer<T> {
            Stealer(self.0.clone())
        }

        pub(in crate::fork) fn push(&self, entry: T) {
            self.0.change(|entries| entries.push_back(entry));
        }

        pub(in crate::fork) fn pop(&self) -> Option<T> {
            self.0.change(VecDeque::pop_back)
        }
    }

    impl<T> Stealer<T> {
        pub(in crate::fork) fn is_empty(&self) -> bool {
            self.0.length.load(Ordering::Relaxed) == 0
        }

        pub(in crate::fork) fn steal(&self) -> Steal<T> {
            if self.is_empty() {
                return Steal::Empty;
            }
            self.0.change(VecDeque::pop_front).map_or(Steal::Empty, Steal::Success)
        }
    }
}
