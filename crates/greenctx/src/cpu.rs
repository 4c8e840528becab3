//! Which CPU the caller runs on.
//!
//! # Invariants
//! The one foreign call takes no pointer and asks for nothing. It reads what the kernel has put where the C
//! library finds it. (The safe function of `rustix` reads the kernel's own table first, which is not there
//! under valgrind.)

/// The number of the CPU that the caller runs on just now; one that no CPU has if the system cannot say.
pub(crate) fn current() -> u64 {
    // SAFETY: see the invariants: there is nothing that the caller could do wrong.
    let cpu = unsafe { libc::sched_getcpu() };
    // -1 becomes the greatest number.
    i64::from(cpu) as u64
}
