//! With which reactors a source is registered.
//!
//! The usual source is used on one OS thread: its first registration, the *home*, is found without a lock.
//! The protocol of closing is written down in [`crate::reactor`].

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use greenctx::{Waiting, waiting};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex, OnceLock};
use greenstd::time::Instant;

use crate::closed::Closed;
use crate::reactor::{self, Direction, LocalReactor, Shared, Token, View};

/// What a source knows of its registrations.
pub(crate) struct Registrations {
    closed: AtomicBool,
    home: OnceLock<Registration>,
    /// All but the home. Its lock covers adding the home, and closing.
    others: Mutex<Vec<Registration>>,
}

struct Registration {
    reactor: Arc<Shared>,
    /// That of `reactor`, at hand.
    id: u64,
    token: Token,
}

impl Registrations {
    pub(crate) fn new() -> Self {
        Registrations {
            closed: AtomicBool::new(false),
            home: OnceLock::new(),
            others: Mutex::default(),
        }
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// How the source looks to the reactor of the calling OS thread; `None` if it is not registered there.
    // Each operation begins with it, in the crates of users. Whether it was inlined there changed with other code.
    #[inline(always)]
    pub(crate) fn view(&self, direction: Direction) -> Option<View> {
        // Without a home there is nothing.
        let home = self.home.get()?;
        reactor::with_existing(|reactor| {
            let reactor = reactor?;
            let token = self.token_beside(home, reactor.id())?;
            Some(reactor.view(token, direction))
        })
    }

    /// Waits until the direction of `fd`, which is the source's, may be ready, or the source is closed. How it looks
    /// then.
    ///
    /// # Errors
    /// [`Closed`], but not in each case; `TimedOut` if `deadline` passes first; if the wait is interrupted.
    // A frame of its own: an operation on a ready source pays for no part of it.
    #[inline(never)]
    pub(crate) fn wait(
        &self,
        fd: BorrowedFd<'_>,
        direction: Direction,
        deadline: Option<Instant>,
    ) -> io::Result<View> {
        let reactor = reactor::current()?;
        // source-register: gives up if the source is closed, and registers else.
        let token = match self.token(reactor.id()) {
            Some(token) => token,
            None => self.register(&reactor, fd, direction)?,
        };
        // ready-wait, source-wait
        let what = match direction {
            Direction::Read => Waiting::on("socket (read)"),
            Direction::Write => Waiting::on("socket (write)"),
        };
        // A report asks the kernel who the peer is, by the number.
        let what = what.with_number(fd.as_raw_fd() as u64);
        waiting(&what, || reactor.wait(token, direction, deadline))
    }

    /// Makes an entry with the reactor of the calling OS thread, which has none yet; `direction` was not ready a
    /// moment ago (*source-register*).
    ///
    /// # Errors
    /// [`Closed`]; those of registering.
    #[cold]
    #[inline(never)]
    fn register(
        &self,
        reactor: &LocalReactor,
        fd: BorrowedFd<'_>,
        direction: Direction,
    ) -> io::Result<Token> {
        // source-register: under the lock, which orders it against *source-close*.
        let mut others = self.others.lock();
        if self.is_closed() {
            return Err(Closed::error());
        }
        // Still under the lock: a closer that comes after us finds this registration.
        let token = reactor.register(fd, direction)?;
        let shared = reactor.shared().clone();
        let registration = Registration { id: shared.id(), reactor: shared, token };
        if let Err(registration) = self.home.set(registration) {
            others.push(registration);
        }
        Ok(token)
    }

    #[inline]
    fn token(&self, id: u64) -> Option<Token> {
        self.token_beside(self.home.get()?, id)
    }

    #[inline]
    fn token_beside(&self, home: &Registration, id: u64) -> Option<Token> {
        if home.id == id {
            return Some(home.token);
        }
        self.token_elsewhere(id)
    }

    #[cold]
    #[inline(never)]
    fn token_elsewhere(&self, id: u64) -> Option<Token> {
        self.others.lock().iter().find(|other| other.id == id).map(|other| other.token)
    }

    /// Marks the source as closed, once and for all, and wakes whoever waits for it.
    pub(crate) fn close(&self) {
        let others = self.others.lock();
        // source-close: under the lock, which orders it against *source-register*.
        if self.closed.swap(true, Ordering::Relaxed) {
            return;
        }
        // source-mark
        for registration in self.home.get().into_iter().chain(others.iter()) {
            registration.reactor.close(registration.token);
        }
    }

    /// Ends all registrations of `fd`, whose source is about to go.
    pub(crate) fn end(&mut self, fd: BorrowedFd<'_>) {
        for registration in self.home.get().into_iter().chain(self.others.get_mut().iter()) {
            if registration.reactor.is_left_behind() {
                continue;
            }
            // First the kernel, then the entry: no event comes for an entry that is free.
            registration.reactor.deregister(fd);
            registration.reactor.free(registration.token);
        }
    }
}
