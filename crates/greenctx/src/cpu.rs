//! Which CPU the caller runs on, and its time stamp.
//!
//! # Invariants
//! 1. The one foreign call takes no pointer and asks for nothing. It reads what the kernel has put where the C
//!    library finds it. (The safe function of `rustix` reads the kernel's own table first, which is not there
//!    under valgrind.)
//! 2. The one instruction writes two registers, and touches no memory. Every x86-64 has it. A process may ask the kernel
//!    to end it by a signal instead of letting it read the time stamp, which is no more than that: a signal.

/// The number of the CPU that the caller runs on just now; one that no CPU has if the system cannot say.
pub(crate) fn current() -> u64 {
    // SAFETY: invariant 1: there is nothing that the caller could do wrong.
    let cpu = unsafe { libc::sched_getcpu() };
    // -1 becomes the greatest number.
    i64::from(cpu) as u64
}

/// The processor's time stamp, in the code of the caller: an instruction, where a function of another crate takes a dozen.
///
/// What it counts, and whether it is the same on all processors, is not for this function to know. Ask
/// [`TickClock::counts_by`](greenstd::ticks::TickClock::counts_by) whether the clock goes by it.
///
/// ```
/// let stamp = greenctx::time_stamp();
/// assert!(stamp > 0 || cfg!(not(target_arch = "x86_64")));
/// ```
#[inline(always)]
pub fn time_stamp() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: invariant 2.
    return unsafe { std::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    0
}
