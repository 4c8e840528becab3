//! A message that was not sent, in an error that threads may share.
//!
//! `?` boxes errors as `dyn Error + Send + Sync`, so they must be `Sync`. A message is often `Send` alone, as a
//! boxed closure is.
//!
//! # Invariants of the `unsafe` code
//!
//! A shared reference to an [`Unsent`] gives no access to the message, unless the message is `Sync`. To reach the
//! message takes the value itself or a unique reference, which one thread has at a time.

use std::fmt;

/// A message that was not sent, in a [`SendError`](super::SendError). Take it out by value. Threads may share it,
/// whatever the message is.
///
/// ```
/// use greensync::{SendError, unbounded};
///
/// let (sender, receiver) = unbounded();
/// drop(receiver);
/// match sender.send("hello") {
///     Err(SendError::Disconnected(unsent)) => assert_eq!(unsent.into_inner(), "hello"),
///     other => unreachable!("{other:?}"),
/// }
/// ```
pub struct Unsent<T>(T);

// SAFETY: by the invariant above, threads that share it have no access to what is in it.
unsafe impl<T: Send> Sync for Unsent<T> {}

impl<T> Unsent<T> {
    /// The message.
    ///
    /// ```
    /// use greensync::Unsent;
    ///
    /// let unsent = Unsent::from(String::from("hello"));
    /// assert_eq!(unsent.into_inner(), "hello");
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }

    /// The message, in place.
    ///
    /// ```
    /// use greensync::Unsent;
    ///
    /// let mut unsent = Unsent::from(String::from("hello"));
    /// unsent.get_mut().push_str(" again");
    /// assert_eq!(unsent.into_inner(), "hello again");
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Unsent<T> {
    fn from(message: T) -> Self {
        Unsent(message)
    }
}

impl<T: Clone + Sync> Clone for Unsent<T> {
    fn clone(&self) -> Self {
        Unsent(self.0.clone())
    }
}

impl<T: PartialEq + Sync> PartialEq for Unsent<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Eq + Sync> Eq for Unsent<T> {}

/// Errors show their reason, whatever the message is.
impl<T> fmt::Debug for Unsent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
