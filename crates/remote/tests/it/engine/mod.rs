//! What every engine must do, and each engine that does it.

mod conformance;
mod in_process;
#[cfg(any(feature = "nats", feature = "postgres"))]
mod served;
