//! Thread-locals that are there until the last moment of their OS thread.
//!
//! A thread-local with a destructor is gone once that has run. But the destructors of those that were made
//! before it run later, and C's `atexit` handlers after all of them. Code that runs there may want to wait,
//! and waiting needs what the thread has of its own. So what it has is [`Lasting`]: it has no destructor, and
//! can be used, and filled anew, for as long as the thread executes anything. What empties it is an
//! [`AtEnd`], which is armed whenever it is filled.
//!
//! ```
//! use greenstd::lasting::{Lasting, at_end};
//! use std::cell::RefCell;
//!
//! greenstd::thread_local! {
//!     static NOTES: Lasting<RefCell<Vec<u32>>> = const { Lasting::new(RefCell::new(Vec::new())) };
//! }
//! at_end! {
//!     static NOTES_END = drop_notes;
//! }
//!
//! fn drop_notes() {
//!     let notes = NOTES.with(|notes| notes.take());
//!     drop(notes);
//! }
//!
//! NOTES.with(|notes| notes.borrow_mut().push(5));
//! NOTES_END.arm();
//! ```
//!
//! In a model all this is an ordinary thread-local of the checker's, with its destructor.

use std::fmt;
#[cfg(not(any(green_loom, green_shuttle)))]
use std::mem::ManuallyDrop;
use std::ops::Deref;

/// A value without a destructor, for a thread-local; see the [module](self).
#[cfg(not(any(green_loom, green_shuttle)))]
pub struct Lasting<T>(ManuallyDrop<T>);

/// A value for a thread-local.
#[cfg(any(green_loom, green_shuttle))]
pub struct Lasting<T>(T);

impl<T> Lasting<T> {
    /// Wraps a value.
    #[cfg(not(any(green_loom, green_shuttle)))]
    pub const fn new(value: T) -> Self {
        Lasting(ManuallyDrop::new(value))
    }

    /// Wraps a value.
    #[cfg(any(green_loom, green_shuttle))]
    pub const fn new(value: T) -> Self {
        Lasting(value)
    }
}

impl<T> Deref for Lasting<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Lasting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lasting").field(&**self).finish()
    }
}

/// Calls a function as an OS thread ends; made by [`at_end!`].
///
/// It is called among the destructors of the thread's thread-locals: after those that were made later than
/// the arming, before those that were made earlier. As these may fill again what it has emptied, it can be
/// armed again, eight times in all. What is filled after that, or in an `atexit` handler, stays.
#[derive(Debug)]
pub struct AtEnd {
    arm: [fn() -> bool; 8],
}

impl AtEnd {
    #[doc(hidden)]
    pub const fn new(arm: [fn() -> bool; 8]) -> Self {
        AtEnd { arm }
    }

    /// Has the function called when the calling OS thread ends. If it is armed already, it stays so.
    pub fn arm(&self) {
        // In a model the values have destructors of their own; the last of them run when the checker is no
        // longer there to be asked for the others.
        if cfg!(not(any(green_loom, green_shuttle))) {
            // A thread-local that has had its turn cannot be made again: the next one can.
            let _ = self.arm.iter().any(|arm| arm());
        }
    }
}

#[doc(inline)]
pub use crate::at_end;

/// Declares a static [`AtEnd`] for a function.
#[macro_export]
macro_rules! at_end {
    ($(#[$attr:meta])* $vis:vis static $name:ident = $function:path;) => {
        $(#[$attr])*
        $vis static $name: $crate::lasting::AtEnd = {
            struct End;
            impl Drop for End {
                fn drop(&mut self) {
                    $function();
                }
            }
            $crate::thread_local! {
                static FIRST: End = const { End };
                static SECOND: End = const { End };
                static THIRD: End = const { End };
                static FOURTH: End = const { End };
                static FIFTH: End = const { End };
                static SIXTH: End = const { End };
                static SEVENTH: End = const { End };
                static EIGHTH: End = const { End };
            }
            $crate::lasting::AtEnd::new([
                || FIRST.try_with(|_| ()).is_ok(),
                || SECOND.try_with(|_| ()).is_ok(),
                || THIRD.try_with(|_| ()).is_ok(),
                || FOURTH.try_with(|_| ()).is_ok(),
                || FIFTH.try_with(|_| ()).is_ok(),
                || SIXTH.try_with(|_| ()).is_ok(),
                || SEVENTH.try_with(|_| ()).is_ok(),
                || EIGHTH.try_with(|_| ()).is_ok(),
            ])
        };
    };
}
