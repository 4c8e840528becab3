//! The free blocks that an OS thread keeps for itself.

use std::cell::Cell;

use greenstd::lasting::{Lasting, at_end};
use greenstd::thread;

use super::pile::Pile;
use super::sheet::{Block, Chain, SHEET_BLOCKS};

/// How often a thread that ends tries to give its blocks to the pile, before it leaves them.
const LAST_TRIES: usize = 64;

static PILE: Pile = Pile::new();

greenstd::thread_local! {
    static KEPT: Lasting<Kept> = const { Lasting::new(Kept::new()) };
}

at_end! {
    static KEPT_END = give_all_back;
}

/// A free block.
#[inline(always)]
pub(super) fn take() -> Block {
    KEPT.with(|kept| kept.take())
}

/// Keeps a block that is free.
#[inline(always)]
pub(super) fn keep(block: Block) {
    KEPT.with(|kept| kept.keep(block));
}

/// Two chains, so that a thread which takes and gives in turn does not go to the pile each time.
struct Kept {
    /// The next are taken from here and put here.
    hot: Cell<Chain>,
    /// Empty, or has been hot until it was full.
    spare: Cell<Chain>,
    /// How long the hot one may become. At first 0: with its first block a thread has something to give back as
    /// it ends.
    limit: Cell<usize>,
}

impl Kept {
    const fn new() -> Self {
        Kept { hot: Cell::new(Chain::new()), spare: Cell::new(Chain::new()), limit: Cell::new(0) }
    }

    #[inline(always)]
    fn take(&self) -> Block {
        let mut hot = self.hot.take();
        match hot.pop() {
            Some(block) => {
                self.hot.set(hot);
                block
            }
            None => self.take_from_more(),
        }
    }

    #[cold]
    #[inline(never)]
    fn take_from_more(&self) -> Block {
        self.begin();
        let mut more = self.spare.take();
        if more.is_empty() {
            more = PILE.take().unwrap_or_else(Chain::of_new_sheet);
        }
        let block = more.pop().expect("there are blocks in what was taken");
        self.hot.set(more);
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
        if hot.len() < SHEET_BLOCKS {
            return self.hot.set(hot);
        }
        let mut spare = self.spare.take();
        if PILE.give(&mut spare) {
            self.spare.set(hot);
            self.limit.set(SHEET_BLOCKS);
        } else {
            // Somebody else is at the pile. It is tried again later.
            self.spare.set(spare);
            self.limit.set(hot.len() + SHEET_BLOCKS);
            self.hot.set(hot);
        }
    }

    /// Has the blocks given back as the thread ends.
    fn begin(&self) {
        if self.limit.get() == 0 {
            KEPT_END.arm();
            self.limit.set(SHEET_BLOCKS);
        }
    }
}

/// By a thread that ends. If another one made blocks free after that, this is called once more.
fn give_all_back() {
    KEPT.with(|kept| {
        kept.limit.set(0);
        for chain in [&kept.hot, &kept.spare] {
            let mut left = chain.take();
            // A thread of a forked child may never get there: then they are lost.
            for _ in 0..LAST_TRIES {
                if PILE.give(&mut left) {
                    break;
                }
                thread::yield_now();
            }
            chain.set(left);
        }
    });
}
