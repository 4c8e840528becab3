//! What a reactor knows of each source that is registered with it.
//!
//! An entry is found by a [`Token`]: its place, and how often the place was used before. So an event or a
//! letter that comes for a source which is gone meets nobody.

use greenctx::Thread;
use rustix::event::epoll::EventFlags;

/// What a thread waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Read = 0,
    Write = 1,
}

/// Names an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    index: u32,
    generation: u32,
}

/// The entries of one reactor.
#[derive(Default)]
pub(super) struct Entries {
    entries: Vec<Entry>,
    free: Vec<u32>,
}

#[derive(Default)]
pub(super) struct Entry {
    generation: u32,
    flags: u8,
    waiters: [Waiters; 2],
}

/// The threads that wait for one direction: nearly always one, and then always the same.
#[derive(Default)]
struct Waiters {
    /// The thread that waits, or has waited last: kept, so that waiting again counts no reference.
    usual: Option<Thread>,
    usual_waits: bool,
    more: Vec<Thread>,
}

/// The flags of an entry: one *ready* a direction, at the bit of that number.
const CLOSED: u8 = 1 << 2;
/// Short counts say nothing any more.
const COUNTS_MISLEAD: u8 = 1 << 3;

const fn ready_bit(direction: Direction) -> u8 {
    1 << direction as u8
}

impl Direction {
    fn other(self) -> Direction {
        match self {
            Direction::Read => Direction::Write,
            Direction::Write => Direction::Read,
        }
    }
}

impl Token {
    pub(super) fn from_u64(bits: u64) -> Self {
        Token { index: bits as u32, generation: (bits >> 32) as u32 }
    }

    pub(super) fn as_u64(self) -> u64 {
        u64::from(self.index) | u64::from(self.generation) << 32
    }
}

impl Entries {
    /// An entry for a source whose `direction` was not ready a moment ago; of the other one nothing is
    /// known, so it is worth a try.
    pub(super) fn add(&mut self, direction: Direction) -> Token {
        let index = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry::default());
            u32::try_from(self.entries.len() - 1).expect("descriptors are numbered by an i32")
        });
        let entry = &mut self.entries[index as usize];
        entry.flags = ready_bit(direction.other());
        Token { index, generation: entry.generation }
    }

    /// Frees the entry. Nobody waits there: waiting borrows the source.
    pub(super) fn remove(&mut self, token: Token) {
        if let Some(entry) = self.get_mut(token) {
            // The highest is left out: with it, the last entry would look like the notification.
            let generation = match entry.generation + 1 {
                u32::MAX => 0,
                next => next,
            };
            *entry = Entry { generation, ..Entry::default() };
            self.free.push(token.index);
        }
    }

    #[inline]
    pub(super) fn get(&self, token: Token) -> Option<&Entry> {
        let entry = self.entries.get(token.index as usize)?;
        (entry.generation == token.generation).then_some(entry)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, token: Token) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(token.index as usize)?;
        (entry.generation == token.generation).then_some(entry)
    }
}

impl Entry {
    /// Whether an operation is worth a try.
    #[inline]
    pub(super) fn is_ready(&self, direction: Direction) -> bool {
        self.flags & (ready_bit(direction) | CLOSED) != 0
    }

    /// The direction is not ready.
    #[inline]
    pub(super) fn clear(&mut self, direction: Direction) {
        self.flags &= !ready_bit(direction);
    }

    /// A short count says that the direction is not ready, as far as it says something.
    #[inline]
    pub(super) fn clear_if_counts_tell(&mut self, direction: Direction) {
        if self.flags & COUNTS_MISLEAD == 0 {
            self.clear(direction);
        }
    }

    /// Takes in an event and unparks those for whom it is; returns how many.
    pub(super) fn deliver(&mut self, event: EventFlags) -> usize {
        const LASTING: EventFlags =
            EventFlags::RDHUP.union(EventFlags::HUP).union(EventFlags::ERR).union(EventFlags::PRI);
        const READ: EventFlags = EventFlags::IN.union(LASTING);
        const WRITE: EventFlags = EventFlags::OUT.union(EventFlags::HUP).union(EventFlags::ERR);
        if event.intersects(LASTING) {
            self.flags |= COUNTS_MISLEAD;
        }
        let mut woken = 0;
        for (direction, flags) in [(Direction::Read, READ), (Direction::Write, WRITE)] {
            if event.intersects(flags) {
                // ready-harvest, then ready-unpark: a woken thread finds the flag set.
                self.flags |= ready_bit(direction);
                woken += self.waiters[direction as usize].wake();
            }
        }
        woken
    }

    /// Marks the source as closed and unparks all; returns how many.
    pub(super) fn close(&mut self) -> usize {
        // source-mark: it stays, so a thread that comes to *source-wait* later does not park.
        self.flags |= CLOSED;
        self.waiters.iter_mut().map(Waiters::wake).sum()
    }

    pub(super) fn join(&mut self, direction: Direction, thread: &Thread) {
        // ready-wait, source-wait
        self.waiters[direction as usize].join(thread);
    }

    /// Takes the thread off the list; `false` if it is on it no longer.
    pub(super) fn leave(&mut self, direction: Direction, thread: &Thread) -> bool {
        self.waiters[direction as usize].leave(thread)
    }
}

impl Waiters {
    fn join(&mut self, thread: &Thread) {
        if self.usual_waits {
            self.more.push(thread.clone());
            return;
        }
        if self.usual.as_ref() != Some(thread) {
            self.usual = Some(thread.clone());
        }
        self.usual_waits = true;
    }

    fn leave(&mut self, thread: &Thread) -> bool {
        if self.usual_waits && self.usual.as_ref() == Some(thread) {
            self.usual_waits = false;
            return true;
        }
        let before = self.more.len();
        self.more.retain(|waiter| waiter != thread);
        self.more.len() < before
    }

    fn wake(&mut self) -> usize {
        let mut woken = self.more.len();
        if self.usual_waits {
            self.usual_waits = false;
            woken += 1;
            self.usual.iter().for_each(Thread::unpark);
        }
        for thread in self.more.drain(..) {
            thread.unpark();
        }
        woken
    }
}
