//! The lock of an [`RwLock`](crate::RwLock), without its value.
//!
//! Readers and writers take turns. While a writer waits, new readers wait too. A writer that unlocks lets
//! in all readers that wait by then, and the last of these lets in the next writer. So a reader waits for one
//! writer at most. A writer waits for the writers before it, and for one turn of readers before each. The lock is
//! handed over while it is held, so no other thread gets in between.
//!
//! *A writer waits only while a thread holds the lock, a reader only while a writer holds it or waits.*
//! A thread that ends one of these takes the next ones off. See [`RawRwLock::unlock_read`],
//! [`RawRwLock::unlock_write`], and, for a writer that gives up, [`let_readers_in`].

use std::panic::Location;

use greenctx::{Interrupted, Waiting};
use greenstd::time::Instant;

use crate::deadlock;
use crate::monitor::{Entry, Inside, Monitor};

const READERS: usize = 0;
const WRITERS: usize = 1;

pub(crate) struct RawRwLock {
    monitor: Monitor<State, (), 2>,
}

struct State {
    /// How many readers hold the lock.
    readers: usize,
    /// Whether a writer holds it.
    writer: bool,
}

type InsideRwLock<'a> = Inside<'a, State, (), 2>;

impl RawRwLock {
    greenstd::const_unless_loom! {
        /// Not locked.
        pub(crate) fn new() -> Self {
            RawRwLock { monitor: Monitor::new(State { readers: 0, writer: false }) }
        }
    }

    #[inline]
    pub(crate) fn try_read(&self) -> bool {
        self.monitor.enter(try_read)
    }

    #[inline]
    pub(crate) fn try_write(&self, site: &'static Location<'static>) -> bool {
        let locked = self.monitor.enter(try_write);
        if locked {
            deadlock::locked(self.address(), site);
        }
        locked
    }

    /// Locks for reading, by `deadline`; `false` if that passes first.
    #[track_caller]
    pub(crate) fn read(&self, deadline: Option<Instant>) -> Result<bool, Interrupted> {
        let what = Waiting::on("rwlock (read)").at(Location::caller());
        let waited = self.monitor.wait(what, deadline, |inside| match try_read(inside) {
            true => Entry::Done(()),
            false => Entry::Wait { list: READERS, message: () },
        });
        waited.has_come()
    }

    /// Locks for writing, by `deadline`; `false` if that passes first.
    #[track_caller]
    pub(crate) fn write(&self, deadline: Option<Instant>) -> Result<bool, Interrupted> {
        let what = Waiting::on("rwlock (write)").at(Location::caller());
        let waited = self.monitor.wait_with(
            what,
            deadline,
            |inside| match try_write(inside) {
                true => Entry::Done(()),
                false => Entry::Wait { list: WRITERS, message: () },
            },
            || (),
            let_readers_in,
        );
        let locked = waited.has_come();
        if let Ok(true) = locked {
            deadlock::locked(self.address(), Location::caller());
        }
        locked
    }

    #[inline]
    pub(crate) fn unlock_read(&self) {
        self.monitor.enter(|inside| {
            inside.state.readers -= 1;
            if inside.state.readers == 0 {
                inside.state.writer = inside.take_first(WRITERS).is_some();
            }
        });
    }

    #[inline]
    pub(crate) fn unlock_write(&self) {
        deadlock::unlocking(self.address());
        self.monitor.enter(|inside| {
            inside.state.readers = inside.take_all(READERS);
            let nobody_reads = inside.state.readers == 0;
            inside.state.writer = nobody_reads && inside.take_first(WRITERS).is_some();
        });
    }

    /// What reports call it: the address of its monitor, which the waits name.
    fn address(&self) -> usize {
        std::ptr::from_ref(&self.monitor).addr()
    }

    /// Turns the writer that holds the lock into a reader, and lets in the readers that wait by now.
    pub(crate) fn downgrade(&self) {
        deadlock::unlocking(self.address());
        self.monitor.enter(|inside| {
            inside.state.writer = false;
            inside.state.readers = 1 + inside.take_all(READERS);
        });
    }
}

fn try_read(inside: &mut InsideRwLock<'_>) -> bool {
    let free = !inside.state.writer && !inside.is_anybody_in(WRITERS);
    inside.state.readers += usize::from(free);
    free
}

fn try_write(inside: &mut InsideRwLock<'_>) -> bool {
    let free = !inside.state.writer && inside.state.readers == 0;
    inside.state.writer |= free;
    free
}

/// A writer has given up. The readers may have waited for it alone.
fn let_readers_in(inside: &mut InsideRwLock<'_>) {
    if !inside.state.writer && !inside.is_anybody_in(WRITERS) {
        inside.state.readers += inside.take_all(READERS);
    }
}
