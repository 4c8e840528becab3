//! A kernel that lacks a system call, or a container that forbids it.
//!
//! # Invariants
//! 1. The system calls here take numbers, or a filter in their caller's frame that the kernel copies.
#![allow(unsafe_code, reason = "filters of system calls have no safe wrapper")]

use std::io::Error;

/// Lets the kernel answer the system call of that `number` by `errno`, on this thread and on those that it starts.
///
/// Nothing takes it back: it is for a test that runs as a [child](crate::child).
///
/// # Panics
/// If the kernel has no filters of system calls.
pub fn refuse_system_call(number: i64, errno: i32) {
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let mut filter = [
        // The number of the call is the first word of what a filter sees.
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0),
        libc::sock_filter {
            jf: 1,
            ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number as u32)
        },
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | errno as u32),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: invariant 1. It changes what this process may do from now on.
    let gave_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(gave_up, 0, "{}", Error::last_os_error());
    // SAFETY: invariant 1: the program lives until the call is over.
    let filtered =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(filtered, 0, "{}", Error::last_os_error());
    // SAFETY: invariant 1: the call is refused before the kernel looks at its arguments.
    let answer = unsafe { libc::syscall(number, -1, 0, 0, 0, 0, 0) };
    assert_eq!((answer, Error::last_os_error().raw_os_error()), (-1, Some(errno)));
}
