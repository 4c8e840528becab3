//! What can wait in a queue.

use std::path::PathBuf;
use std::time::Duration;

/// Something that waits for a worker.
///
/// All methods have defaults, for what is just a value:
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
/// let (pages, _carriers) = Queue::new(1, 1);
/// assert!(pages.submit(Page { url: "https://example.org".into() }).is_ok());
///
/// // Numbers, strings, vectors and boxed closures are items already.
/// let (numbers, mut carriers) = Queue::<u64>::new(1, 1);
/// numbers.submit(7).map_err(|(refused, _)| refused)?;
/// assert_eq!(carriers[0].take(), Some(7));
///
/// // Types of others come in a wrapper.
/// let (times, mut carriers) = Queue::new(1, 1);
/// times.submit(Plain(std::time::Duration::from_secs(1))).map_err(|(refused, _)| refused)?;
/// assert_eq!(carriers[0].take().map(|Plain(time)| time.as_secs()), Some(1));
/// # Ok::<(), workqueue::Refused>(())
/// ```
pub trait Item: Send + 'static {
    /// Whether it is still to be run. One that was claimed or cancelled where it waits says no, and
    /// is dropped when it comes to light. Called under an internal lock: a load, and no more.
    fn is_waiting(&self) -> bool {
        true
    }

    /// What tells it from the items that wait with it (an address, say); 0 if nothing does. By this a
    /// carrier knows without a lock whether an item that it has claimed was the last of its queue.
    fn key(&self) -> usize {
        0
    }

    /// Its [number](crate::Admitted::number), if it knows, for the moment at which the queue comes to
    /// have a single worker: what waits is then put in the order of its submission. Items that say
    /// nothing keep their order within the queue that they are in. Called under an internal lock too.
    fn number(&self) -> u64 {
        0
    }

    /// How long it has waited, if it knows: for the gauge. Called under an internal lock too.
    fn age(&self) -> Option<Duration> {
        None
    }
}

impl Item for Box<dyn FnOnce() + Send> {}

/// Any value as an [`Item`] that is just a value.
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
