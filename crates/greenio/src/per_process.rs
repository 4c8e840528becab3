//! Statics that a forked child has anew.
//!
//! What a static of the parent holds, threads for example, is of no use to a child. Another thread of the
//! parent may have been changing it at the moment of the fork, and never finishes that in the child. So each fork generation has a place
//! of its own, which no earlier one ever touches. The places lie in blocks; only the link to the next block is
//! touched by the generation before it, once in [`A_BLOCK`] forks of forks.

use greenstd::sync::OnceLock;

/// Generations that share a block.
const A_BLOCK: usize = 16;

/// One `T` a process: a forked child starts without.
pub(crate) struct PerProcess<T: 'static> {
    values: [OnceLock<T>; A_BLOCK],
    next: OnceLock<&'static PerProcess<T>>,
}

impl<T: Sync> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        PerProcess { values: [const { OnceLock::new() }; A_BLOCK], next: OnceLock::new() }
    }

    /// That of this process, made if there is none.
    pub(crate) fn get_or_init(&'static self, make: impl FnOnce() -> T) -> &'static T {
        greenctx::watch_forks();
        self.place().get_or_init(make)
    }

    /// Sets that of this process.
    ///
    /// # Errors
    /// With the value back, if there is one.
    pub(crate) fn set(&'static self, value: T) -> Result<(), T> {
        greenctx::watch_forks();
        self.place().set(value)
    }

    /// What the nearest ancestor had that had something, at the time of its fork. Only to be read.
    pub(crate) fn inherited(&'static self) -> Option<&'static T> {
        let generation = greenctx::fork_generation();
        (0..generation).rev().find_map(|generation| self.place_of(generation).get())
    }

    fn place(&'static self) -> &'static OnceLock<T> {
        self.place_of(greenctx::fork_generation())
    }

    fn place_of(&'static self, generation: u64) -> &'static OnceLock<T> {
        let mut block = self;
        for _ in 0..generation / A_BLOCK as u64 {
            // A value is not worth taking apart: it lives as long as the process.
            block = block.next.get_or_init(|| Box::leak(Box::new(PerProcess::new())));
        }
        &block.values[(generation % A_BLOCK as u64) as usize]
    }
}
