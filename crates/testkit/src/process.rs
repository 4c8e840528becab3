//! The ends and the forks of a process.
//!
//! # Invariants
//! 1. The system calls here take numbers, or a place of their caller's frame that they write to.
//! 2. A forked child runs what the test gives it, and then ends without running anything more of its parent's.
//! 3. A handler of `atexit` is a function that is always there, and unwinds into nothing.
#![allow(unsafe_code, reason = "fork, atexit and _exit have no safe wrapper")]

use std::io::Error;
use std::panic;

use greenstd::sync::OnceLock;

/// Far beyond what any forked child takes: no watchdog came with it.
const CHILD_SECONDS: u32 = 60;

/// What a child exits with that has panicked.
const PANICKED: i32 = 101;

/// Forks; the child exits with what `in_child` says, or 101 if that panics. Returns it to the parent.
///
/// A child of a process of several threads has this one only, and the locks of all the others as they were. So
/// `in_child` must take no lock that another thread may hold, nor the allocator's.
///
/// # Panics
/// If there is no process to be had, or the child does not exit by itself.
pub fn exit_code_of_fork(in_child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child does as invariant 2 says; what it may lock, the test sees to.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", Error::last_os_error());
    if child == 0 {
        // SAFETY: invariant 1. Should the child hang, it ends by a signal, and that fails the test.
        unsafe { libc::alarm(CHILD_SECONDS) };
        let code = panic::catch_unwind(panic::AssertUnwindSafe(in_child));
        exit_at_once(code.unwrap_or(PANICKED));
    }
    let mut status = 0;
    // SAFETY: invariant 1: it writes to the status alone.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child, "waitpid: {}", Error::last_os_error());
    assert!(libc::WIFEXITED(status), "the child ended with status {status}");
    libc::WEXITSTATUS(status)
}

/// Ends the process without running anything more of it.
pub fn exit_at_once(code: i32) -> ! {
    // SAFETY: invariant 1: it takes a number, and does not return.
    unsafe { libc::_exit(code) }
}

/// Has `run` called when the process exits, after the destructors of thread-locals.
///
/// # Panics
/// If a process calls it twice.
pub fn at_exit(run: fn()) {
    static RUN: OnceLock<fn()> = OnceLock::new();
    extern "C" fn handler() {
        if let Some(run) = RUN.get() {
            run();
        }
    }
    RUN.set(run).expect("one handler a test");
    // SAFETY: invariant 3: a panic in the handler aborts, since C must not be unwound through.
    let done = unsafe { libc::atexit(handler) };
    assert_eq!(done, 0, "there is room for a handler");
}
