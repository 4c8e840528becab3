//! Entries of the ring: 24 bytes each.

use std::panic::Location;

use greenstd::ticks::Ticks;

use super::Stop;

/// What happened, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(super) at: Ticks,
    pub(super) what: What,
}

const _: () = assert!(size_of::<Entry>() == 24);

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    Spawned {
        seat: u32,
        thread: u64,
    },
    /// `stopped` is about the thread that ran before. An identity of 0 is none.
    Switched {
        stopped: Option<Stop>,
        seat: u32,
        identity: u64,
    },
    /// The scheduler looks around; the thread that ran has stopped.
    Rests {
        stopped: Stop,
    },
    Readied {
        seat: u32,
        cause: Cause,
    },
    Unparks {
        thread: u64,
    },
    Begins {
        is_part: bool,
        seat: u32,
        identity: u64,
    },
    Ends {
        is_part: bool,
        seat: u32,
        identity: u64,
    },
    Sleeps,
    Wakes,
    Levels {
        ready: u32,
        parked: u32,
    },
    Figures([u32; 2]),
    /// The thread whose stop is the next entry waits for something of this kind, by its place in a table.
    Waits {
        kind: u32,
        object: u64,
    },
    // These add to the entry before them, in this order.
    Queued {
        since: Ticks,
    },
    Site(&'static Location<'static>),
    Text {
        len: u8,
        bytes: [u8; TEXT_BYTES],
    },
}

/// What has made a thread ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The running thread; the reactor if none runs.
    Grant,
    Timer,
    Elsewhere,
}

/// How much of a name one entry holds.
pub(super) const TEXT_BYTES: usize = 14;

/// How many entries a name takes at the most.
const TEXTS: usize = 8;

/// Cuts a name up into entries, between two of its letters.
pub(super) fn texts(name: &str) -> impl Iterator<Item = What> {
    let mut rest = name;
    let pieces = std::iter::from_fn(move || {
        let (piece, others) = rest.split_at(rest.floor_char_boundary(TEXT_BYTES));
        rest = others;
        (!piece.is_empty()).then_some(piece)
    });
    pieces.take(TEXTS).map(|piece| {
        let mut bytes = [0; TEXT_BYTES];
        bytes[..piece.len()].copy_from_slice(piece.as_bytes());
        What::Text { len: piece.len() as u8, bytes }
    })
}
