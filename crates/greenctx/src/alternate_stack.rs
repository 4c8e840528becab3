//! The stack on which signal handlers of a carrier's OS thread run.
//!
//! # Invariants
//! The memory that we give the kernel as alternate stack is our own mapping, and stays until it is
//! out of use again. One that was there before is left as it is.

use std::ptr;

const BYTES: usize = 64 * 1024;

/// The alternate stack on which signal handlers of this OS thread run.
///
/// Threads started by Rust have one; a thread started by a C program may not, and then the overflow
/// of a green stack would have no stack to be reported from.
#[derive(Debug)]
pub(crate) struct AlternateStack {
    made: Option<*mut libc::c_void>,
}

impl AlternateStack {
    /// Sees to it that the OS thread has one, until this is dropped.
    pub(crate) fn ensure() -> Self {
        let mut present = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: 0, ss_size: 0 };
        // SAFETY: a null new stack only asks, and the answer has its place.
        unsafe { libc::sigaltstack(ptr::null(), &raw mut present) };
        if present.ss_flags & libc::SS_DISABLE == 0 {
            return AlternateStack { made: None };
        }
        // SAFETY: a fresh private anonymous mapping overlaps nothing that exists.
        let memory = unsafe {
            libc::mmap(
                ptr::null_mut(),
                BYTES,
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
        let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: BYTES };
        // SAFETY: the mapping is ours, and stays until `drop` has taken it out of use.
        unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
        AlternateStack { made: Some(memory) }
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        let Some(memory) = self.made else { return };
        let disabled =
            libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: BYTES };
        // SAFETY: we are not in a handler, so nobody is on the stack that goes out of use.
        unsafe { libc::sigaltstack(&raw const disabled, ptr::null_mut()) };
        // SAFETY: the mapping is ours and out of use.
        unsafe { libc::munmap(memory, BYTES) };
    }
}
