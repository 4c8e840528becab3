//! The few system calls that the tests need. The only unsafe code among them.
#![allow(unsafe_code, reason = "setrlimit, fork and _exit have no safe wrapper")]

use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

use greenstd::sync::Arc;

/// Limits the address space of this process to `bytes`.
pub(crate) fn limit_address_space(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: setrlimit reads the structure that is passed to it, and nothing else.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(done, 0, "setrlimit: {}", std::io::Error::last_os_error());
}

/// Forks, runs `in_child` in the child and ends that without destructors: by 0 if `in_child` says
/// that all is well. Returns the child's exit code.
pub(crate) fn fork(in_child: impl FnOnce() -> bool) -> i32 {
    // SAFETY: the child runs ordinary code although it was forked from a process of several
    // threads, which is what is being tested. It may therefore deadlock on a lock of the allocator
    // or of the library; the tests see to it that the other threads are asleep.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
    if child == 0 {
        let well = std::panic::catch_unwind(std::panic::AssertUnwindSafe(in_child));
        let code = if well.unwrap_or(false) { 0 } else { 1 };
        // SAFETY: ends this process at once; nothing runs after it.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: waitpid writes to the integer that is passed to it, and nothing else.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child, "waitpid: {}", std::io::Error::last_os_error());
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 }
}

/// Has the kernel end this process by SIGALRM, unless it is done within `seconds`: for forked
/// children, in which there is no watchdog.
pub(crate) fn end_after(seconds: u32) {
    // SAFETY: alarm takes a number and has no memory to get wrong.
    unsafe { libc::alarm(seconds) };
}

/// Has `run` called when the process exits, after the destructors of thread-locals.
pub(crate) fn at_exit(run: fn()) {
    static RUN: greenstd::sync::OnceLock<fn()> = greenstd::sync::OnceLock::new();
    extern "C" fn handler() {
        if let Some(run) = RUN.get() {
            run();
        }
    }
    RUN.set(run).expect("one handler a test");
    // SAFETY: the handler is a function that is always there, and does not unwind: that would abort.
    let done = unsafe { libc::atexit(handler) };
    assert_eq!(done, 0, "there is room for a handler");
}

/// Ends the process without running anything more of it.
pub(crate) fn exit_at_once(code: i32) -> ! {
    // SAFETY: takes a number, and does not return.
    unsafe { libc::_exit(code) }
}

/// A waker that calls `clone` whenever it is cloned, and does nothing when it wakes.
pub(crate) fn waker_that_is_cloned_by(clone: Box<dyn Fn() + Send + Sync>) -> Waker {
    type Data = Box<dyn Fn() + Send + Sync>;
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            // SAFETY: as in all of these, the data is a reference count that the waker holds, of this type.
            let data = unsafe { ManuallyDrop::new(Arc::from_raw(data.cast::<Data>())) };
            data();
            RawWaker::new(Arc::into_raw(Arc::clone(&data)).cast(), &VTABLE)
        },
        // SAFETY: as above.
        |data| drop(unsafe { Arc::from_raw(data.cast::<Data>()) }),
        |_| {},
        // SAFETY: as above.
        |data| drop(unsafe { Arc::from_raw(data.cast::<Data>()) }),
    );
    let data = Arc::into_raw(Arc::new(clone)).cast();
    // SAFETY: the functions keep the contract: the data may be used on any thread, and each waker gives back
    // the one count that it holds.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}
