//! How [`Timings`] are serialised.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::layout;
use crate::timings::{self, Timings};

/// The serialised form: readable, and short where few buckets are in use.
#[derive(Serialize, Deserialize)]
pub(crate) struct EncodedTimings {
    sum_ns: u64,
    min_ns: u64,
    max_ns: u64,
    /// The largest value and the count of each non-empty bucket, in ascending order.
    buckets: Vec<(u64, u64)>,
}

/// Why serialised timings were refused.
#[derive(Debug)]
pub(crate) enum InvalidTimings {
    NotABucket { value_ns: u64 },
    EmptyBucket { value_ns: u64 },
    OutOfOrder { value_ns: u64 },
    TooMany,
    Contradiction,
}

impl From<Timings> for EncodedTimings {
    fn from(timings: Timings) -> Self {
        let (sum_ns, min_ns, max_ns) = timings.exact_ns();
        let buckets =
            timings.recorded().map(|(index, count)| (layout::highest_ns(index), count)).collect();
        EncodedTimings { sum_ns, min_ns, max_ns, buckets }
    }
}

impl TryFrom<EncodedTimings> for Timings {
    type Error = InvalidTimings;

    fn try_from(encoded: EncodedTimings) -> Result<Self, InvalidTimings> {
        let mut counts = timings::no_counts();
        let mut total = 0u64;
        let mut previous = None;
        for &(value_ns, count) in &encoded.buckets {
            let index = layout::index_of(value_ns);
            if layout::highest_ns(index) != value_ns {
                return Err(InvalidTimings::NotABucket { value_ns });
            }
            if count == 0 {
                return Err(InvalidTimings::EmptyBucket { value_ns });
            }
            if previous >= Some(index) {
                return Err(InvalidTimings::OutOfOrder { value_ns });
            }
            previous = Some(index);
            total = total.checked_add(count).ok_or(InvalidTimings::TooMany)?;
            timings::add_count(&mut counts, index, count);
        }
        let EncodedTimings { sum_ns, min_ns, max_ns, .. } = encoded;
        let timings = Timings::from_parts(counts, sum_ns, min_ns, max_ns);
        if timings.exact_ns() == (sum_ns, min_ns, max_ns) && min_ns <= max_ns {
            Ok(timings)
        } else {
            Err(InvalidTimings::Contradiction)
        }
    }
}

impl fmt::Display for InvalidTimings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABucket { value_ns } => {
                write!(f, "{value_ns} ns is not the largest value of a bucket")
            }
            Self::EmptyBucket { value_ns } => write!(f, "the bucket {value_ns} ns has count 0"),
            Self::OutOfOrder { value_ns } => {
                write!(f, "the bucket {value_ns} ns is out of ascending order")
            }
            Self::TooMany => f.write_str("the counts of all buckets exceed 64 bits together"),
            Self::Contradiction => f.write_str("sum, minimum and maximum contradict the buckets"),
        }
    }
}

impl std::error::Error for InvalidTimings {}
