//! Looking inside a running executor: what its green threads do, in text and for programs.
//!
//! A program that is stuck or slow is explained by what its threads wait for, since when, and where in the code. Ask for
//! it by [`inspect`](Inspect::inspect), and print the answer.
//!
//! ```
//! use inspect::Inspect;
//! use inspect::executor::sync::bounded;
//! use inspect::executor::GreenThreadPoolExecutor;
//!
//! let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
//! let (order, orders) = bounded::<u32>(1);
//! let clerk = pool.submit(move || orders.iter().sum::<u32>())?;
//! let inspection = loop {
//!     let inspection = pool.inspect();
//!     if inspection.jobs().any(|job| job.waits_for.is_some()) {
//!         break inspection;
//!     }
//! };
//! println!("{inspection}");
//! assert!(inspection.to_string().contains("1 job waits for channel (receive) at"));
//! order.send(7)?;
//! drop(order);
//! assert_eq!(clerk.result()?, 7);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What to take
//!
//! | I want to | take |
//! | --- | --- |
//! | see what all jobs of an executor do | [`Inspect::inspect`], and print it by `{}` |
//! | see it without stacks, or only what has waited long | [`Inspect::inspect_with`] and [`InspectOptions`] |
//! | see it when I send the process a signal, also if it hangs | [`on_signal`] |
//! | be told which job computes without a pause, or blocks its OS thread | [`Watchdog`] |
//! | be told when nothing moves any more | [`Stalls`] |
//! | see several executors, which may wait for each other | [`inspect_all`] |
//! | find threads that wait for one another | [`Inspection::deadlocks`], [`Inspections::deadlocks`] |
//! | look for one job | [`Inspection::jobs`] |
//! | send it to another program | [`Inspection`] by serde |
//! | know what the code at an address is | [`frames_at`] |
//! | have counts and times scraped by a monitoring system | [`metrics::render`] |
//! | see all of this in a browser, or as JSON | `serve`, with the feature `serve` |
//! | see there what the program itself counts, such as its queues | `PageServer::table` |
//! | see what jobs did in the last seconds, in a viewer | [`Tracer`], [`TraceSnapshot::write_to`] |
//! | have that in a file when a job hogs, panics, or a signal comes | [`FlightRecorder`] |
//! | know which job waited longest, and for what | [`TraceSnapshot::waits`] |
//!
//! # What it costs
//!
//! Nothing until it is asked. Then each carrier spends about a microsecond for each of its green threads, in slices
//! between which it goes on with its work. The walk through the stacks and the names cost more. That happens on the OS
//! thread of whoever asks, or on one of its own.
//!
//! # When not to use this
//!
//! * For counts and times take the executor's statistics, or [`metrics`]: they cost less, and say more about speed.
//! * For a program that uses another runtime beside: its tasks and its OS threads are not seen.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]

mod ask;
mod buckets;
mod deadlock;
mod elsewhere;
mod gather;
mod inspection;
pub mod metrics;
mod on_signal;
#[cfg(feature = "serve")]
pub mod page;
mod parked;
mod resolve;
#[cfg(feature = "serve")]
mod serve;
mod sockets;
mod stacks;
mod stalls;
mod symbols;
mod text;
mod together;
mod trace;
mod view;
mod walk;
mod watchdog;

pub use ask::{Inspect, InspectOptions};
pub use deadlock::{Deadlock, Link};
pub use inspection::{Backlog, CarrierReport, Inspection, ThreadView, WaitsFor};
pub use on_signal::on_signal;
#[cfg(feature = "serve")]
pub use serve::{PageServer, ServeOptions, serve, serve_with};
pub use stalls::{Stall, StallWatch, Stalls};
pub use symbols::{Frame, frames_at};
pub use together::{Inspections, inspect_all, inspect_all_with};
pub use trace::{FlightRecorder, JobWait, TraceSnapshot, Tracer};
pub use watchdog::{Hog, HogCause, Watchdog, WatchdogError, Watching};

#[doc(no_inline)]
pub use executor;

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../docs/guides/inspect.md")]
    mod guide {}

    #[doc = include_str!("../../../docs/guides/hangs.md")]
    mod hangs {}

    #[doc = include_str!("../../../docs/guides/tracer.md")]
    mod tracer {}
}
