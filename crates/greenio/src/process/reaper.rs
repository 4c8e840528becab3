//! Children whose handle is gone: somebody must take their end from the system, or they stay in its table.
//!
//! One OS thread waits for all of them. It is started when there is one, and ends when there are none. A forked
//! child has nothing to do with its parent's children, and a reaper of its own.
//!
//! # Protocol
//!
//! Orphans are handed over in a list under a lock, which also says whether the thread runs. Whoever adds one and
//! finds no thread starts it; else it writes to an eventfd in which the thread sleeps. The thread ends only if it
//! finds the list empty, under that lock, and says so there; so nothing stays on the list without a thread. If no
//! thread can be started, the next orphan brings the next attempt.

use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;

use greenctx::PerProcess;
use greenstd::sync::StaticMutex;
use greenstd::thread;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::process::{PidfdFlags, pidfd_open};

use super::child::pid;

static REAPER: PerProcess<Reaper> = PerProcess::new();

/// How often to look after those for whom the system had no descriptor.
const LOOK_AGAIN: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

struct Reaper {
    /// By which the thread's sleep is ended; `None` if there was no descriptor left.
    notification: Option<OwnedFd>,
    state: StaticMutex<State>,
}

struct State {
    fresh: Vec<Child>,
    is_running: bool,
}

struct Orphan {
    child: Child,
    /// Readable when the child has ended.
    end: Option<OwnedFd>,
}

/// Takes the end of `child` from the system, now or when it comes.
pub(super) fn adopt(mut child: Child) {
    if !has_ended(&mut child) {
        REAPER.get_or_init(Reaper::new).add(child);
    }
}

fn has_ended(child: &mut Child) -> bool {
    // An error says that there is no such child any more.
    !matches!(child.try_wait(), Ok(None))
}

impl Reaper {
    fn new() -> Self {
        let notification = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).ok();
        let state = State { fresh: Vec::new(), is_running: false };
        Reaper { notification, state: StaticMutex::new(state) }
    }

    fn add(&'static self, child: Child) {
        let mut state = self.state.lock();
        state.fresh.push(child);
        if state.is_running {
            drop(state);
            if let Some(notification) = &self.notification {
                // Fails only when the counter is full, and then it is readable.
                let _ = rustix::io::write(notification, &1_u64.to_ne_bytes());
            }
        } else {
            let builder = thread::Builder::new().name(String::from("reaper"));
            state.is_running = builder.spawn(|| self.reap()).is_ok();
        }
    }

    /// The life of the thread.
    fn reap(&self) {
        let mut orphans: Vec<Orphan> = Vec::new();
        loop {
            orphans.retain_mut(|orphan| !has_ended(&mut orphan.child));
            let fresh = {
                let mut state = self.state.lock();
                if orphans.is_empty() && state.fresh.is_empty() {
                    state.is_running = false;
                    return;
                }
                std::mem::take(&mut state.fresh)
            };
            if fresh.is_empty() {
                self.sleep(&orphans);
            }
            orphans.extend(fresh.into_iter().map(Orphan::new));
        }
    }

    /// Until one has ended, or another comes.
    fn sleep(&self, orphans: &[Orphan]) {
        let ends = orphans.iter().filter_map(|orphan| orphan.end.as_ref());
        let all = self.notification.iter().chain(ends);
        let mut polled: Vec<_> =
            all.map(|descriptor| PollFd::new(descriptor, PollFlags::IN)).collect();
        let has_all = polled.len() == orphans.len() + 1;
        // An interruption, or an error, only makes it look once more.
        if poll(&mut polled, (!has_all).then_some(&LOOK_AGAIN)).is_err() {
            thread::yield_now();
        }
        if let Some(notification) = &self.notification {
            let _ = rustix::io::read(notification.as_fd(), &mut [0_u8; 8]);
        }
    }
}

impl Orphan {
    fn new(child: Child) -> Self {
        let end = pid(child.id()).ok().and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        Orphan { child, end }
    }
}
