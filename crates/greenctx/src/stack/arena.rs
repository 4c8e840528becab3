//! One arena a size class: chunks of address space, cut into segments.
//!
//! ```text
//!  one segment: GUARD_BYTES + class.bytes()
//!  low address                                                      high address
//!  ┌─────────────────┬──────────────────────────────────────────┬────────┐
//!  │ guard: 64 KiB   │ class.bytes(): what a thread can use  ◄──│ colour │ the next one's guard …
//!  └─────────────────┴──────────────────────────────────────────┴────────┘
//!  ▲                 ▲                                          ▲        ▲
//!  segment           lowest()                                   top()    end
//! ```
//!
//! The guard is beside the size class and not part of it. A stack of 32 KiB has 32 KiB on every architecture,
//! less the colour (under 1 KiB) and the first frames.
//!
//! A chunk has about as many segments as there are already, and 1 GiB at most. So few chunks are enough for many
//! stacks. Where memory is locked as it is mapped (`mlockall` with `MCL_FUTURE`), every reserved page becomes
//! resident: a program then pays for about twice what it needs, and not for 1 GiB.
//!
//! # Invariants
//!
//! * A segment is handed out once. From then on its [`Stack`] is its only owner, wherever it goes: cache, depot,
//!   or the coroutine that runs on it.
//! * A `Stack` that is leaked is never handed out again: its memory stays as it is.
//! * A `Stack` holds its chunk alive, so its memory is mapped as long as the `Stack` exists.

use std::num::NonZeroUsize;

use corosensei::stack::StackPointer;
use greenstd::sync::Arc;

use super::error::StackError;
use super::os::{GUARD_BYTES, GuardKind, Reservation, page_bytes};
use super::size::SizeClass;

/// The first frame lies a multiple of a cache line below the top of the segment: `COLOURS` different ones. With 16
/// the hot frames of a thread that does little stay in the one page that it has touched.
const COLOURS: usize = 16;
const CACHE_LINE_BYTES: usize = 64;

/// How much address space a chunk takes, unless a single segment takes more.
const MIN_CHUNK_BYTES: usize = 1 << 20;
const MAX_CHUNK_BYTES: usize = 1 << 30;

/// How much address space a stretch takes, unless a single segment takes more.
const STRETCH_BYTES: usize = 16 << 20;

/// A segment of an arena, ready to run on.
#[derive(Debug)]
pub(crate) struct Stack {
    chunk: Arc<Reservation>,
    /// The first byte of the guard.
    segment: NonZeroUsize,
    /// The end of the segment, less the colour.
    top: NonZeroUsize,
    class: SizeClass,
    /// Whether pages may have been touched since they were last given back.
    used: bool,
}

impl Stack {
    pub(crate) fn class(&self) -> SizeClass {
        self.class
    }

    /// The lowest address that may be touched.
    pub(crate) fn lowest(&self) -> usize {
        self.segment.get() + GUARD_BYTES
    }

    /// The address below which the first frame begins.
    pub(crate) fn top(&self) -> usize {
        self.top.get()
    }

    /// The addresses that fault.
    pub(crate) fn guard(&self) -> std::ops::Range<usize> {
        self.segment.get()..self.lowest()
    }

    /// What may be touched, in bytes.
    pub(crate) fn usable_bytes(&self) -> usize {
        self.class.bytes()
    }

    pub(super) fn mark_used(&mut self) {
        self.used = true;
    }

    /// Gives the touched pages back to the system, and returns how deep they went.
    pub(super) fn trim(&mut self) -> usize {
        if !std::mem::take(&mut self.used) {
            return 0;
        }
        let depth = self.depth_bytes();
        self.chunk.discard(self.lowest(), self.usable_bytes());
        depth
    }

    /// How deep the stack was used since its pages were last given back, to the page.
    fn depth_bytes(&self) -> usize {
        deepest_bytes(&self.chunk, self.class, self.segment.get(), 1)
    }
}

// SAFETY: the segment is mapped as long as the chunk is held, lies between `limit` and `base` (both
// multiples of 16: segments are page-aligned, colours multiples of 64), ends in a guard that faults
// when touched, and is larger than `corosensei` asks for. No other `Stack` names the same segment.
unsafe impl corosensei::stack::Stack for Stack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.top
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        self.segment
    }
}

/// The chunks of one size class.
#[derive(Debug)]
pub(super) struct Arena {
    class: SizeClass,
    guard: GuardKind,
    /// Only the last one may have segments that were never handed out.
    chunks: Vec<Chunk>,
    handed_out: usize,
}

