//! The stack on which signal handlers of a carrier's OS thread run.
//!
//! # Invariants
//! The memory that we give the kernel as alternate stack is our own mapping. It stays until it is out of use
//! again; then we put back what was there before. If what was there is large enough, it is left as it is.

use std::ptr;

/// What the report of an overflow takes, beside what the kernel stores for a signal.
const HANDLER_BYTES: usize = 4 * 1024;

/// What our own stack has beside what the kernel stores: handlers of others run there as well.
const OUR_BYTES: usize = 64 * 1024;

/// The alternate stack on which signal handlers of this OS thread run.
///
/// Threads that Rust starts have one. A thread that a C program has started may not, and then there would be no
/// stack from which to report the overflow of a green stack. One with room for little more than the registers
/// of the processor would be as bad.
#[derive(Debug)]
pub(crate) struct AlternateStack {
    made: Option<Made>,
}

/// A stack that we made, and what was there before.
#[derive(Debug)]
struct Made {
    memory: *mut libc::c_void,
    bytes: usize,
    previous: libc::stack_t,
}

impl AlternateStack {
    /// Makes sure that the OS thread has one, until this is dropped.
    pub(crate) fn ensure() -> Self {
        let mut previous = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: 0, ss_size: 0 };
        // SAFETY: a null new stack only asks, and the answer has its place.
        unsafe { libc::sigaltstack(ptr::null(), &raw mut previous) };
        let is_there = previous.ss_flags & libc::SS_DISABLE == 0;
        // In a handler it cannot be replaced.
        let is_in_use = previous.ss_flags & libc::SS_ONSTACK != 0;
        let is_enough = previous.ss_size >= signal_bytes() + HANDLER_BYTES;
        if is_there && (is_enough || is_in_use) {
            return AlternateStack { made: None };
        }
        let bytes = signal_bytes() + OUR_BYTES;
        // SAFETY: a fresh private anonymous mapping overlaps nothing that exists.
        let memory = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            // Without it an overflow still ends the process, only without our line.
            return AlternateStack { made: None };
        }
        let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: bytes };
        // SAFETY: the mapping is ours, and stays until `drop` has taken it out of use.
        unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
        AlternateStack { made: Some(Made { memory, bytes, previous }) }
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        let Some(Made { memory, bytes, previous }) = self.made else { return };
        // SAFETY: we are not in a handler, so nobody is on the stack that goes out of use. What is put
        // back belongs to this OS thread, which has had it all the time. (None: it is disabled again.)
        unsafe { libc::sigaltstack(&raw const previous, ptr::null_mut()) };
        // SAFETY: the mapping is ours and out of use.
        unsafe { libc::munmap(memory, bytes) };
    }
}

/// What the kernel stores for a signal: the registers, of which some processors have many kilobytes.
fn signal_bytes() -> usize {
    // SAFETY: reads what the kernel has told at the start; 0 if it has not told.
    let told = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
    told.max(libc::MINSIGSTKSZ)
}
