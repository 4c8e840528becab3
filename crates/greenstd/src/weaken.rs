//! How a model build breaks one named step of a protocol on purpose.
//!
//! A proof names the orderings, fences and re-checks that it stands on. In a model build each of
//! them can be taken away by naming it in the environment variable `GREEN_WEAKEN`, and a model must
//! then fail: so the proof and the models are checked against each other. In a normal build
//! nothing of this is left.

use crate::atomic::Ordering;

/// The ordering of the named step: `strong`, or `Relaxed` if this build weakens the step.
#[inline(always)]
pub fn ordering(step: &'static str, strong: Ordering) -> Ordering {
    if skip(step) { Ordering::Relaxed } else { strong }
}

/// A sequentially consistent fence, left out if this build weakens the step.
#[inline(always)]
pub fn fence(step: &'static str) {
    if !skip(step) {
        crate::atomic::fence(Ordering::SeqCst);
    }
}

/// Whether the named step is to be left out.
#[inline(always)]
pub fn skip(step: &'static str) -> bool {
    #[cfg(not(any(green_loom, green_shuttle)))]
    {
        let _ = step;
        false
    }
    #[cfg(any(green_loom, green_shuttle))]
    {
        use std::sync::OnceLock;
        static WEAKENED: OnceLock<Option<String>> = OnceLock::new();
        let weakened = WEAKENED.get_or_init(|| std::env::var("GREEN_WEAKEN").ok());
        weakened.as_deref() == Some(step)
    }
}