#[derive(Debug)]
struct Chunk {
    reservation: Arc<Reservation>,
    segments: usize,
    next: usize,
}

impl Arena {
    pub(super) fn new(class: SizeClass, guard: GuardKind) -> Self {
        Arena { class, guard, chunks: Vec::new(), handed_out: 0 }
    }

    /// How many segments have been handed out since the beginning.
    pub(super) fn handed_out(&self) -> usize {
        self.handed_out
    }

    /// Hands out a segment for the first time.
    pub(super) fn fresh_stack(&mut self) -> Result<Stack, StackError> {
        let class = self.class;
        let guard = self.guard;
        let chunk = self.chunk_with_room()?;
        // Guard first: if that fails, the segment has not been handed out and is tried again.
        let address = chunk.reservation.base() + chunk.next * segment_bytes(class);
        chunk.reservation.guard(address, guard)?;
        let colour = chunk.next % COLOURS * CACHE_LINE_BYTES;
        chunk.next += 1;
        let segment = NonZeroUsize::new(address).expect("no mapping begins at address zero");
        let stack = Stack {
            chunk: chunk.reservation.clone(),
            segment,
            top: segment
                .checked_add(segment_bytes(class) - colour)
                .expect("a segment lies in the mapping"),
            class,
            used: false,
        };
        self.handed_out += 1;
        Ok(stack)
    }

    fn chunk_with_room(&mut self) -> Result<&mut Chunk, StackError> {
        if self.chunks.last().is_none_or(|chunk| chunk.next == chunk.segments) {
            self.chunks.push(reserve(self.class, self.handed_out)?);
        }
        Ok(self.chunks.last_mut().expect("a chunk was put there above"))
    }

    /// All segments that were handed out, in stretches.
    pub(super) fn stretches(&self, add: &mut Vec<Stretch>) {
        let most = (STRETCH_BYTES / segment_bytes(self.class)).max(1);
        for chunk in &self.chunks {
            add.extend((0..chunk.next).step_by(most).map(|first| Stretch {
                chunk: chunk.reservation.clone(),
                class: self.class,
                address: chunk.reservation.base() + first * segment_bytes(self.class),
                segments: most.min(chunk.next - first),
            }));
        }
    }
}

/// Segments that lie side by side and were handed out: to see how deep they are used, whatever owns them.
#[derive(Debug)]
pub(super) struct Stretch {
    chunk: Arc<Reservation>,
    class: SizeClass,
    address: usize,
    segments: usize,
}

impl Stretch {
    /// Its part of the address space.
    pub(super) fn bytes(&self) -> usize {
        self.segments * segment_bytes(self.class)
    }

    /// How deep the deepest of the stacks was used since its pages were last given back, to the page.
    pub(super) fn deepest_bytes(&self) -> usize {
        deepest_bytes(&self.chunk, self.class, self.address, self.segments)
    }
}

/// How deep the deepest of the stacks in the `segments` from `address` on has been used.
fn deepest_bytes(chunk: &Reservation, class: SizeClass, address: usize, segments: usize) -> usize {
    let page = page_bytes();
    let pages = chunk.resident_pages(address, segments * segment_bytes(class));
    let depth = |segment: &[bool]| {
        let stack = &segment[GUARD_BYTES / page..];
        let lowest = stack.iter().position(|&resident| resident);
        lowest.map_or(0, |lowest| (stack.len() - lowest) * page)
    };
    pages.chunks_exact(segment_bytes(class) / page).map(depth).max().unwrap_or(0)
}

/// The size of a segment.
fn segment_bytes(class: SizeClass) -> usize {
    GUARD_BYTES + class.bytes()
}

/// Reserves as many segments as there are already, if the address space has room for them.
fn reserve(class: SizeClass, present: usize) -> Result<Chunk, StackError> {
    let segments_in = |bytes: usize| (bytes / segment_bytes(class)).max(1);
    let mut segments = present.clamp(segments_in(MIN_CHUNK_BYTES), segments_in(MAX_CHUNK_BYTES));
    loop {
        match Reservation::new(segments * segment_bytes(class)) {
            Ok(reservation) => {
                return Ok(Chunk { reservation: Arc::new(reservation), segments, next: 0 });
            }
            Err(error) if segments == 1 => return Err(StackError::Os(error)),
            // A smaller chunk may still fit.
            Err(_) => segments /= 2,
        }
    }
}
