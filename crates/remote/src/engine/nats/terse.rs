//! What goes without saying, and so is left out of messages.
//!
//! Most jobs have no headers, delay or retries, and most records no tally. Each byte of them is written, checked, stored and
//! read by somebody. The values left out are part of the format: to change a default changes what stored jobs say.

/// Whether a field has the value that it has without a word.
pub(super) fn is_default<T: Default + PartialEq>(field: &T) -> bool {
    *field == T::default()
}
