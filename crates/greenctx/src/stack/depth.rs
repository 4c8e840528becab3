//! How deep stacks are used, as the kernel knows it: a page that was touched is in memory.
//!
//! A look costs the running threads nothing, and it sees what they do not count at their parks. That is how deep a
//! thread was between two parks, whether it runs, waits or has ended. The thread that asks pays for it. It
//! makes a system call for each 16 MiB of segments, about a third of a microsecond for each stack of the default
//! size. So one look goes over 4 GiB of segments at most (some 20,000 of the default size), and the next one
//! goes on where it stopped. Looks take a tenth of the time at most, however often they are asked for.
//!
//! A depth is noted before its pages are given back. Swapped-out pages are not seen. Where a page is in
//! memory before it is touched, as under `mlockall`, a look sees nothing.

use std::time::Duration;

use greenstd::sync::Mutex;
use greenstd::time::{self, Instant};

use super::arena::Stretch;

/// How much address space one look goes over.
const LOOK_BYTES: usize = 4 << 30;

/// How many times as long as the last look took must pass before the next.
const PAUSE: u32 = 9;

/// The deepest use of a pool's stacks.
#[derive(Debug, Default)]
pub(super) struct Depth {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    deepest_bytes: usize,
    /// How many stretches the looks so far went over: the next one begins there.
    stretches: usize,
    /// Whether a thread is looking.
    looking: bool,
    next_look: Option<Instant>,
}

impl Depth {
    /// Notes that a stack was used so deep.
    pub(super) fn record(&self, bytes: usize) {
        let mut state = self.state.lock();
        state.deepest_bytes = state.deepest_bytes.max(bytes);
    }

    /// The deepest use, after a look at the `stretches` in use if it is time for one.
    pub(super) fn look(&self, stretches: impl FnOnce() -> Vec<Stretch>) -> usize {
        let start = time::now();
        let first = {
            let mut state = self.state.lock();
            if state.looking || state.next_look.is_some_and(|until| start < until) {
                return state.deepest_bytes;
            }
            state.looking = true;
            state.stretches
        };
        // Without the lock: others see the last figure meanwhile, and do not wait.
        let stretches = stretches();
        let first = if stretches.is_empty() { 0 } else { first % stretches.len() };
        let (mut deepest_bytes, mut seen, mut bytes) = (0, 0, 0);
        for stretch in stretches.iter().cycle().skip(first).take(stretches.len()) {
            deepest_bytes = deepest_bytes.max(stretch.deepest_bytes());
            seen += 1;
            bytes += stretch.bytes();
            if bytes >= LOOK_BYTES {
                break;
            }
        }
        let took = time::since(start);
        self.end_look(deepest_bytes, first + seen, took)
    }

    fn end_look(&self, bytes: usize, stretches: usize, took: Duration) -> usize {
        let mut state = self.state.lock();
        state.looking = false;
        state.stretches = stretches;
        state.next_look = time::after(took * PAUSE);
        state.deepest_bytes = state.deepest_bytes.max(bytes);
        state.deepest_bytes
    }
}
