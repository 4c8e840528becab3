//! What the tests of several crates share: a watchdog over what may hang, tests that run again as a child
//! process, and random numbers that can be repeated.
//!
//! For tests alone: it promises nothing to others.
#![forbid(unsafe_code)]

pub mod child;
mod random;
mod watchdog;

pub use random::Random;
pub use watchdog::{Failure, Watchdog};
