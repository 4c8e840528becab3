//! Spans of the crate `tracing`: kept apart across waits, and one for each job.
//!
//! A subscriber notes by OS thread which spans are entered. With the feature `tracing`, every carrier of an
//! executor has a hook (`apart.rs`). It exits the entered spans of a green thread before that waits, and enters
//! them again when it goes on. A span for each job (`job.rs`) is there for whoever asks for it.
//!
//! Without the feature, the same names stand for nothing (`off.rs`). So the code that uses them is the same.

#[cfg(feature = "tracing")]
mod apart;
#[cfg(feature = "tracing")]
mod dispatcher;
#[cfg(feature = "tracing")]
mod job;
#[cfg(not(feature = "tracing"))]
mod off;

#[cfg(feature = "tracing")]
pub(crate) use self::{
    apart::keep_apart,
    job::{JobSpan, JobSpans, Request},
};
#[cfg(not(feature = "tracing"))]
pub(crate) use off::{JobSpan, JobSpans, Request, keep_apart};
