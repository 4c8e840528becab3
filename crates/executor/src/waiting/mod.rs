//! How green threads and OS threads wait for tasks, and what keeps a full pool moving meanwhile.
//!
//! | file | holds |
//! | --- | --- |
//! | `wait.rs` | the wait itself: until a task has ended, for any caller and any limit |
//! | `waiter.rs` | the permit of whoever waits, and the note that it waits for room |
//! | `claim.rs` | running a child that is still queued, on the waiter's own stack |
//! | `awaited.rs` | a task that is polled in a `block_on`: its worker lends the slot |
//! | `loan.rs` | lending the waiter's worker slot to a fresh worker |
//! | `stall.rs` | noticing that every worker waits for room that never comes |

#[cfg(feature = "io")]
pub(crate) mod awaited;
pub(crate) mod claim;
pub(crate) mod loan;
pub(crate) mod stall;
pub(crate) mod wait;
pub(crate) mod waiter;
