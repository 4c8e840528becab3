//! What running a claimed task asks of the place where it runs: whose job it is, and where it is counted.
//!
//! A carrier counts by numbers that it alone writes. Hosts share a few recorders, each behind a lock. So this is a
//! trait with static calls: a carrier takes no lock for the others.

use std::ops::Deref;

use stats::Recorder;

use crate::carrier::Local;
use crate::pool::Pool;

/// Runs claimed tasks: a carrier, a thread of a thread pool, or a caller.
pub(crate) trait Runner {
    type Book<'a>: Book
    where
        Self: 'a;

    fn pool(&self) -> &Pool;

    /// Where starts and ends of this runner's jobs are written.
    fn book(&self) -> Self::Book<'_>;

    fn count_started(&self);

    fn count_ended(&self);
}

/// A recorder, for one writer at a time.
pub(crate) trait Book {
    type Open<'a>: Deref<Target = Recorder>
    where
        Self: 'a;

    /// The recorder, for one entry. No user code runs meanwhile.
    fn open(&self) -> Self::Open<'_>;
}

impl Runner for Local {
    type Book<'a> = &'a Recorder;

    #[inline(always)]
    fn pool(&self) -> &Pool {
        Local::pool(self)
    }

    #[inline(always)]
    fn book(&self) -> &Recorder {
        Local::pool(self).gatherer().recorder(self.index())
    }

    #[inline(always)]
    fn count_started(&self) {
        Local::count_started(self);
    }

    #[inline(always)]
    fn count_ended(&self) {
        Local::count_ended(self);
    }
}

impl Book for &Recorder {
    type Open<'a>
        = &'a Recorder
    where
        Self: 'a;

    #[inline(always)]
    fn open(&self) -> &Recorder {
        self
    }
}
