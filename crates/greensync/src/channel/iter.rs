//! Iterators over what is received.

use std::fmt;

use super::receiver::Receiver;

/// The messages of a channel as they come; made by [`Receiver::iter`] and by `for` over a reference.
///
/// ```
/// use greensync::bounded;
///
/// let (sender, receiver) = bounded(4);
/// sender.send(1)?;
/// drop(sender);
/// for number in &receiver {
///     assert_eq!(number, 1);
/// }
/// assert!(receiver.is_closed()); // it is still ours
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it receives nothing until its items are taken"]
pub struct Iter<'a, T> {
    receiver: &'a Receiver<T>,
}

/// The messages that are there; made by [`Receiver::try_iter`].
///
/// ```
/// use greensync::bounded;
///
/// let (sender, receiver) = bounded(4);
/// sender.send(1)?;
/// for number in receiver.try_iter() {
///     assert_eq!(number, 1);
/// } // ends although the sender is there
/// # drop(sender);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it receives nothing until its items are taken"]
pub struct TryIter<'a, T> {
    receiver: &'a Receiver<T>,
}

/// The messages of a channel as they come; made from a [`Receiver`] by [`into_iter`](IntoIterator::into_iter).
///
/// ```
/// use greensync::bounded;
///
/// let (sender, receiver) = bounded(4);
/// sender.send("hello")?;
/// drop(sender);
/// let words: Vec<&str> = receiver.into_iter().collect(); // takes the receiver along
/// assert_eq!(words, ["hello"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it receives nothing until its items are taken"]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<'a, T> Iter<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        Iter { receiver }
    }
}

impl<'a, T> TryIter<'a, T> {
    pub(super) fn new(receiver: &'a Receiver<T>) -> Self {
        TryIter { receiver }
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iter { .. }")
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TryIter { .. }")
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntoIter { .. }")
    }
}
