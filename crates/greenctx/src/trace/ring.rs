//! A ring of entries, in chunks.
//!
//! ```text
//!   oldest                              newest
//!  ┌────────┬────────┬─ ─ ─ ─┬────────┬────────┐
//!  │ full   │ full   │       │ full   │ open ▸ │
//!  └────────┴────────┴─ ─ ─ ─┴────────┴────────┘
//!    shared with snapshots              the writer's
//! ```

use std::collections::VecDeque;

use greenstd::sync::Arc;

use super::entry::Entry;

/// Entries in a chunk.
const CHUNK: usize = if cfg!(any(green_loom, green_shuttle)) { 4 } else { 2048 };

type Chunk = Vec<Entry>;

/// The last entries of a carrier.
pub(super) struct Ring {
    full: VecDeque<Arc<Chunk>>,
    open: Chunk,
    /// How many full chunks are kept.
    kept: usize,
}

impl Ring {
    /// Room for the last `entries`, at least.
    pub(super) fn new(entries: usize) -> Self {
        let kept = entries.div_ceil(CHUNK).max(1);
        Ring { full: VecDeque::new(), open: Chunk::with_capacity(CHUNK), kept }
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        if self.open.len() == self.open.capacity() {
            self.turn();
        }
        self.open.push(entry);
    }

    /// The open chunk is full: the oldest one makes room.
    #[cold]
    fn turn(&mut self) {
        let oldest = if self.full.len() == self.kept { self.full.pop_front() } else { None };
        let mut open = match oldest.map(Arc::try_unwrap) {
            Some(Ok(unshared)) => unshared,
            _ => Chunk::with_capacity(CHUNK),
        };
        open.clear();
        self.full.push_back(Arc::new(std::mem::replace(&mut self.open, open)));
    }

    /// All entries: those of full chunks shared, the others copied.
    pub(super) fn snapshot(&self) -> Vec<Arc<Chunk>> {
        let open = Arc::new(self.open.clone());
        self.full.iter().cloned().chain([open]).collect()
    }
}
