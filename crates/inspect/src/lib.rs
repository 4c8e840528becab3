//! Looking inside a running executor: what its green threads do, in text and for programs.
//!
//! | I want to | take |
//! | --- | --- |
//! | know what the code at an address is | [`frames_at`] |
//! | see what jobs did in the last seconds, in a viewer | [`Tracer`], [`TraceSnapshot::write_to`] |
//! | know which job waited longest, and for what | [`TraceSnapshot::waits`] |
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]

mod symbols;
mod trace;

pub use symbols::{Frame, frames_at};
pub use trace::{JobWait, TraceSnapshot, Tracer};

#[doc(no_inline)]
pub use executor;

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../../../docs/guides/tracer.md")]
    mod tracer {}
}
