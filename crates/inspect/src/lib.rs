//! Looking inside a running executor: what its green threads do, in text and for programs.
//!
//! | I want to | take |
//! | --- | --- |
//! | know what the code at an address is | [`frames_at`] |
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]

mod symbols;

pub use symbols::{Frame, frames_at};

#[doc(no_inline)]
pub use executor;

/// Pages outside of the sources; their examples are run with those of the documentation.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    mod readme {}
}
