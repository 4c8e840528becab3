//! The seam under greenpool: `std`, [loom](https://docs.rs/loom) or
//! [shuttle](https://docs.rs/shuttle) behind one set of names.
//!
//! Every atomic, lock, thread, thread-local and clock reading of the workspace goes through this
//! crate, so that a model checker can take the place of the operating system. `--cfg green_loom`
//! explores every interleaving and every weak-memory outcome of a small protocol. `--cfg
//! green_shuttle` runs the whole executor under a random scheduler with real stack switches. In a
//! normal build each name *is* the one of `std` (or a wrapper that inlines away), at no cost.
//!
//! | module | holds |
//! | --- | --- |
//! | [`sync`] | a mutex without poisoning, `OnceLock`, `Arc` |
//! | [`atomic`] | atomics and the fence |
//! | [`cell`] | an `UnsafeCell` whose accesses the checkers can see |
//! | [`lasting`] | thread-locals that are there until the last moment of their OS thread |
//! | [`permit`] | the one-permit state machine under every park of an OS thread |
//! | [`spin`] | a lock for some dozens of instructions, whose waiters keep the processor |
//! | [`lock`] | a lock as cheap, whose waiters park |
//! | [`fence`] | a fence that costs nothing, and the heavy one that makes up for it |
//! | [`waiters`] | a list of wakers |
//! | [`thread`] | threads, thread-locals, [`Parker`](thread::Parker) |
//! | [`time`] | the clock; scripted in models |
//! | [`ticks`] | a cheaper clock, for measuring |
//! | `model` | running a model; only in a model build |
//! | [`step`] | the named steps of all protocols, each of which a model build can weaken |
//! | [`bomb`] | a guard that aborts where a foreign panic would lose a job |
//! | [`panics`] | keeping a panic where it belongs |
//!
//! # Example
//!
//! One thread hands a value to another and wakes it.
//!
//! ```
//! use greenstd::sync::{Arc, Mutex};
//! use greenstd::thread::{self, Parker};
//!
//! let parker = Parker::new();
//! let unparker = parker.unparker();
//! let slot = Arc::new(Mutex::new(None));
//!
//! let giver = thread::spawn({
//!     let slot = slot.clone();
//!     move || {
//!         *slot.lock() = Some(42);
//!         unparker.unpark();
//!     }
//! });
//! while slot.lock().is_none() {
//!     parker.park();
//! }
//! assert_eq!(slot.lock().take(), Some(42));
//! giver.join().expect("the giver does not panic");
//! ```
//!
//! # Blocking
//!
//! This crate knows OS threads alone: what waits here blocks the OS thread, and says so.
//!
//! # When not to use this
//!
//! Outside of greenpool. The crate is an implementation detail of its siblings and makes no promise of
//! stability: take `std`, and loom or shuttle directly.
#![deny(unsafe_code)]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this is the one crate that may name them"
)]

pub mod atomic;
pub mod bomb;
pub mod cell;
pub mod fence;
pub mod lasting;
pub mod lock;
#[cfg(any(green_loom, green_shuttle))]
pub mod model;
#[cfg(all(test, green_loom))]
mod models;
pub mod panics;
pub mod permit;
pub mod spin;
pub mod step;
pub mod sync;
pub mod thread;
pub mod ticks;
pub mod time;
pub mod waiters;

// What the macros below expand to; not for direct use.
#[doc(hidden)]
pub mod imp {
    #[cfg(green_loom)]
    pub use loom::thread_local;
    #[cfg(green_shuttle)]
    pub use shuttle::thread_local;
    #[cfg(not(any(green_loom, green_shuttle)))]
    pub use std::thread_local;
}

/// Declares thread-locals that belong to the checker's threads in a model build.
///
/// The initial value must be a constant expression: in a normal build the slot then needs no lazy
/// initialisation, and reading it is one instruction.
#[macro_export]
macro_rules! thread_local {
    ($($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const $init:block;)*) => {
        $(
            #[cfg(not(any(green_loom, green_shuttle)))]
            $crate::imp::thread_local! { $(#[$attr])* $vis static $name: $t = const $init; }
            #[cfg(any(green_loom, green_shuttle))]
            $crate::imp::thread_local! { $(#[$attr])* $vis static $name: $t = $init; }
        )*
    };
}

/// Defines a constructor that is `const` except under loom, whose types cannot be made in constants.
#[macro_export]
macro_rules! const_unless_loom {
    ($($(#[$attr:meta])* $vis:vis fn $name:ident($($arg:ident: $t:ty),* $(,)?) -> $ret:ty $body:block)*) => {
        $(
            #[cfg(not(green_loom))]
            $(#[$attr])*
            $vis const fn $name($($arg: $t),*) -> $ret $body

            #[cfg(green_loom)]
            $(#[$attr])*
            $vis fn $name($($arg: $t),*) -> $ret $body
        )*
    };
}

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
