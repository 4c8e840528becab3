//! The common pile of free blocks of a size, behind a lock that nobody waits for.

use greenstd::sync::Mutex;

use super::sheet::{Chain, Sheets, Size};

/// Free blocks that belong to no thread.
pub(crate) struct Pile(Mutex<Sheets>);

impl Pile {
    /// One that has nothing.
    #[cfg(not(green_loom))]
    pub(crate) const fn new(size: Size) -> Self {
        Pile(Mutex::new(Sheets::new(size)))
    }

    /// One that has nothing.
    #[cfg(green_loom)]
    pub(crate) fn new(size: Size) -> Self {
        Pile(Mutex::new(Sheets::new(size)))
    }

    /// Some blocks, if there are any and nobody else is at the pile.
    pub(crate) fn take(&self) -> Option<Chain> {
        self.0.try_lock()?.take()
    }

    /// Takes the blocks of a chain, unless somebody else is at the pile: then they stay in the chain.
    pub(crate) fn give(&self, chain: &mut Chain) -> bool {
        if chain.is_empty() {
            return true;
        }
        let Some(mut sheets) = self.0.try_lock() else { return false };
        sheets.give(chain);
        true
    }
}
