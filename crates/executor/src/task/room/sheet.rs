//! Sheets of blocks, and chains of free ones.
//!
//! ```text
//!   0      64    64 + B  64 + 2 B          SHEET_BYTES - 64
//!  ┌──────┬───────┬───────┬── ─ ─ ──┬───────┐
//!  │ head │ block │ block │         │ block │
//!  └──────┴───────┴───────┴── ─ ─ ──┴───────┘
//! ```
//!
//! A page of memory costs the more the later it is needed: the kernel clears it when it is first touched. So nothing
//! is written to a block before it is used. The blocks of a new sheet are [`Fresh`]: a place, and how many follow.
//! Nor does a sheet end at the next one. Allocators put some words of their own between two pieces of memory, and in
//! 64 bytes there is room for them. If a sheet took all of its power of two, those words would lie between this sheet
//! and the next that is aligned so. They would cost two more pages.
//!
//! # Invariants
//!
//! 1. A sheet is one allocation of `SHEET`. A pointer to a block is good for all of its sheet, whose address is that
//!    of the block without its lower bits.
//! 2. The blocks of a sheet are of one [`Size`]. So are those that [`Fresh`], a [`Chain`] or [`Sheets`] have: blocks
//!    of two sizes never meet. (Whoever turns room into a block sees to it.)
//! 3. A [`Block`] owns its block: nobody else reads or writes there. [`Fresh`] owns the blocks that it counts. A
//!    [`Chain`] owns the blocks that it lists: the first word of each is the pointer to the next.
//! 4. The heads of sheets are read and written by the one [`Sheets`] of the program for that size (in a test: of
//!    those blocks), to which all their blocks go back, and that is behind a lock. The head of a new sheet is written
//!    before it has any block to give.
//! 5. The chain in a head lists blocks of that sheet alone. A sheet with some of its blocks there, and not all, is in
//!    the list `partly`; one with all of them is in the list `whole`; one with none is in neither.
//! 6. So a sheet that is in the list `whole` belongs to [`Sheets`] with all its blocks, and nobody else has a pointer
//!    into it.

use std::alloc::{self, Layout};
use std::mem;
use std::ptr::NonNull;

/// How large blocks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Size {
    /// A task with a closure of one word.
    Small = 64,
    /// With one of up to three words, such as an item of a map.
    Middle = 80,
    Wide = 96,
    Large = 128,
}

/// How many sheets of a size are kept that nobody uses.
const KEPT_WHOLE: usize = 1;

/// Some calls of the allocator need one of the kernel, so not too small.
const SHEET_BYTES: usize = 64 * 1024;

/// What the head of a sheet has, and what is left to the allocator.
const EDGE_BYTES: usize = 64;

const SHEET: Layout = match Layout::from_size_align(SHEET_BYTES - EDGE_BYTES, SHEET_BYTES) {
    Ok(layout) => layout,
    Err(_) => panic!("its alignment is a power of two"),
};

const _: () = assert!(size_of::<Head>() <= EDGE_BYTES);

/// A free block.
pub(crate) struct Block(NonNull<Link>);

/// Free blocks. Its drop frees nothing.
#[derive(Default)]
pub(crate) struct Chain {
    first: Option<NonNull<Link>>,
    len: usize,
}

/// Blocks of a new sheet, one after the other, which nobody has written to. Its drop frees nothing.
pub(crate) struct Fresh {
    next: NonNull<u8>,
    left: usize,
}

/// What a free block in a chain holds.
struct Link(Option<NonNull<Link>>);

/// What a sheet begins with.
struct Head {
    free: Chain,
    /// The neighbours in the list that it is in.
    next: Option<NonNull<Head>>,
    previous: Option<NonNull<Head>>,
}

/// All sheets of a size, by their free blocks.
pub(crate) struct Sheets {
    size: Size,
    partly: Option<NonNull<Head>>,
    whole: Option<NonNull<Head>>,
    whole_len: usize,
}

// SAFETY: it owns its blocks (invariant 3), which are memory like any other.
unsafe impl Send for Chain {}

// SAFETY: it has the heads to itself (invariant 4), and owns the blocks that they list.
unsafe impl Send for Sheets {}

