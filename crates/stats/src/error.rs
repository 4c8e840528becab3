//! What can go wrong when snapshots are subtracted.

use std::fmt;

/// The snapshot to subtract is not an earlier one of the same source: it is ahead in some number
/// that only grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEarlier {
    quantity: &'static str,
}

impl NotEarlier {
    /// Which number would have become negative, as the getter of the snapshot is called.
    pub fn quantity(&self) -> &'static str {
        self.quantity
    }

    pub(crate) fn in_quantity(quantity: &'static str) -> Self {
        NotEarlier { quantity }
    }
}

impl fmt::Display for NotEarlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantity = self.quantity;
        write!(f, "not an earlier snapshot of the same source: it is ahead in `{quantity}`")
    }
}

impl std::error::Error for NotEarlier {}
