//! A message that was not sent, in an error that threads may share.
//!
//! `?` boxes errors as `dyn Error + Send + Sync`, whatever is in them; and what goes through a channel is often
//! `Send` alone (a boxed closure, say).
//!
//! # Invariants of the `unsafe` code
//!
//! A shared reference to an [`Unsent`] gives no access to the message, unless the message is `Sync`. It is had by
//! value or by a unique reference, which one thread has at a time.

use std::fmt;

/// A message that was not sent, and is to be had by value. It can be shared between threads whatever it is.
pub struct Unsent<T>(T);

// SAFETY: by the invariant above, threads that share it have no access to what is in it.
unsafe impl<T: Send> Sync for Unsent<T> {}

impl<T> Unsent<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// The message, in place.
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
