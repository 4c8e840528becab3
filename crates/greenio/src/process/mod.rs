//! Child processes: the names and shapes of [`std::process`].
//!
//! A green thread that waits for a child, or for its output, parks; its siblings go on. A child's end is
//! waited for by a descriptor of the process (a *pidfd*), its streams as pipes.
//!
//! ```
//! use greenio::process::Command;
//!
//! greenio::Carrier::new()?.run(|| {
//!     let output = Command::new("echo").arg("hello").output()?;
//!     assert!(output.status.success());
//!     assert_eq!(output.stdout, b"hello\n");
//!     Ok::<(), std::io::Error>(())
//! })??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Children that nobody waits for
//!
//! A [`Child`] that is dropped goes on, as with `std`, or is killed if it was asked for
//! ([`Command::kill_on_drop`]). Either way its end is taken from the system when it comes: it does not stay there
//! as a zombie. What [`Command::status`] and [`Command::output`] have started is killed when they end early, by a
//! deadline, say: nobody else knows of it.
//!
//! Starting a child happens on the caller's OS thread and takes as long as it takes the system to load the
//! program: about a millisecond.

mod child;
mod command;
mod reaper;
mod streams;

pub use std::process::{ExitStatus, Output, Stdio};

pub use child::Child;
pub use command::Command;
pub use streams::{ChildStderr, ChildStdin, ChildStdout};
