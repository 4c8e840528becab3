//! What can wait in a queue.

use std::path::PathBuf;
use std::time::Duration;

/// Something that waits for a worker.
///
/// All methods have defaults, which suit a plain value:
///
/// ```
/// use workqueue::{Item, Plain, Queue};
///
/// struct Page {
///     url: String,
/// }
///
/// impl Item for Page {}
///
/// let (pages, mut carriers) = Queue::new(1, 1);
/// pages.admit()?.push(Page { url: "https://example.org".into() });
/// assert_eq!(carriers[0].take().map(|page| page.url.len()), Some(19));
///
/// // Numbers, strings, vectors and boxed closures are items already.
/// let (numbers, mut carriers) = Queue::<u64>::new(1, 1);
/// numbers.admit()?.push(7);
/// assert_eq!(carriers[0].take(), Some(7));
///
/// // Types of others come in a wrapper.
/// let (times, mut carriers) = Queue::new(1, 1);
/// times.admit()?.push(Plain(std::time::Duration::from_secs(1)));
/// assert_eq!(carriers[0].take().map(|Plain(time)| time.as_secs()), Some(1));
/// # Ok::<(), workqueue::Refused>(())
/// ```
///
/// An item that can be cancelled where it waits, and knows its place and its age:
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering::{AcqRel, Relaxed}};
/// use std::time::{Duration, Instant};
/// use workqueue::{Item, Queue};
///
/// struct Job {
///     waiting: Arc<AtomicBool>,
///     number: u64,
///     submitted: Instant,
/// }
///
/// impl Item for Job {
///     fn is_waiting(&self) -> bool {
///         self.waiting.load(Relaxed)
///     }
///
///     fn key(&self) -> usize {
///         Arc::as_ptr(&self.waiting).addr()
///     }
///
///     fn number(&self) -> u64 {
///         self.number
///     }
///
///     fn age(&self) -> Option<Duration> {
///         Some(self.submitted.elapsed())
///     }
/// }
///
/// let (queue, mut carriers) = Queue::new(1, 1);
/// let handle = Arc::new(AtomicBool::new(true));
/// let room = queue.admit()?;
/// let (waiting, number) = (handle.clone(), room.number());
/// room.push(Job { waiting, number, submitted: Instant::now() });
/// assert!(queue.gauge().oldest.is_some());
///
/// if handle.swap(false, AcqRel) {
///     queue.withdraw(); // cancelled: it was still waiting
/// }
/// assert!(carriers[0].take().is_none());
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[doc(alias = "Task")]
#[doc(alias = "Runnable")]
pub trait Item: Send + 'static {
    /// Whether it is still to be run.
    ///
    /// An item that was claimed or cancelled where it waits says no. The queue drops it when it comes upon it. Called
    /// under an internal lock: a load, and no more.
    fn is_waiting(&self) -> bool {
        true
    }

    /// What tells it from the items that wait with it: an address, say. 0 if nothing does.
    ///
    /// By this a carrier knows without a lock whether an item that it has claimed was the last of its queue.
    fn key(&self) -> usize {
        0
    }

    /// Its [number](crate::Admitted::number), if it knows.
    ///
    /// The queue asks for it when its maximum is lowered to one worker: it then puts all that waits in the order of
    /// submission. Items that say nothing keep their order within the queue that they are in. Called under an internal
    /// lock: a load, and no more.
    fn number(&self) -> u64 {
        0
    }

    /// How long it has waited, if it knows: for [`Queue::gauge`](crate::Queue::gauge). Called under an internal lock.
    fn age(&self) -> Option<Duration> {
        None
    }
}

impl Item for Box<dyn FnOnce() + Send> {}

/// Any value as an [`Item`] that is just a value.
///
/// For a type of your own, an empty `impl Item` does the same without a wrapper.
///
/// ```
/// use workqueue::{Plain, Queue};
///
/// let (queue, mut locals) = Queue::<Plain<(u32, char)>>::new(1, 1);
/// queue.admit()?.push((7, 'x').into());
/// assert_eq!(locals[0].take(), Some(Plain((7, 'x'))));
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Plain<T>(pub T);

impl<T: Send + 'static> Item for Plain<T> {}

impl<T> From<T> for Plain<T> {
    fn from(value: T) -> Self {
        Plain(value)
    }
}

macro_rules! plain_items {
    ($($plain:ty),* $(,)?) => { $(impl Item for $plain {})* };
}

plain_items!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    &'static str,
    String,
    PathBuf,
);

impl<T: Send + 'static> Item for Vec<T> {}
