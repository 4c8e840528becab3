//! What every engine must do, and each engine that does it.

mod conformance;
mod in_process;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "postgres")]
mod postgres;
