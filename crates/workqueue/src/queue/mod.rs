//! The queue, as submitters and carriers see it.
//!
//! | file | holds |
//! | --- | --- |
//! | `submitting.rs` | submitting items, and taking them back |
//! | `limits.rs` | how many items may wait, and how many workers may be live |
//! | `room.rs` | waiting for room in the backlog |
//! | `workers.rs` | workers that wait, for an item of their own queue or for room in it |
//! | `ending.rs` | the quiet, in which all accepted items have ended, and the end, after which nothing is accepted |
//! | `figures.rs` | how much there is |
//! | `shared.rs` | what submitters and carriers share |

mod beside;
mod ending;
mod figures;
mod limits;
mod room;
mod shared;
mod submitting;
mod workers;

use std::fmt;

use greenstd::sync::{Arc, Mutex, OnceLock};

use crate::Item;
use crate::admission::{Admission, UNLIMITED};
use crate::backlog::Backlog;
use crate::idle::Idle;
use crate::local::Local;
use crate::slots::Slots;
use crate::tally::Tally;
use crate::waiters::Waiters;

pub use figures::Gauge;
pub(crate) use shared::Shared;
pub use workers::Prospect;

/// A backlog that carriers and submitters share. It is a handle that is cheap to clone.
///
/// ```
/// use std::thread;
/// use workqueue::Queue;
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// let submitters: Vec<_> = (0..3)
///     .map(|number| {
///         let queue = queue.clone();
///         thread::spawn(move || queue.submit(number).is_ok())
///     })
///     .collect();
/// assert!(submitters.into_iter().all(|it| it.join().is_ok_and(|accepted| accepted)));
///
/// let mut all: Vec<u32> = std::iter::from_fn(|| locals[0].take()).collect();
/// all.sort();
/// assert_eq!(all, [0, 1, 2]);
/// ```
#[doc(alias = "Injector")]
#[doc(alias = "ThreadPoolExecutor")]
#[doc(alias = "deque")]
pub struct Queue<T: Item> {
    shared: Arc<Shared<T>>,
}

impl<T: Item> Queue<T> {
    /// A queue for a number of carriers, and the side of each carrier. At most `max_workers` workers are live at a time.
    ///
    /// Nothing limits the backlog until [`set_limit`](Self::set_limit) does, which may come at any time.
    ///
    /// Each time an item starts or ends, one of the threads that [wait for room](Self::wait_for_room) is woken. That
    /// holds without a limit as well, for callers with a rule of their own. To see whether a thread waits costs a fence
    /// each time. A queue that is [`unlimited`](Self::unlimited) for good saves it.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(2, 8); // two carriers, eight green threads on them, say
    /// assert_eq!((locals.len(), queue.max_workers(), queue.limit()), (2, 8, None));
    /// queue.set_limit(Some(100));
    /// assert_eq!(queue.limit(), Some(100));
    /// ```
    pub fn new(carriers: usize, max_workers: usize) -> (Self, Vec<Local<T>>) {
        Self::create(carriers, max_workers, true)
    }

    /// As [`new`](Self::new), without a limit for good.
    ///
    /// No thread ever has to wait for room in it, so no carrier looks whether one does. That saves a fence each time an
    /// item starts or ends.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::unlimited(1, 1);
    /// for item in 0..1000 {
    ///     queue.admit()?.push(item);
    /// }
    /// assert_eq!((queue.queued(), queue.limit()), (1000, None));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "unbounded")]
    pub fn unlimited(carriers: usize, max_workers: usize) -> (Self, Vec<Local<T>>) {
        Self::create(carriers, max_workers, false)
    }

    fn create(carriers: usize, max_workers: usize, room_is_watched: bool) -> (Self, Vec<Local<T>>) {
        let shared = Arc::new(Shared {
            admission: Admission::new(UNLIMITED),
            backlog: Backlog::new(carriers),
            tally: Tally::new(carriers),
            slots: Slots::new(max_workers),
            resizing: Mutex::new(()),
            idle: Idle::new(carriers),
            room: Waiters::default(),
            room_in_vain: Waiters::default(),
            room_is_watched,
            quiet: Waiters::default(),
            beside: OnceLock::new(),
        });
        if shared.slots.is_in_line() {
            shared.backlog.line_up();
        }
        let locals = (0..carriers).map(|carrier| Local::new(shared.clone(), carrier)).collect();
        (Queue { shared }, locals)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(crate) fn from_shared(shared: Arc<Shared<T>>) -> Self {
        Queue { shared }
    }
}

impl<T: Item> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Queue { shared: self.shared.clone() }
    }
}

impl<T: Item> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("accepted", &self.accepted())
            .field("queued", &self.queued())
            .field("live_workers", &self.live_workers())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
