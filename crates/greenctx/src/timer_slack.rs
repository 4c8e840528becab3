//! How late the kernel may end a carrier's sleep.
//!
//! By default it ends the timed sleeps of a thread up to 50 µs late, to serve several at one go. A carrier
//! has gathered its timers into one sleep already. If that sleep ends late, all of them are late.

use std::num::NonZeroU64;

use rustix::thread::{current_timer_slack, set_current_timer_slack};

/// While it lives, the sleeps of the OS thread end on time.
pub(crate) struct ExactTimers {
    former_ns: Option<NonZeroU64>,
}

impl ExactTimers {
    pub(crate) fn ensure() -> Self {
        // Should the kernel not know of it, sleeps are a little late, which they may be.
        let former_ns = current_timer_slack().ok().and_then(NonZeroU64::new);
        set(NonZeroU64::MIN);
        ExactTimers { former_ns }
    }
}

impl Drop for ExactTimers {
    fn drop(&mut self) {
        if let Some(former_ns) = self.former_ns {
            set(former_ns);
        }
    }
}

fn set(ns: NonZeroU64) {
    let _ = set_current_timer_slack(Some(ns));
}
