//! Statistics of an executor: recorded in a few nanoseconds, read as immutable snapshots.
//!
//! Each worker thread has a [`Recorder`] of its own and writes into it without locks, fences or
//! read-modify-writes. A [`Gatherer`] owns the recorders and adds them up, at any moment and
//! without stopping anybody, into an [`ExecutorStatistics`]: how many items were accepted, refused
//! and finished in which way, and how long they waited and ran, as sums and as histograms.
//! Snapshots are plain values: print them, send them elsewhere as JSON, [merge] those of several
//! executors, or subtract an earlier one to see [what happened in between].
//!
//! The crate does not know who is measured, and nothing in it is meant to decide anything: who
//! schedules by a statistic behaves differently once the statistics are off.
//!
//! [merge]: ExecutorStatistics::merge
//! [what happened in between]: ExecutorStatistics::since
//!
//! # Example
//!
//! ```
//! use stats::{Gatherer, Gauges, Outcome};
//! use std::{sync::Arc, thread, time::Duration};
//!
//! let gatherer = Arc::new(Gatherer::new(2, true)); // two workers, with timings
//! let workers = (0..2).map(|worker| {
//!     let gatherer = gatherer.clone();
//!     thread::spawn(move || {
//!         let recorder = gatherer.recorder(worker);
//!         for item in 1..=1000 {
//!             recorder.started(item * 50); // it has waited so many nanoseconds
//!             recorder.finished(Outcome::Succeeded, item * 1000); // and has run for so many
//!         }
//!     })
//! });
//! workers.for_each(|worker| worker.join().expect("recording does not panic"));
//! gatherer.rejected();
//!
//! let statistics = gatherer.snapshot(Gauges { submitted: 2000, ..Gauges::default() });
//! assert_eq!((statistics.executed(), statistics.rejected()), (2000, 1));
//! assert_eq!(statistics.average_run(), Some(Duration::from_nanos(500_500)));
//! let median = statistics.run_time().percentile(50.0).expect("items have run");
//! assert!((500_000..=508_000).contains(&median.as_nanos()), "at most 1.6 % above the true value");
//! println!("{statistics:#}"); // a table, and a plot of both histograms
//! ```
//!
//! # What is exact
//!
//! Counters, sums, minima and maxima are. Percentiles and histogram buckets are at most 1/64
//! (1.6 %) above the true value and never below it. A snapshot taken while workers record is not
//! one instant: each number in it was true at some moment during the call, so that sums of
//! different counters may be off by the items then in flight. Once the workers rest, everything
//! adds up.
//!
//! # Blocking
//!
//! Nothing here parks a green thread or blocks an OS thread; there is no lock.
//!
//! # When not to use this
//!
//! - For metrics with names and labels of your own, or for export to a monitoring system: use the
//!   crates `metrics` or `prometheus`, and feed them from a snapshot.
//! - For benchmarks: the recorder answers "how long did the items of this service take", not
//!   "which of two functions is faster".
//! - Where several threads must record into one histogram: give each its own [`Histogram`] and
//!   merge the snapshots. Two writers lose counts (they do no other harm).
#![forbid(unsafe_code)]

mod encoding;
mod error;
mod format;
mod gatherer;
mod histogram;
mod layout;
mod plot;
mod recorder;
mod statistics;
mod table;
mod timings;

pub use error::NotEarlier;
pub use gatherer::{Gatherer, Gauges};
pub use histogram::Histogram;
pub use recorder::{Outcome, Recorder};
pub use statistics::ExecutorStatistics;
pub use timings::{Bucket, Timings};

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
