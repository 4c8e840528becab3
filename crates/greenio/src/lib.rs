//! Sockets, files and processes for green threads, in the shapes of `std`.
#![warn(missing_docs)]
#![deny(unsafe_code)]
#[cfg(not(target_os = "linux"))]
compile_error!("greenio runs on Linux");

mod block_on;
mod closed;
pub mod fs;
mod io;
pub mod net;
mod offload;
pub mod process;
mod reactor;
mod resolve;
pub mod signal;
mod source;

pub use block_on::block_on;
pub use closed::Closed;
pub use io::Io;
pub use offload::{
    Offload, OffloadBuildError, OffloadBuilder, OffloadError, OffloadErrorKind, OffloadGauge,
    unblock,
};

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
