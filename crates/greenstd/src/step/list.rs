//! Every step that can be weakened, in one place.

use super::Step;

/// Makes a constant for each step, and `STEPS`, which has them all.
macro_rules! steps {
    ($($constant:ident = $name:literal,)*) => {
        $(
            #[doc = concat!("The step `", $name, "`.")]
            pub const $constant: Step = Step($name);
        )*

        /// All of them: what the constant is called, and the step.
        #[cfg(any(test, green_loom, green_shuttle))]
        pub(super) const STEPS: &[(&str, Step)] = &[$((stringify!($constant), $constant),)*];
    };
}

// `cargo xtask model --weakened` reads the names here, and the proofs use them.
steps! {
    // The permit of an OS thread (`greenstd/src/permit.rs`).
    PERMIT_ANNOUNCE_CAS = "permit-announce-cas",
    PERMIT_GRANT_SWAP = "permit-grant-swap",
    PERMIT_RETRACT_CAS = "permit-retract-cas",
    PERMIT_PARK_RELEASE = "permit-park-release",
    PERMIT_GRANT_ACQUIRE = "permit-grant-acquire",
    PERMIT_GRANT_RELEASE = "permit-grant-release",
    PERMIT_TAKE_ACQUIRE = "permit-take-acquire",

    // A lock whose unlocking is a plain store (`greenstd/src/lock/mod.rs`).
    LOCK_TAKE_CAS = "lock-take-cas",
    LOCK_TAKE_ACQUIRE = "lock-take-acquire",
    LOCK_FREE_RELEASE = "lock-free-release",
    LOCK_FREE_FENCE = "lock-free-fence",
    LOCK_WAIT_FENCE = "lock-wait-fence",
    LOCK_LOOK = "lock-look",

    // The remote half of a green thread's permit (`greenctx/src/permit.rs`).
    PERMIT_REMOTE_SWAP = "permit-remote-swap",
    PERMIT_REMOTE_LOOK = "permit-remote-look",
    PERMIT_REMOTE_TAKE = "permit-remote-take",
    PERMIT_REMOTE_START = "permit-remote-start",
    PERMIT_REMOTE_RELEASE = "permit-remote-release",
    PERMIT_REMOTE_ACQUIRE = "permit-remote-acquire",

    // A carrier's inbox and its sleep (`greenctx/src/carrier/inbox.rs`, `greenctx/src/carrier/shared.rs`).
    INBOX_PUT_CAS = "inbox-put-cas",
    INBOX_TAKE_CAS = "inbox-take-cas",
    INBOX_EMPTY_LOCKED = "inbox-empty-locked",
    INBOX_SEND_RELEASE = "inbox-send-release",
    INBOX_SEND_ACQUIRE = "inbox-send-acquire",
    INBOX_TAKE_ACQUIRE = "inbox-take-acquire",
    INBOX_RECHECK = "inbox-recheck",
    INBOX_RECHECK_RMW = "inbox-recheck-rmw",
    INBOX_RECHECK_RELEASE = "inbox-recheck-release",

    // Reports of green threads (`greenctx/src/survey/mod.rs`).
    SURVEY_SUSPEND = "survey-suspend",

    // The capture of a hold, and the sleep of a watcher (`greenctx/src/hold/mod.rs`, `greenctx/src/hold/doze.rs`).
    CAPTURE_ASK_RELEASE = "capture-ask-release",
    CAPTURE_CLAIM_CAS = "capture-claim-cas",
    CAPTURE_CLAIM_ACQUIRE = "capture-claim-acquire",
    CAPTURE_PUBLISH_RELEASE = "capture-publish-release",
    CAPTURE_TAKE_ACQUIRE = "capture-take-acquire",
    DOZE_FENCE = "doze-fence",
    DOZE_RECHECK = "doze-recheck",
    DOZE_STIR_FENCE = "doze-stir-fence",

    // What a carrier counts (`greenctx/src/counters.rs`).
    COUNTERS_UNPARK_RELEASE = "counters-unpark-release",
    COUNTERS_UNPARK_ACQUIRE = "counters-unpark-acquire",

    // Which carrier looks for work, and which sleeps (`workqueue/src/idle/README.md`).
    IDLE_PUSH_FENCE = "idle-push-fence",
    IDLE_BESIDE_FENCE = "idle-beside-fence",
    IDLE_PINNED_FENCE = "idle-pinned-fence",
    IDLE_SLEEP_FENCE = "idle-sleep-fence",
    IDLE_RECHECK = "idle-recheck",
    IDLE_RECHECK_LOCKED = "idle-recheck-locked",
    IDLE_FINISH_RECHECK = "idle-finish-recheck",
    IDLE_LAST_SEARCHER = "idle-last-searcher",
    IDLE_SEARCH_FENCE = "idle-search-fence",
    IDLE_SEARCH_LOCKED = "idle-search-locked",
    IDLE_MOVED_MORE = "idle-moved-more",
    IDLE_WAKE_ALL_FENCE = "idle-wake-all-fence",
    IDLE_WAKE_PINNED = "idle-wake-pinned",
    IDLE_PINNED_SLOT = "idle-pinned-slot",

    // What waits in the queue (`workqueue/src/backlog/`).
    REFILL_ORDER = "refill-order",
    REFILL_RELEASE = "refill-release",
    REFILL_ACQUIRE = "refill-acquire",
    LINE_SEALED = "line-sealed",

    // Worker slots, and workers that wait for their own queue (`workqueue/src/slots.rs`).
    RETIRE_FENCE = "retire-fence",
    RETIRE_RECHECK = "retire-recheck",
    RETIRE_RECHECK_LOCKED = "retire-recheck-locked",
    STALL_FENCE = "stall-fence",
    SLOT_TAKE_ACQUIRE = "slot-take-acquire",
    SLOT_GIVE_BACK_RELEASE = "slot-give-back-release",
    STALL_LIVE_ACQUIRE = "stall-live-acquire",
    STALL_COUNT_RELEASE = "stall-count-release",
    STALL_COUNT_ACQUIRE = "stall-count-acquire",
    STALL_TURNOVER = "stall-turnover",

    // Workers that wait for tasks of their own executor (`executor/src/waiting/stall.rs`).
    BLOCKED_NOTE_FIRST = "blocked-note-first",
    BLOCKED_NOTE_ACQUIRE = "blocked-note-acquire",
    BLOCKED_COUNT_CAS = "blocked-count-cas",
    BLOCKED_WOKEN_SWAP = "blocked-woken-swap",
    BLOCKED_WOKEN_RELEASE = "blocked-woken-release",

    // Room, and closing (`workqueue/src/admission.rs`, `workqueue/src/tally.rs`).
    ADMISSION_CLOSED_CAS = "admission-closed-cas",
    ADMISSION_ADMIT_CAS = "admission-admit-cas",
    ADMISSION_FRESH_SUM = "admission-fresh-sum",
    ADMISSION_SEEN_RELEASE = "admission-seen-release",
    ADMISSION_SEEN_ACQUIRE = "admission-seen-acquire",
    ADMISSION_FLAG_RELEASE = "admission-flag-release",
    ADMISSION_FLAG_ACQUIRE = "admission-flag-acquire",
    TALLY_START_RELEASE = "tally-start-release",
    TALLY_END_RELEASE = "tally-end-release",
    TALLY_END_ACQUIRE = "tally-end-acquire",
    TALLY_WITHDRAW_RELEASE = "tally-withdraw-release",
    TALLY_WITHDRAW_ACQUIRE = "tally-withdraw-acquire",

    // Threads that wait for room, or for the queue to fall quiet (`workqueue/src/waiters.rs`).
    WAITERS_WAIT_FENCE = "waiters-wait-fence",
    WAITERS_EVENT_FENCE = "waiters-event-fence",
    QUIET_RECHECK = "quiet-recheck",
    ROOM_RECHECK = "room-recheck",

    // OS threads for a queue (`workqueue/src/crew.rs`).
    CREW_LOOK_AGAIN = "crew-look-again",
    CREW_REFUSE = "crew-refuse",

    // A task (`executor/src/task/mod.rs`).
    TASK_CLAIM_CAS = "task-claim-cas",
    TASK_DUE_CAS = "task-due-cas",
    TASK_COUNT_FIRST = "task-count-first",
    TASK_ROOM_FIRST = "task-room-first",
    TASK_PUBLISH_RELEASE = "task-publish-release",
    TASK_READ_ACQUIRE = "task-read-acquire",
    TASK_ANNOUNCE_ACQUIRE = "task-announce-acquire",
    TASK_DETACH_ACQUIRE = "task-detach-acquire",
    TASK_WAITER_RECHECK = "task-waiter-recheck",
    TASK_CALLBACK_RECHECK = "task-callback-recheck",
    TASK_LIST_CAS = "task-list-cas",

    // Those that hear of a job's cancelling (`executor/src/task/hearers.rs`), and groups (`executor/src/group/mod.rs`).
    HEAR_RECHECK = "hear-recheck",
    HEAR_LOOK = "hear-look",
    GROUP_STOP_RECHECK = "group-stop-recheck",

    // The references to a task (`executor/src/task/pair.rs`, `executor/src/task/job.rs`).
    TASK_LEAVE_RMW = "task-leave-rmw",
    TASK_LEAVE_RELEASE = "task-leave-release",
    TASK_LEAVE_ACQUIRE = "task-leave-acquire",
    TASK_PUBLISH_LEAVE_CAS = "task-publish-leave-cas",
    TASK_DROP_COUNT = "task-drop-count",
    TASK_DROP_RELEASE = "task-drop-release",
    TASK_DROP_ACQUIRE = "task-drop-acquire",

    // Jobs that are to start in time (`executor/src/timekeeper/mod.rs`).
    EXPIRY_ENTER_RECHECK = "expiry-enter-recheck",

    // Children of fork-join, and the latch of their parent (`executor/src/fork/`).
    FORK_PUSH_FENCE = "fork-push-fence",
    FORK_LOOK_FENCE = "fork-look-fence",
    FORK_LOOK_AGAIN = "fork-look-again",
    FORK_PLACE_FENCE = "fork-place-fence",
    FORK_WAKE_FENCE = "fork-wake-fence",
    LATCH_LAST_TOUCH = "latch-last-touch",
    LATCH_END_CAS = "latch-end-cas",
    LATCH_END_RELEASE = "latch-end-release",
    LATCH_LOOK_ACQUIRE = "latch-look-acquire",
    LATCH_WAITING_RELEASE = "latch-waiting-release",
    LATCH_TAKE_ACQUIRE = "latch-take-acquire",
    TALLY_SETTLE_CAS = "tally-settle-cas",

    // The end of an executor (`executor/src/shutdown.rs`).
    SHUTDOWN_CARRIER_RELEASE = "shutdown-carrier-release",
    SHUTDOWN_CARRIER_ACQUIRE = "shutdown-carrier-acquire",

    // Monitors (`greensync/src/monitor/mod.rs`).
    MONITOR_LEAVE_RECHECK = "monitor-leave-recheck",
    MONITOR_WOKEN_RELEASE = "monitor-woken-release",
    MONITOR_WOKEN_ACQUIRE = "monitor-woken-acquire",
    MONITOR_LAST_TOUCH = "monitor-last-touch",

    // The word of a mutex (`greensync/src/mutex/raw.rs`).
    MUTEX_UNLOCK_CAS = "mutex-unlock-cas",
    MUTEX_QUEUE_CAS = "mutex-queue-cas",
    MUTEX_WOKEN_TRIES = "mutex-woken-tries",
    MUTEX_UNLOCK_RELEASE = "mutex-unlock-release",
    MUTEX_LOCK_ACQUIRE = "mutex-lock-acquire",

    // A thread that waits in several channels (`greensync/src/monitor/select.rs`).
    SELECT_CLAIM_CAS = "select-claim-cas",
    SELECT_LEAVE_CAS = "select-leave-cas",
    SELECT_CONFIRM = "select-confirm",
    SELECT_LOCK_ALL = "select-lock-all",
    SELECT_DUE = "select-due",
}

#[cfg(test)]
mod tests {
    use super::{STEPS, Step};

    #[test]
    fn a_step_and_its_constant_have_one_name() {
        for (constant, Step(name)) in STEPS {
            assert_eq!(*constant, name.replace('-', "_").to_uppercase());
        }
    }
}
