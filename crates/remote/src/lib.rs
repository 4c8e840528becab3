//! The same submit when one machine is not enough.
//!
//! ```
//! use remote::executor::GreenThreadPoolExecutor;
//! use remote::{Registry, Remote, function};
//!
//! // What both sides share: a name, and the types.
//! function!(divide(number: u32, by: u32) -> Result<u32, String>);
//!
//! // The side of the workers.
//! let pool = GreenThreadPoolExecutor::builder().max_workers(100).build()?;
//! let mut registry = Registry::new();
//! registry.register(divide, |number: u32, by: u32| number.checked_div(by).ok_or("by zero".to_owned()));
//!
//! // The side of the submitters: here in the same process, and elsewhere with a server between.
//! let queue = Remote::in_process(&pool, &registry).queue("numbers");
//! let half = queue.submit(divide, (84, 2))?;
//! let none = queue.job().id("never").retries(0).submit(divide, (84, 0))?;
//! assert_eq!(half.result()?, 42);
//! assert!(none.result().is_err());
//! assert_eq!(queue.dead(10)?.len(), 1); // kept for people to look at
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A job is a function by name, with arguments that can be sent. It goes to a queue, which an *engine* keeps: a server, or
//! this process. [Workers](Worker) on any machine pull jobs from it and run them on their executors. The submitter has a
//! [future](RemoteFuture) of the result, which is like that of a local job.
//!
//! # What to take
//!
//! | I want to | take |
//! | --- | --- |
//! | declare a function that both sides know | [`function!`] |
//! | submit without a server, in tests and on one machine | [`Remote::in_process`] |
//! | submit through a server of NATS | `Remote::connect`, with the feature `nats` |
//! | submit a job | [`Queue::submit`]; if the queue may be full: [`Queue::submit_wait`] |
//! | have a job run once though it is submitted twice | [`RemoteJob::id`] |
//! | run it later, again after a failure, or not too late | [`RemoteJob::delay`], [`RemoteJob::retries`], [`RemoteJob::expires`] |
//! | wait for the result | [`RemoteFuture::result`], a wait set, `.await` |
//! | stop a job, wherever it is | [`RemoteFuture::cancel`] |
//! | get the result in another program | [`RemoteJob::durable`] and [`Queue::attach`] |
//! | submit a job within a transaction of PostgreSQL | feature `postgres`: `engine::PostgresEngine`, [`RemoteJob::write`] |
//! | run the jobs of a queue | [`Registry`], [`Worker::serve`] |
//! | end a worker in order | [`WorkerHandle::drain`] |
//! | look after jobs that did not succeed | [`Queue::dead`], [`Queue::retry_dead`] |
//! | see what there is and what was done | [`Queue::figures`], [`SubmitStatistics`], [`WorkerStatistics`] |
//! | send the context of a trace along, and take it up | [`Remote::headers_from`], [`Registry::around`]; `trace_jobs` with the feature `tracing` |
//! | test what takes time | [`engine::ManualClock`] |
//! | write an engine | [`engine::Engine`] |
//!
//! # At least once
//!
//! A job that was accepted runs to its end at least once. It runs again if its worker dies, stands still or is cut off for
//! longer than a lease. Then two workers may run it at the same time for a moment. Of the two results, one counts.
//!
//! So what a function does elsewhere should do no harm when it is done twice. [`current_job`] tells it the job's id, which
//! is the same in each attempt. Let the other side refuse what it has done by that id, in the same transaction.
//!
//! # When not to use this
//!
//! * On one machine, for closures: [`executor`] alone has nothing to write, to keep and to read.
//! * For workflows of many steps that must be gone through to their end, take an engine of workflows.
//! * For streams of events, which many read, take the server's own client.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]

mod around;
mod client;
mod clients;
mod context;
mod embedded;
mod encoding;
pub mod engine;
mod error;
mod function;
mod future;
mod headers;
mod pause;
mod queue;
mod registry;
mod remote;
#[cfg(feature = "tracing")]
mod spans;
mod statistics;
mod submission;
mod worker;

pub use around::{Attempt, Attempted};
pub use context::{JobContext, current_job};
pub use error::{Refused, RemoteError, SubmitError};
pub use function::{Function, NoError};
pub use future::RemoteFuture;
pub use queue::Queue;
pub use registry::{Handler, IntoAnswer, Registry};
pub use remote::Remote;
pub use statistics::{SubmitStatistics, WorkerStatistics};
pub use submission::RemoteJob;
pub use worker::{Worker, WorkerHandle};

#[doc(no_inline)]
pub use executor;

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../docs/guides/remote.md")]
    mod guide {}
}
