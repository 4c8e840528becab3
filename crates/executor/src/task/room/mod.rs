//! Where tasks lie: blocks of few sizes, which go from one task to the next without the allocator.
//!
//! Each OS thread keeps some free blocks (`kept.rs`). It takes one for a task that it makes, and keeps that of a task
//! that it frees, without an atomic operation. Often one thread makes the tasks and another frees them. So a thread
//! that has too many gives a *chain* of them to the common pile (`pile.rs`), and one that has none takes a chain from
//! there. Each size has lists and a pile of its own.
//!
//! Blocks come in *sheets* (`sheet.rs`), each a piece of memory from the allocator. A sheet whose blocks are all back
//! on the pile goes back to the allocator, but for a few. So a burst of jobs leaves nothing behind.
//!
//! *Nobody waits for the pile.* Its lock is tried, not waited for: a thread that finds it taken makes a new sheet, or
//! keeps its blocks until later. So it does not harm a forked child if another thread held the lock at the fork.
//!
//! What does not fit in a block comes from the allocator. So does everything in a model and under a sanitizer, which
//! want each task to be memory of its own.
//!
//! The raw memory is in `sheet.rs`, with the invariants.

#[cfg(not(any(green_loom, green_shuttle)))]
mod kept;
#[cfg(any(all(test, green_loom), not(any(green_loom, green_shuttle))))]
pub(crate) mod pile;
#[cfg(any(all(test, green_loom), not(any(green_loom, green_shuttle))))]
#[cfg_attr(green_loom, allow(dead_code, reason = "the model needs one size of blocks"))]
pub(crate) mod sheet;

use std::alloc::{self, Layout};
use std::ptr::NonNull;

#[cfg(not(any(green_loom, green_shuttle)))]
use self::sheet::{Block, Size};

/// Room for a value of this layout, which has a size.
#[inline(always)]
pub(crate) fn take(layout: Layout) -> NonNull<u8> {
    #[cfg(not(any(green_loom, green_shuttle)))]
    if let Some(size) = size_of_block(layout) {
        return kept::take(size).into_room();
    }
    assert!(layout.size() > 0, "what has no size needs no room");
    // SAFETY: it has a size.
    let room = unsafe { alloc::alloc(layout) };
    NonNull::new(room).unwrap_or_else(|| alloc::handle_alloc_error(layout))
}

/// Gives room back.
///
/// # Safety
/// It is from [`take`] with the same layout, the pointer is good for all of it, and nobody uses it any more.
#[inline(always)]
pub(crate) unsafe fn give_back(room: NonNull<u8>, layout: Layout) {
    #[cfg(not(any(green_loom, green_shuttle)))]
    if let Some(size) = size_of_block(layout) {
        // SAFETY: what fits is from a block of that size. Our caller promises the rest.
        return kept::keep(unsafe { Block::from_room(room) }, size);
    }
    // SAFETY: what does not fit is from the allocator. Our caller promises the rest.
    unsafe { alloc::dealloc(room.as_ptr(), layout) };
}

/// How large the block is in which a value of this layout lies, if it lies in one.
#[cfg(not(any(green_loom, green_shuttle)))]
#[inline(always)]
pub(super) const fn size_of_block(layout: Layout) -> Option<Size> {
    if cfg!(feature = "sanitizer") { None } else { Size::of(layout) }
}
