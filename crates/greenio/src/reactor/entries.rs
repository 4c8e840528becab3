//! What a reactor knows of each source that is registered with it.
//!
//! An entry is found by a [`Token`]: its place, and how often the place was used before. So an event or a
//! letter that comes for a source which is gone meets nobody.

use greenctx::{Thread, Wakeup};
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

/// One cache line: with thousands of sources, each event finds its entry far away.
#[derive(Default)]
#[repr(align(64))]
pub(super) struct Entry {
    generation: u32,
    flags: u8,
    /// By direction, one of the threads that wait: nearly always there is no other.
    usual: [Option<Wakeup>; 2],
    more: Vec<(Direction, Wakeup)>,
}

const _: () = assert!(cfg!(any(green_loom, green_shuttle)) || size_of::<Entry>() == 64);

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

    /// Takes in an event (*ready-harvest*). Those for whom it is leave the lists: `owed` gets their wake-ups.
    #[inline]
    pub(super) fn take_in(&mut self, event: EventFlags, owed: &mut Vec<Wakeup>) {
        const LASTING: EventFlags =
            EventFlags::RDHUP.union(EventFlags::HUP).union(EventFlags::ERR).union(EventFlags::PRI);
        const READ: EventFlags = EventFlags::IN.union(LASTING);
        const WRITE: EventFlags = EventFlags::OUT.union(EventFlags::HUP).union(EventFlags::ERR);
        if event.intersects(LASTING) {
            self.flags |= COUNTS_MISLEAD;
        }
        for (direction, flags) in [(Direction::Read, READ), (Direction::Write, WRITE)] {
            if event.intersects(flags) {
                // ready-harvest: *ready-unpark* comes later, so a woken thread finds the flag set.
                self.flags |= ready_bit(direction);
                self.take_waiters(direction, owed);
            }
        }
    }

    /// Marks the source as closed. All leave the lists: `owed` gets their wake-ups.
    pub(super) fn close(&mut self, owed: &mut Vec<Wakeup>) {
        // source-mark: it stays, so a thread that comes to *source-wait* later does not park.
        self.flags |= CLOSED;
        self.take_waiters(Direction::Read, owed);
        self.take_waiters(Direction::Write, owed);
    }

    #[inline]
    fn take_waiters(&mut self, direction: Direction, owed: &mut Vec<Wakeup>) {
        if let Some(usual) = self.usual[direction as usize].take() {
            owed.push(usual);
        }
        if !self.more.is_empty() {
            let waits = |(waits_for, _): &mut (Direction, Wakeup)| *waits_for == direction;
            owed.extend(self.more.extract_if(.., waits).map(|(_, wakeup)| wakeup));
        }
    }

    /// Puts the thread on the list; it runs on the reactor's OS thread.
    #[inline]
    pub(super) fn join(&mut self, direction: Direction, thread: &Thread) {
        // ready-wait, source-wait
        let usual = &mut self.usual[direction as usize];
        match usual {
            None => *usual = Some(thread.wakeup()),
            Some(_) => self.more.push((direction, thread.wakeup())),
        }
    }

    /// Takes the thread off the list; `false` if it is on it no longer.
    #[inline]
    pub(super) fn leave(&mut self, direction: Direction, thread: &Thread) -> bool {
        let usual = &mut self.usual[direction as usize];
        if usual.take_if(|wakeup| wakeup.is_for(thread)).is_some() {
            return true;
        }
        if self.more.is_empty() {
            return false;
        }
        let before = self.more.len();
        self.more.retain(|(waits_for, wakeup)| *waits_for != direction || !wakeup.is_for(thread));
        self.more.len() < before
    }
}
