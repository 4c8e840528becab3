//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use programs::server::Options;

/// Serves the files of a directory over HTTP/1.1.
///
/// Besides the files there are /plaintext, which answers `Hello, World!`, and /stats, which answers the
/// statistics of the executor as JSON. Ctrl-c lets the requests under way end, and prints the statistics;
/// ctrl-c once more ends the program at once.
#[derive(Debug, clap::Parser)]
#[command(name = "http")]
pub(crate) struct Arguments {
    /// The directory to serve; nothing outside of it is, wherever its links lead
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// Where to listen; port 0 takes one that is free
    #[arg(long = "addr", value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) address: SocketAddr,

    /// How the server works.
    #[command(flatten)]
    pub(crate) options: Options,
}
