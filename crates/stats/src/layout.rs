//! Which nanoseconds share a bucket.
//!
//! The layout is log-linear: every power of two is cut into 64 buckets of equal width. So a bucket is at most
//! 1/64 as wide as the smallest value in it. Below 128 ns a bucket is one nanosecond.
//!
//! ```text
//! value   0 … 127    128 … 255    256 … 511    …    2^41 … 2^42 − 1 (73 minutes)    above
//! width      1           2            4        …             2^35                   last bucket
//! index   0 … 127    128 … 191    192 … 255    …          2304 … 2367               2367
//! ```

const SUB_BUCKET_BITS: u32 = 6;
const RANGE_BITS: u32 = 42;

/// How many buckets there are.
pub(crate) const BUCKETS: usize = ((RANGE_BITS - SUB_BUCKET_BITS + 1) as usize) << SUB_BUCKET_BITS;

/// The index of the last bucket, which also takes every value beyond the range.
pub(crate) const LAST: usize = BUCKETS - 1;

/// The largest value that is told apart from larger ones.
pub(crate) const HIGHEST_NS: u64 = (1 << RANGE_BITS) - 1;

/// The bucket that `ns` belongs to.
#[inline(always)]
pub(crate) fn index_of(ns: u64) -> usize {
    const LINEAR: u64 = (2 << SUB_BUCKET_BITS) - 1;
    // The highest set bit says in which power of two the value lies. `LINEAR` keeps small values at shift 0.
    let shift = u64::BITS - 1 - SUB_BUCKET_BITS - (ns | LINEAR).leading_zeros();
    let index = ((shift as usize) << SUB_BUCKET_BITS) + (ns >> shift) as usize;
    index.min(LAST)
}

/// The smallest value in the bucket.
pub(crate) fn lowest_ns(index: usize) -> u64 {
    let shift = (index >> SUB_BUCKET_BITS).saturating_sub(1);
    ((index - (shift << SUB_BUCKET_BITS)) as u64) << shift
}

/// The largest value in the bucket.
pub(crate) fn highest_ns(index: usize) -> u64 {
    lowest_ns(index + 1) - 1
}
