//! Jobs that run again and again: at a period, or at the times of a pattern.
//!
//! [`ExecutorHandle::every`](crate::ExecutorHandle::every) begins a description, and [`ScheduleBuilder::run`] begins the
//! schedule. What is not said is as most programs want it: a run is left out while the last one has not ended, one run
//! stands for all that were missed, and a failure is counted and does not end the schedule.
//!
//! ```
//! use executor::GreenThreadPoolExecutor;
//! use executor::schedule::{First, OnFailure, Pace};
//! use std::time::Duration;
//!
//! let pool = GreenThreadPoolExecutor::builder().build()?;
//! let refresh = pool
//!     .every(Duration::from_secs(60))
//!     .first(First::Now)
//!     .pace(Pace::Delay) // a minute after the end of the last one
//!     .on_failure(OnFailure::GoOn)
//!     .name("refresh")
//!     .run(|tick| println!("refresh {}", tick.run()))?;
//! refresh.stop();
//! refresh.wait()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A job that is to run once, later, is [`submit_after`](crate::ExecutorHandle::submit_after).

// Inside:
//
// | file | holds |
// | --- | --- |
// | `delay.rs` | what a delayed job knows of its time |
// | `delayed.rs` | `submit_after`, `submit_at`, and what happens when a job is due |
// | `builder.rs`, `policy.rs` | the description of a schedule |
// | `rule.rs` | when it is due: pure functions |
// | `course.rs` | what it does next: a state machine that is told the time |
// | `cron/` | due times by a pattern |
// | `line.rs` | the two clocks |
// | `running.rs`, `handle.rs` | a schedule that lives, and the handle to it |
// | `tick.rs`, `statistics.rs`, `error.rs` | what it tells |
//
// What waits for its time, and the thread that looks at the clock, are in `timekeeper/`.

mod builder;
mod course;
#[cfg(feature = "cron")]
mod cron;
pub(crate) mod delay;
pub(crate) mod delayed;
mod error;
mod handle;
mod line;
mod policy;
mod rule;
mod running;
mod statistics;
#[cfg(all(test, not(any(green_loom, green_shuttle))))]
#[allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]
mod tests;
mod tick;

#[cfg(feature = "cron")]
pub use builder::Pattern;
pub use builder::{Interval, ScheduleBuilder};
#[cfg(feature = "cron")]
pub use cron::PatternError;
pub use error::ScheduleError;
pub use handle::Schedule;
pub use policy::{First, Missed, OnFailure, Overlap, Pace};
pub(crate) use running::Running;
pub use statistics::ScheduleStatistics;
pub use tick::{RunResult, Tick};
