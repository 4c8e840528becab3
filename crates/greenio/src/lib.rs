//! Sockets, files and processes for green threads, in the shapes of `std`.

mod offload;

pub use offload::{
    Offload, OffloadBuildError, OffloadBuilder, OffloadError, OffloadErrorKind, OffloadGauge,
    unblock,
};
