//! Stacks: where they come from, how they are guarded, and how they are kept warm.
//!
//! ```text
//!  chunk (one reservation of the address space, one VMA, no huge pages)
//!  ┌───────┬─────────┬───────┬─────────┬───────┬─────────┬─ … ─┐
//!  │ guard │ stack 0 │ guard │ stack 1 │ guard │ stack 2 │     │   segments of one size: a guard and a stack
//!  └───────┴─────────┴───────┴─────────┴───────┴─────────┴─ … ─┘
//!          ▲         ▲
//!          │         the first frame begins here and grows down; pages appear as they are touched
//!          a touch below faults
//! ```
//!
//! * A **guard** makes an overflow a fault instead of silent corruption. It lies beside the stack, which has
//!   its whole size to use (`arena.rs` draws a segment). `MADV_GUARD_INSTALL` (Linux 6.13) costs no mapping of its
//!   own, so a million guarded stacks fit a default kernel. Where it is missing, `mprotect` splits the mapping
//!   at every stack. We then stop with a clear error before `vm.max_map_count` is reached (`os.rs`,
//!   [`GuardKind`]).
//! * The **colour** moves the first frame by a multiple of 64 bytes. Without it, the hot frames of all stacks
//!   would compete for the same few cache sets.
//! * Finished stacks go to a **cache** of the carrier: last in, first out, no lock. From there they go in
//!   batches to the **depot**, which all carriers of a pool share. An idle carrier gives the pages of
//!   long unused stacks back to the system.
//! * The **depth** to which stacks are used is read off the pages that were touched, when somebody asks
//!   (`depth.rs`).

mod arena;
mod cache;
mod depth;
mod error;
#[cfg(feature = "sanitizer")]
mod leaks;
mod os;
mod pool;
mod size;

pub use error::StackError;
pub use os::GuardKind;
pub use pool::{StackPool, StackPoolBuilder, StackUse};
pub use size::{MAX_STACK_BYTES, MIN_STACK_BYTES, StackSizeError};

pub(crate) use arena::Stack;
pub(crate) use cache::StackCache;
pub(crate) use size::SizeClass;
