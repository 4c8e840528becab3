//! What the example servers have in common: a listener whose connections are jobs of an executor, and
//! that ends in order.
//!
//! A program gives a [`Service`], which makes a [`Protocol`] for each connection: it turns bytes that
//! came in into bytes that go out, and knows nothing of sockets. Everything else is here: accepting,
//! refusing under overload, buffers, time limits, and the way from ctrl-c to the statistics.

mod accept;
mod connections;
mod converse;
mod decimal;
pub mod error;
mod input;
mod open_files;
mod options;
mod protocol;
mod refused;
mod run;
mod stop;

use std::io::{self, Write};

pub use decimal::Decimal;
pub use input::Input;
pub use options::Options;
pub use protocol::{Protocol, Service, Step};
pub use run::Server;

/// Prints a line on stderr. Should nobody read it, nobody misses it.
pub fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}
