//! The same submit when one machine is not enough.
//!
//! A job is a function by name, with arguments that can be sent. It is submitted to a queue, which an *engine* keeps:
//! a server, or this process. Workers on any machine take jobs from the queue and run them on their executors. The
//! submitter has a future of the result.
//!
//! What an engine promises, and so what holds for all of this, is written in [`engine`].
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]

pub mod engine;

#[doc(no_inline)]
pub use executor;
