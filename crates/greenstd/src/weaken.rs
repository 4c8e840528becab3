//! How a model build breaks one named step of a protocol on purpose.
//!
//! A proof names the orderings, fences and re-checks that it stands on. In a model build each of
//! them can be taken away by naming it in the environment variable `GREEN_WEAKEN`, and a model must
//! then fail: so the proof and the models are checked against each other. In a normal build
//! nothing of this is left.

use crate::atomic::Ordering;

/// Every step that can be weakened. The name is also what the proofs call it.
pub const STEPS: &[&str] = &[
    "permit-announce-cas",
    "permit-grant-swap",
    "permit-retract-cas",
    "permit-park-release",
    "permit-grant-acquire",
    "permit-grant-release",
    "permit-take-acquire",
    "permit-remote-swap",
    "permit-remote-look",
    "permit-remote-take",
    "permit-remote-start",
    "permit-remote-release",
    "permit-remote-acquire",
    "inbox-put-cas",
    "inbox-take-cas",
    "inbox-empty-locked",
    "inbox-send-release",
    "inbox-send-acquire",
    "inbox-take-acquire",
    "inbox-recheck",
    "inbox-recheck-rmw",
    "inbox-recheck-release",
    "counters-unpark-release",
    "counters-unpark-acquire",
    "idle-submit-fence",
    "idle-sleep-fence",
    "idle-recheck",
    "idle-finish-recheck",
    "idle-last-searcher",
    "idle-search-fence",
    "idle-moved-more",
    "idle-wake-pinned",
    "idle-pinned-slot",
    "idle-wake-all-fence",
    "refill-order",
    "refill-release",
    "refill-acquire",
    "line-sealed",
    "retire-fence",
    "retire-recheck",
    "stall-fence",
    "slot-take-acquire",
    "slot-give-back-release",
    "stall-live-acquire",
    "stall-count-release",
    "stall-count-acquire",
    "stall-turnover",
    "blocked-note-first",
    "blocked-look-acquire",
    "blocked-count-cas",
    "blocked-take-off-swap",
    "blocked-take-off-release",
    "admission-closed-cas",
    "admission-admit-cas",
    "admission-fresh-sum",
    "admission-seen-release",
    "admission-seen-acquire",
    "admission-flag-release",
    "admission-flag-acquire",
    "tally-start-release",
    "tally-end-release",
    "tally-end-acquire",
    "tally-withdraw-release",
    "tally-withdraw-acquire",
    "waiters-wait-fence",
    "waiters-event-fence",
    "quiet-recheck",
    "room-recheck",
    "offload-look-again",
    "offload-refuse",
    "task-claim-cas",
    "task-count-first",
    "task-room-first",
    "task-publish-release",
    "task-read-acquire",
    "task-announce-acquire",
    "task-detach-acquire",
    "task-waiter-recheck",
    "task-callback-recheck",
    "shutdown-carrier-release",
    "shutdown-carrier-acquire",
    "monitor-leave-recheck",
    "monitor-woken-release",
    "monitor-woken-acquire",
    "monitor-last-touch",
    "mutex-unlock-cas",
    "mutex-queue-cas",
    "mutex-woken-tries",
    "mutex-unlock-release",
    "mutex-lock-acquire",
    "select-claim-cas",
    "select-leave-cas",
    "select-confirm",
    "select-lock-all",
];

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
        debug_assert!(STEPS.contains(&step), "{step} is missing from STEPS");
        let weakened = WEAKENED.get_or_init(|| std::env::var("GREEN_WEAKEN").ok());
        weakened.as_deref() == Some(step)
    }
}
