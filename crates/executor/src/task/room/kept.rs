//! The free blocks that an OS thread keeps for itself.

use std::cell::Cell;

use greenstd::lasting::{Lasting, at_end};
use greenstd::thread;

use super::pile::Pile;
use super::sheet::{Block, Chain, Fresh, Size};

/// How long a chain becomes before it goes to the pile, more or less.
const FULL: usize = 255;

/// How often a thread that ends tries to give its blocks to the pile, before it leaves them.
const LAST_TRIES: usize = 64;

static PILES: [Pile; Size::COUNT] = [
    Pile::new(Size::Small),
    Pile::new(Size::Middle),
    Pile::new(Size::Wide),
    Pile::new(Size::Large),
];

greenstd::thread_local! {
    static KEPT: Lasting<[Kept; Size::COUNT]> = const {
        Lasting::new([
            Kept::new(Size::Small),
            Kept::new(Size::Middle),
            Kept::new(Size::Wide),
            Kept::new(Size::Large),
        ])
    };
}

at_end! {
    static KEPT_END = give_all_back;
}

/// A free block.
#[inline(always)]
pub(super) fn take(size: Size) -> Block {
    KEPT.with(|kept| kept[size.index()].take(size))
}

/// Keeps a block of this size that is free.
#[inline(always)]
pub(super) fn keep(block: Block, size: Size) {
    KEPT.with(|kept| kept[size.index()].keep(block));
}

/// Two chains, so that a thread which takes and gives in turn does not go to the pile each time.
struct Kept {
    size: Size,
    /// The next are taken from here and put here.
    hot: Cell<Chain>,
    /// If that is empty, they are taken from here.
    fresh: Cell<Fresh>,
    /// Empty, or has been hot until it was full.
    spare: Cell<Chain>,
    /// How long the hot one may become. At first 0: with its first block a thread has something to give back as
    /// it ends.
    limit: Cell<usize>,
}

impl Kept {
    const fn new(size: Size) -> Self {
        Kept {
            size,
            hot: Cell::new(Chain::new()),
            fresh: Cell::new(Fresh::new()),
            spare: Cell::new(Chain::new()),
            limit: Cell::new(0),
        }
    }

    /// `size` is that of these; where it is known to the compiler, it need not be read.
    #[inline(always)]
    fn take(&self, size: Size) -> Block {
        let mut hot = self.hot.take();
        if let Some(block) = hot.pop() {
            self.hot.set(hot);
            return block;
        }
        let mut fresh = self.fresh.take();
        if let Some(block) = fresh.pop(size) {
            self.fresh.set(fresh);
            return block;
        }
        self.take_from_more()
    }

    /// With neither a hot nor a fresh one.
    #[cold]
    #[inline(never)]
    fn take_from_more(&self) -> Block {
        self.begin();
        let mut more = self.spare.take();
        if more.is_empty() {
            more = self.pile().take().unwrap_or_default();
        }
        if let Some(block) = more.pop() {
            self.hot.set(more);
            return block;
        }
        let mut fresh = Fresh::of_new_sheet(self.size);
        let block = fresh.pop(self.size).expect("there are blocks in a sheet");
        self.fresh.set(fresh);
        block
    }

    #[inline(always)]
    fn keep(&self, block: Block) {
        let mut hot = self.hot.take();
        hot.push(block);
        let is_full = hot.len() >= self.limit.get();
        self.hot.set(hot);
        if is_full {
            self.make_room();
        }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&self) {
        self.begin();
        let hot = self.hot.take();
        if hot.len() < FULL {
            return self.hot.set(hot);
        }
        let mut spare = self.spare.take();
        if self.pile().give(&mut spare) {
            self.spare.set(hot);
            self.limit.set(FULL);
        } else {
            // Somebody else is at the pile. It is tried again later.
            self.spare.set(spare);
            self.limit.set(hot.len() + FULL);
            self.hot.set(hot);
        }
    }

    /// Has the blocks given back as the thread ends.
    fn begin(&self) {
        if self.limit.get() == 0 {
            KEPT_END.arm();
            self.limit.set(FULL);
        }
    }

    fn pile(&self) -> &'static Pile {
        &PILES[self.size.index()]
    }

    /// By a thread that ends.
    fn give_back(&self) {
        self.limit.set(0);
        let mut hot = self.hot.take();
        hot.take_all(self.fresh.take(), self.size);
        self.hot.set(hot);
        for chain in [&self.hot, &self.spare] {
            let mut left = chain.take();
            // A thread of a forked child may never get there: then they are lost.
            for _ in 0..LAST_TRIES {
                if self.pile().give(&mut left) {
                    break;
                }
                thread::yield_now();
            }
            chain.set(left);
        }
    }
}

/// By a thread that ends. If another one made blocks free after that, this is called once more.
fn give_all_back() {
    KEPT.with(|kept| kept.iter().for_each(Kept::give_back));
}
