//! Showing the leak sanitizer the stacks in use.
//!
//! It follows the pointers that it finds in the stacks of OS threads, in statics and on the heap. A process
//! may end before a green thread: what that thread alone points to would be a leak to it. So each stack is
//! made known for as long as it is in use. After that it is not: what an ended green thread has left there
//! keeps nothing alive.
//!
//! # Invariants
//! The sanitizer reads a stack's range at any time while it is known. The range is without the guard,
//! and in a build for the sanitizer no reservation is ever unmapped.

use super::arena::Stack;

/// `stack` is about to be used.
pub(super) fn register(stack: &Stack) {
    // SAFETY: see the invariants.
    unsafe { __lsan_register_root_region(stack.lowest(), stack.usable_bytes()) };
}

/// `stack` is used no more.
pub(super) fn unregister(stack: &Stack) {
    // SAFETY: the range is the one that `register` has made known.
    unsafe { __lsan_unregister_root_region(stack.lowest(), stack.usable_bytes()) };
}

// Of the sanitizer's run time; an address of its is as large as one of ours.
unsafe extern "C" {
    fn __lsan_register_root_region(begin: usize, bytes: usize);
    fn __lsan_unregister_root_region(begin: usize, bytes: usize);
}
