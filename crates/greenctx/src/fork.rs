//! Noticing a `fork`.
//!
//! A forked child has one OS thread: no carrier runs there, so whatever waits for one would wait for
//! ever. The child's first instructions count up a number; whoever remembers it from before the fork
//! can tell, by one load, that its carriers have stayed behind.
//!
//! # Invariants
//! The handler runs in the child while it has a single thread, and only adds to an atomic: it is
//! safe in a child of a multi-threaded process, where nothing may lock or allocate.

use greenstd::atomic::unwatched::Counter;
use greenstd::sync::OnceLock;

use crate::carrier::Local;

static GENERATION: Counter = Counter::new(0);

/// How many forks lie between this process and the one that [`watch`]ed first.
#[inline]
pub fn generation() -> u64 {
    GENERATION.get()
}

/// Begins to count forks. Once a process is enough; more do no harm.
pub fn watch() {
    static WATCHED: OnceLock<()> = OnceLock::new();
    WATCHED.get_or_init(|| {
        // SAFETY: `in_child` is a function that lives as long as the program, and does nothing that
        // is forbidden in a forked child.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

/// Whether the caller is a green thread that a fork has doubled: this process is a child, and the carrier was
/// started in its parent. Whoever would wake it is not there.
pub fn is_left_behind() -> bool {
    Local::try_with(Local::is_left_behind).unwrap_or(false)
}

extern "C" fn in_child() {
    GENERATION.add(1);
}
