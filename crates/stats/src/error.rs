//! What can go wrong when one snapshot is subtracted from another.

use std::fmt;

/// Why a snapshot could not be subtracted: it is ahead in some number that only grows.
///
/// So it is not an earlier snapshot of the same source. It is a later one, or one of another source.
///
/// ```
/// use stats::{Gatherer, Gauges};
///
/// let gatherer = Gatherer::new(1, false);
/// let before = gatherer.snapshot(Gauges::default());
/// gatherer.rejected();
/// let after = gatherer.snapshot(Gauges::default());
///
/// assert_eq!(after.since(&before)?.rejected(), 1);
/// // The wrong way round: swap the two, or keep them apart by source.
/// let error = before.since(&after).expect_err("`after` is later");
/// assert_eq!(error.quantity(), "rejected");
/// # Ok::<(), stats::NotEarlier>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEarlier {
    quantity: &'static str,
}

impl NotEarlier {
    /// The number that would have become negative, by the name of its getter.
    ///
    /// [`Timings::since`](crate::Timings::since) knows no name, and calls it `"timings"`.
    ///
    /// ```
    /// use stats::Histogram;
    ///
    /// let histogram = Histogram::new();
    /// let before = histogram.snapshot();
    /// histogram.record(100);
    /// let error = before.since(&histogram.snapshot()).expect_err("that one is later");
    /// assert_eq!(error.quantity(), "timings");
    /// ```
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
