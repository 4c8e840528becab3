//! Admission: the exact count of accepted items, and closing.
//!
//! # Protocol
//!
//! `admitted` holds the number of items ever accepted and, in its highest bit, whether the queue is closed. Both
//! change by compare-and-swap of the one word. So an item is accepted before the closing or not at all, and after
//! the closing the number is final. (Named step: `admission-closed-cas`.)
//!
//! A flag beside the word is set after the bit. It is for the carriers: without it they would fetch the word that
//! every submission writes. A thread that sees the flag sees the final number. (Named steps:
//! `admission-flag-release`, `admission-flag-acquire`.)
//!
//! Room is `limit − (admitted − ended)`. The `ended` counts live with the carriers (`tally.rs`). To read them at
//! every submission would fetch a line from every carrier. So `seen_ended` remembers a sum read earlier. It only lags
//! behind, as the counts only grow: an item that is let in on it would be let in on the truth. When it says *full*,
//! the sum is read afresh. A fresh sum alone refuses.
//!
//! *A refusal is exact:* let `a` be `admitted` as read before the fresh sum `s`, and `t` the moment when the reading
//! of the sum began. At `t`, at least `a` items were accepted. At most `s` had ended, as a count read later is not
//! smaller. So if `a − s ≥ limit`, the queue was full at `t`, and `t` is within the call.
//!
//! *An acceptance is exact:* it is a compare-and-swap from `a`. At that moment exactly `a` items were accepted, and
//! at least `seen_ended` had ended. (Named steps: `admission-fresh-sum`, `admission-admit-cas`.)
//!
//! *An accepted submitter sees what the ended items have done:* the reading of a count acquires (`tally.rs`), and the
//! sum is handed on by a release and an acquire. (Named steps: `admission-seen-release`, `admission-seen-acquire`.)

use crossbeam_utils::CachePadded;
use greenstd::atomic::{AtomicBool, AtomicU64, Ordering};
use greenstd::step;

const CLOSED: u64 = 1 << 63;

/// No limit.
pub(crate) const UNLIMITED: u64 = u64::MAX;

/// Why an item was not accepted.
///
/// ```
/// use workqueue::{Queue, Refused};
///
/// let (queue, _locals) = Queue::<u32>::new(1, 1);
/// queue.set_limit(Some(1));
/// assert_eq!(queue.submit(7), Ok(()));
/// assert_eq!(queue.submit(8), Err((Refused::Full, 8))); // try later, wait for room, or drop it
/// queue.close();
/// assert_eq!(queue.submit(9), Err((Refused::Closed, 9))); // there never will be room
/// ```
#[doc(alias = "QueueFull")]
#[doc(alias = "RejectedExecutionException")]
#[doc(alias = "TrySendError")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// As many items are outstanding as the limit allows.
    Full,
    /// The queue is closed.
    Closed,
}

#[derive(Debug)]
pub(crate) struct Admission {
    admitted: CachePadded<AtomicU64>,
    seen_ended: CachePadded<AtomicU64>,
    limit: AtomicU64,
    closed: AtomicBool,
}

impl Admission {
    pub(crate) fn new(limit: u64) -> Self {
        Admission {
            admitted: CachePadded::default(),
            seen_ended: CachePadded::default(),
            limit: AtomicU64::new(limit),
            closed: AtomicBool::new(false),
        }
    }

    /// Accepts one item if there is room, and returns how many were accepted before it.
    ///
    /// `ended` sums up how many have ended.
    #[inline]
    pub(crate) fn admit(&self, ended: impl Fn() -> u64) -> Result<u64, Refused> {
        self.admit_within(UNLIMITED, ended)
    }

    /// The same, as if the limit was no more than `limit`. It is exact too: the proof takes any limit.
    #[inline]
    pub(crate) fn admit_within(&self, limit: u64, ended: impl Fn() -> u64) -> Result<u64, Refused> {
        let mut word = self.admitted.load(Ordering::Relaxed);
        loop {
            if step::ADMISSION_CLOSED_CAS.holds(|| word & CLOSED != 0) {
                return Err(Refused::Closed);
            }
            // The word was read before the sum: that makes a refusal exact.
            if !self.has_room(word & !CLOSED, limit, &ended) {
                return Err(Refused::Full);
            }
            // `admission-admit-cas`: if another submitter was faster, this one looks at the room anew.
            match step::ADMISSION_ADMIT_CAS.compare_exchange(
                &*self.admitted,
                word,
                word + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Ok(word & !CLOSED),
                Err(now) => word = now,
            }
        }
    }

    #[inline]
    fn has_room(&self, admitted: u64, limit: u64, ended: impl Fn() -> u64) -> bool {
        let limit = self.limit.load(Ordering::Relaxed).min(limit);
        if limit == UNLIMITED {
            return true;
        }
        let acquire = step::ADMISSION_SEEN_ACQUIRE.ordering(Ordering::Acquire);
        // An old sum may let in, but it never refuses.
        let seen = self.seen_ended.load(acquire);
        if admitted.saturating_sub(seen) < limit {
            return true;
        }
        step::ADMISSION_FRESH_SUM.holds(|| {
            let ended = ended();
            if ended > seen {
                let release = step::ADMISSION_SEEN_RELEASE.ordering(Ordering::Release);
                // The maximum, since another thread may have read a newer sum.
                self.seen_ended.fetch_max(ended, release);
            }
            admitted.saturating_sub(ended) < limit
        })
    }

    /// Refuses everything from now on; `true` for the call that closed.
    pub(crate) fn close(&self) -> bool {
        let first = self.admitted.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0;
        // The flag follows the bit: with it, the number is final.
        self.closed.store(true, step::ADMISSION_FLAG_RELEASE.ordering(Ordering::Release));
        first
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(step::ADMISSION_FLAG_ACQUIRE.ordering(Ordering::Acquire))
    }

    /// How many items were ever accepted.
    pub(crate) fn admitted(&self) -> u64 {
        self.admitted.load(Ordering::Relaxed) & !CLOSED
    }

    pub(crate) fn limit(&self) -> u64 {
        self.limit.load(Ordering::Relaxed)
    }

    pub(crate) fn set_limit(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
    }
}
