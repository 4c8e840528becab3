//! Statistics of an executor: recorded in a few nanoseconds, read as immutable snapshots.
//!
//! Each worker thread has a [`Recorder`] of its own. It writes into that without locks, fences or
//! read-modify-writes. A [`Gatherer`] owns the recorders. At any moment it adds them up into an
//! [`ExecutorStatistics`], and stops no thread for that. Such a snapshot says how many items were accepted,
//! refused, and finished in which way. It says how long they waited and ran, as sums and as histograms.
//!
//! Snapshots are plain values. Print them, send them elsewhere by serde, [merge] those of several executors, or
//! subtract an earlier one to see [what happened in between].
//!
//! The crate knows nothing of the executor that it measures. Do not let an executor decide by its statistics: it
//! would behave differently once they are off.
//!
//! [merge]: ExecutorStatistics::merge
//! [what happened in between]: ExecutorStatistics::since
//!
//! ```
//! use stats::{Gatherer, Gauges, Outcome};
//! use std::{thread, time::Duration};
//!
//! let gatherer = Gatherer::new(2, true); // two workers, with timings
//! thread::scope(|scope| {
//!     for worker in 0..2 {
//!         let recorder = gatherer.recorder(worker);
//!         scope.spawn(move || {
//!             for item in 1..=1000 {
//!                 recorder.started(item * 50); // it has waited so many nanoseconds
//!                 recorder.finished(Outcome::Succeeded, item * 1000); // and has run for so many
//!             }
//!         });
//!     }
//! });
//! gatherer.rejected();
//!
//! let statistics = gatherer.snapshot(Gauges { submitted: 2000, ..Gauges::default() });
//! assert_eq!((statistics.executed(), statistics.rejected()), (2000, 1));
//! assert_eq!(statistics.average_run(), Some(Duration::from_nanos(500_500)));
//! let median = statistics.run_time().percentile(50.0).unwrap_or_default();
//! assert!((500_000..=508_000).contains(&median.as_nanos()), "at most 1.6 % above the true value");
//! println!("{statistics:#}"); // a table, and a plot of both histograms
//! ```
//!
//! # What to take for what
//!
//! | I want to | take |
//! | --- | --- |
//! | count and time the items of a worker | [`Gatherer::recorder`], [`Recorder::started`], [`Recorder::finished`] |
//! | say how an item has ended | [`Outcome`] |
//! | save the reading of the clock | [`Recorder::keeps_timings`] |
//! | count what happens on any thread | [`Gatherer::rejected`], [`cancelled`](Gatherer::cancelled), [`abandoned`](Gatherer::abandoned), [`callback_panicked`](Gatherer::callback_panicked) |
//! | add what only the executor knows | [`Gauges`] |
//! | see everything | [`Gatherer::snapshot`] |
//! | see quickly how many items run | [`Gatherer::finished`], then [`Gatherer::started`] |
//! | print a table, or a table and a plot | `{}` or `{:#}` of [`ExecutorStatistics`] |
//! | see the last minute alone | [`ExecutorStatistics::since`] |
//! | see several executors as one | [`ExecutorStatistics::merge`] |
//! | get the median, or what the slowest take | [`Timings::percentile`] of [`ExecutorStatistics::run_time`] |
//! | draw or export a distribution | [`Timings::buckets`], or `serde` |
//! | time something else than items | [`Histogram`] |
//!
//! # What is exact
//!
//! Counters, sums, minima and maxima are exact. Percentiles and the limits of buckets are at most 1/64 (1.6 %)
//! above the true value, and never below it.
//!
//! A snapshot taken while workers record is not one instant. Each number in it was true at some moment during the
//! call. So sums of different counters may be off by the items then in flight. Once the workers rest, everything
//! adds up.
//!
//! # Blocking
//!
//! Nothing here parks a green thread or blocks an OS thread. There is no lock.
//!
//! # When not to use this
//!
//! - For metrics with names and labels of your own, or for export to a monitoring system: use the crates `metrics`
//!   or `prometheus`, and feed them from a snapshot.
//! - For benchmarks: a recorder tells how long the items of a service took. It does not tell which of two functions
//!   is faster.
//! - For several threads that record into one histogram: give each its own [`Histogram`] and
//!   [merge](Timings::merge) the snapshots. Two writers lose counts (they do no other harm).
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
