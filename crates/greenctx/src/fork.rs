//! Noticing a `fork`.
//!
//! A forked child has one OS thread and no carrier: whatever waits for a carrier would wait for ever. The
//! child's first instructions count up a number. Whoever remembers the number from before the fork sees by
//! one load that its carriers have stayed behind.
//!
//! # Invariants
//! The handler runs in the child while that has a single thread, and only adds to an atomic. So it is
//! safe in a child of a multi-threaded process, where nothing may lock or allocate.

use greenstd::atomic::unwatched::Counter;
use greenstd::sync::OnceLock;

use crate::carrier::Local;

static GENERATION: Counter = Counter::new(0);

/// How many forks lie between this process and the first one that called `watch_forks`.
///
/// ```
/// use greenctx::{fork_generation, watch_forks};
///
/// watch_forks(); // forks before this are not counted
/// let made_in = fork_generation();
/// // … later, perhaps in a child:
/// let is_forked = fork_generation() != made_in;
/// assert!(!is_forked);
/// ```
#[doc(alias = "pthread_atfork")]
#[inline]
pub fn generation() -> u64 {
    GENERATION.get()
}

/// Begins to count forks; see [`fork_generation`](crate::fork_generation). One call a process is enough; more
/// do no harm. A carrier that runs has made it already.
///
/// ```
/// greenctx::watch_forks();
/// assert_eq!(greenctx::fork_generation(), 0);
/// ```
pub fn watch() {
    static WATCHED: OnceLock<()> = OnceLock::new();
    WATCHED.get_or_init(|| {
        // SAFETY: `in_child` is a function that lives as long as the program, and does nothing that
        // is forbidden in a forked child.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

/// Whether the caller is a green thread that a fork has doubled: this process is a child, and the carrier was
/// started in its parent. The threads that would wake the caller exist in the parent alone.
///
/// ```
/// use greenctx::{Carrier, is_left_behind};
///
/// /// Refuses where a wait would never end.
/// fn may_wait() -> bool {
///     !is_left_behind()
/// }
///
/// assert!(Carrier::new()?.run(may_wait)?);
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub fn is_left_behind() -> bool {
    Local::try_with(Local::is_left_behind).unwrap_or(false)
}

extern "C" fn in_child() {
    GENERATION.add(1);
}
