//! A carrier's own unused stacks: last in, first out, no lock.

use super::arena::Stack;
use super::error::StackError;
use super::pool::StackPool;
use super::size::{CLASSES, SizeClass};

/// How many unused stacks of a size a carrier keeps to itself.
const MAX_KEPT: usize = 64;

/// How many stacks are trimmed before the carrier looks for work again.
const TRIM_BATCH: usize = 64;

#[derive(Debug)]
pub(crate) struct StackCache {
    pool: StackPool,
    unused: [Vec<Stack>; CLASSES],
}

impl StackCache {
    pub(crate) fn new(pool: StackPool) -> Self {
        StackCache { pool, unused: std::array::from_fn(|_| Vec::new()) }
    }

    pub(crate) fn acquire(&mut self, class: SizeClass) -> Result<Stack, StackError> {
        let stack = match self.unused[class.index()].pop() {
            Some(stack) => stack,
            None => self.pool.acquire(class)?,
        };
        #[cfg(feature = "sanitizer")]
        super::leaks::register(&stack);
        Ok(stack)
    }

    pub(crate) fn release(&mut self, stack: Stack) {
        #[cfg(feature = "sanitizer")]
        super::leaks::unregister(&stack);
        let class = stack.class();
        let unused = &mut self.unused[class.index()];
        unused.push(stack);
        if unused.len() > MAX_KEPT {
            // The lower half: the longest unused.
            self.pool.release(class, unused.drain(..MAX_KEPT / 2));
        }
    }

    /// Gives a few unused stacks' pages back; whether there may be more to give.
    pub(crate) fn trim_some(&self) -> bool {
        let classes = (0..CLASSES).filter(|&index| !self.unused[index].is_empty());
        let mut trimmed = false;
        for index in classes {
            let class = self.unused[index][0].class();
            trimmed |= self.pool.trim(class, TRIM_BATCH) == TRIM_BATCH;
        }
        trimmed
    }
}

impl Drop for StackCache {
    fn drop(&mut self) {
        for unused in &mut self.unused {
            if let Some(class) = unused.first().map(Stack::class) {
                self.pool.release(class, unused.drain(..));
            }
        }
    }
}
