//! The half of a reactor that other threads reach: its descriptors and its mailbox.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use greenctx::Notify;
use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, eventfd};

use super::entries::Token;

/// The value under which the eventfd is registered; no token of an entry has it.
pub(super) const NOTIFICATION: u64 = u64::MAX;

/// What others ask of a reactor.
#[derive(Debug, Clone, Copy)]
pub(super) enum Letter {
    /// The source was closed: mark the entry and wake whoever waits there.
    Close(Token),
    /// The source is gone: its entry is free.
    Free(Token),
}

pub(crate) struct Shared {
    id: u64,
    epoll: OwnedFd,
    notification: OwnedFd,
    /// The fork generation of the process that it belongs to.
    generation: u64,
    pending: AtomicBool,
    mail: Mutex<Vec<Letter>>,
}

impl Shared {
    pub(super) fn new() -> io::Result<Arc<Self>> {
        static NEXT_ID: Counter = Counter::new(1);
        greenctx::watch_forks();
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let notification = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let edges = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &notification, EventData::new_u64(NOTIFICATION), edges)?;
        Ok(Arc::new(Shared {
            id: NEXT_ID.add(1),
            epoll,
            notification,
            generation: greenctx::fork_generation(),
            pending: AtomicBool::new(false),
            mail: Mutex::default(),
        }))
    }

    /// What tells the reactor from all others.
    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Whether the reactor has stayed behind in the process that was forked.
    pub(crate) fn is_left_behind(&self) -> bool {
        self.generation != greenctx::fork_generation()
    }

    #[inline]
    pub(super) fn epoll(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Anybody: ends the registration of `source`, whose entry is `token`.
    pub(crate) fn deregister(&self, source: BorrowedFd<'_>) {
        // If the descriptor is not registered any more, all the better.
        let _ = epoll::delete(&self.epoll, source);
    }

    /// Anybody: hands the reactor a letter and sees to it that it is read.
    pub(super) fn post(&self, letter: Letter) {
        // mail-push
        let was_pending = {
            let mut mail = self.mail.lock();
            mail.push(letter);
            self.pending.swap(true, Ordering::Relaxed)
        };
        if !was_pending {
            // mail-notify: whoever found it pending has an edge before its own letter, and *mail-take* takes both.
            self.notify();
        }
    }

    /// The reactor's OS thread: whether there is mail (a hint; an edge comes with the first letter).
    #[inline]
    pub(super) fn may_have_mail(&self) -> bool {
        self.pending.load(Ordering::Relaxed)
    }

    /// The reactor's OS thread: takes all mail.
    pub(super) fn take_mail(&self) -> Vec<Letter> {
        // mail-take: under the lock, so no letter comes between the flag and the taking.
        let mut mail = self.mail.lock();
        self.pending.store(false, Ordering::Relaxed);
        std::mem::take(&mut *mail)
    }
}

impl Notify for Shared {
    fn notify(&self) {
        // Fails only when the counter is full, and then it has been written to often enough.
        let _ = rustix::io::write(&self.notification, &1_u64.to_ne_bytes());
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").field("id", &self.id).finish_non_exhaustive()
    }
}