impl Size {
    /// How many sizes there are.
    pub(crate) const COUNT: usize = 4;

    /// That of a block for such a value, if there is one.
    #[inline(always)]
    pub(crate) const fn of(layout: Layout) -> Option<Self> {
        // Each second block of 80 or 96 bytes is not aligned to more.
        match (layout.size(), layout.align()) {
            (0, _) => None,
            (1..=64, ..=64) => Some(Size::Small),
            (1..=80, ..=16) => Some(Size::Middle),
            (1..=96, ..=32) => Some(Size::Wide),
            (1..=128, ..=64) => Some(Size::Large),
            _ => None,
        }
    }

    /// Its place among all.
    #[inline(always)]
    pub(crate) const fn index(self) -> usize {
        match self {
            Size::Small => 0,
            Size::Middle => 1,
            Size::Wide => 2,
            Size::Large => 3,
        }
    }

    /// How many blocks a sheet has.
    pub(crate) const fn in_sheet(self) -> usize {
        if cfg!(green_loom) { 3 } else { (SHEET_BYTES - 2 * EDGE_BYTES) / self as usize }
    }
}

impl Block {
    /// The block as room for something else.
    #[inline(always)]
    pub(crate) fn into_room(self) -> NonNull<u8> {
        self.0.cast()
    }

    /// The opposite of [`into_room`](Self::into_room).
    ///
    /// # Safety
    /// The pointer is from there, with all that it is good for, and the caller owns what it points to. The block goes
    /// to blocks of the size that it was taken for.
    #[inline(always)]
    pub(crate) unsafe fn from_room(room: NonNull<u8>) -> Self {
        Block(room.cast())
    }

    /// Where it lies.
    #[cfg(all(test, green_loom))]
    pub(crate) fn address(&self) -> usize {
        self.0.addr().get()
    }

    #[inline(always)]
    fn sheet(&self) -> NonNull<Head> {
        let sheet = self.0.as_ptr().map_addr(|address| address & !(SHEET_BYTES - 1));
        NonNull::new(sheet.cast()).expect("no sheet lies at address zero")
    }
}

impl Fresh {
    /// Without a block.
    pub(crate) const fn new() -> Self {
        Fresh { next: NonNull::dangling(), left: 0 }
    }

    /// The blocks of a new sheet.
    pub(crate) fn of_new_sheet(size: Size) -> Self {
        // SAFETY: a sheet has a size.
        let room = unsafe { alloc::alloc(SHEET) };
        let Some(sheet) = NonNull::new(room) else { alloc::handle_alloc_error(SHEET) };
        let head = Head { free: Chain::new(), next: None, previous: None };
        // SAFETY: the sheet is ours, and has room for a head at its beginning.
        unsafe { sheet.cast::<Head>().write(head) };
        // SAFETY: it lies in the sheet, behind the head.
        let first = unsafe { sheet.byte_add(EDGE_BYTES) };
        Fresh { next: first, left: size.in_sheet() }
    }

    /// The next one. `size` is theirs.
    #[inline(always)]
    pub(crate) fn pop(&mut self, size: Size) -> Option<Block> {
        self.left = self.left.checked_sub(1)?;
        let block = Block(self.next.cast());
        // SAFETY: the block lies there (invariants 2 and 3), so its end is in the sheet.
        self.next = unsafe { self.next.byte_add(size as usize) };
        Some(block)
    }
}

impl Default for Fresh {
    #[inline(always)]
    fn default() -> Self {
        Fresh::new()
    }
}

impl Chain {
    /// Without a block.
    pub(crate) const fn new() -> Self {
        Chain { first: None, len: 0 }
    }

    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, block: Block) {
        let place = block.into_room().cast::<Link>();
        // SAFETY: the block is ours (invariant 3), and has room for a pointer.
        unsafe { place.write(Link(self.first)) };
        self.first = Some(place);
        self.len += 1;
    }

    /// Takes all that are fresh. `size` is theirs.
    pub(crate) fn take_all(&mut self, mut fresh: Fresh, size: Size) {
        while let Some(block) = fresh.pop(size) {
            self.push(block);
        }
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<Block> {
        let first = self.first?;
        // SAFETY: it is listed, so it is ours and holds a link (invariant 3).
        self.first = unsafe { first.read() }.0;
        self.len -= 1;
        Some(Block(first))
    }
}

