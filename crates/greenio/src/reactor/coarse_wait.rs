//! Waiting in an epoll instance on systems that do not let us wait exactly.
//!
//! `epoll_pwait2`, which takes nanoseconds, came with Linux 5.11, and the filters of older containers do not know
//! it. `epoll_wait` is as old as epoll itself and takes milliseconds. The crate `rustix` offers one or the other,
//! so this one is called here.
//!
//! # Invariants
//! The kernel writes to the array that it is given, no more events than that has room for, and only during the
//! call. This file has the only `unsafe` of the crate.
#![allow(unsafe_code, reason = "a call of the operating system, with the invariants above")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::event::Timespec;
use rustix::event::epoll::{Event, EventData, EventFlags};

/// Events taken from the kernel at a time: they lie on the caller's stack.
const EVENTS: usize = 64;

/// Adds the next events to `events`, or none after `timeout`, which is rounded up to milliseconds. A timeout that
/// is too long to be said ends early.
pub(super) fn coarse_wait(
    epoll: BorrowedFd<'_>,
    events: &mut Vec<Event>,
    timeout: Option<&Timespec>,
) -> io::Result<()> {
    let mut found = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
    let millis = timeout.map_or(-1, millis_rounded_up);
    // SAFETY: the descriptor is open, and the array has room for as many events as we say.
    let count = unsafe {
        libc::epoll_wait(epoll.as_raw_fd(), found.as_mut_ptr(), EVENTS as libc::c_int, millis)
    };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    events.extend(found[..count].iter().map(|found| Event {
        flags: EventFlags::from_bits_retain(found.events),
        data: EventData::new_u64(found.u64),
    }));
    Ok(())
}

fn millis_rounded_up(timeout: &Timespec) -> libc::c_int {
    let seconds = timeout.tv_sec.saturating_mul(1000);
    let rest = (timeout.tv_nsec + 999_999) / 1_000_000;
    libc::c_int::try_from(seconds.saturating_add(rest)).unwrap_or(libc::c_int::MAX)
}