impl Sheets {
    /// Without any.
    pub(crate) const fn new(size: Size) -> Self {
        Sheets { size, partly: None, whole: None, whole_len: 0 }
    }

    /// The free blocks of one sheet: of one in use, if there is such a one, so that others may become whole.
    pub(crate) fn take(&mut self) -> Option<Chain> {
        let mut sheet = match self.partly {
            Some(first) => {
                self.leave_partly(first);
                first
            }
            None => self.take_whole()?,
        };
        // SAFETY: we have the heads to ourselves (invariant 4).
        Some(mem::take(&mut unsafe { sheet.as_mut() }.free))
    }

    /// Takes the blocks of a chain back to their sheets.
    pub(crate) fn give(&mut self, chain: &mut Chain) {
        let mut chain = mem::take(chain);
        let mut next = chain.pop();
        while let Some(block) = next {
            let sheet = block.sheet();
            let mut free = self.lift(sheet);
            free.push(block);
            // Most often a chain lists blocks of one sheet after the other.
            next = loop {
                match chain.pop() {
                    Some(block) if block.sheet() == sheet => free.push(block),
                    other => break other,
                }
            };
            self.put_back(sheet, free);
        }
    }

    /// Takes the chain of a sheet out, and the sheet out of its list.
    fn lift(&mut self, mut sheet: NonNull<Head>) -> Chain {
        // SAFETY: we have the heads to ourselves (invariant 4), and no other reference to this one.
        let free = mem::take(&mut unsafe { sheet.as_mut() }.free);
        if !free.is_empty() {
            self.leave_partly(sheet);
        }
        free
    }

    /// Puts the chain of a sheet back, which is not empty, and the sheet into the list where it belongs now.
    fn put_back(&mut self, mut sheet: NonNull<Head>, free: Chain) {
        let is_whole = free.len() == self.size.in_sheet();
        // SAFETY: as in `lift`.
        unsafe { sheet.as_mut() }.free = free;
        if is_whole { self.keep_whole(sheet) } else { self.enter_partly(sheet) }
    }

    fn enter_partly(&mut self, mut sheet: NonNull<Head>) {
        if let Some(mut next) = self.partly {
            // SAFETY: as in `take`.
            unsafe { next.as_mut() }.previous = Some(sheet);
        }
        // SAFETY: as in `take`; it is another sheet, as it was not in the list.
        let head = unsafe { sheet.as_mut() };
        head.next = self.partly;
        head.previous = None;
        self.partly = Some(sheet);
    }

    fn leave_partly(&mut self, sheet: NonNull<Head>) {
        // SAFETY: as in `take`.
        let &Head { previous, next, .. } = unsafe { sheet.as_ref() };
        match previous {
            // SAFETY: as in `take`; the reference above has ended.
            Some(mut previous) => unsafe { previous.as_mut() }.next = next,
            None => self.partly = next,
        }
        if let Some(mut next) = next {
            // SAFETY: likewise.
            unsafe { next.as_mut() }.previous = previous;
        }
    }

    fn take_whole(&mut self) -> Option<NonNull<Head>> {
        let sheet = self.whole?;
        // SAFETY: as in `take`.
        self.whole = unsafe { sheet.as_ref() }.next;
        self.whole_len -= 1;
        Some(sheet)
    }

    /// Keeps a sheet that is in neither list, or gives it back to the allocator if there are enough.
    fn keep_whole(&mut self, mut sheet: NonNull<Head>) {
        if self.whole_len == KEPT_WHOLE {
            // SAFETY: it was allocated so, and is ours alone with all its blocks (invariant 6).
            unsafe { alloc::dealloc(sheet.cast().as_ptr(), SHEET) };
            return;
        }
        // SAFETY: as in `take`.
        unsafe { sheet.as_mut() }.next = self.whole;
        self.whole = Some(sheet);
        self.whole_len += 1;
    }
}
