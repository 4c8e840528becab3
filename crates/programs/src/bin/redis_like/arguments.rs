//! The command line.

use std::net::SocketAddr;

use programs::server::Options;

/// Keeps keys and values in memory, for clients of Redis.
///
/// `redis-cli -p 6380` talks with it. Nothing is written to disk. Ctrl-c lets the commands under way end,
/// and prints the statistics of the executor; ctrl-c once more ends the program at once.
#[derive(Debug, clap::Parser)]
#[command(name = "redis_like")]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes one that is free
    #[arg(long = "addr", value_name = "IP:PORT", default_value = "127.0.0.1:6380")]
    pub(crate) address: SocketAddr,

    /// How the server works.
    #[command(flatten)]
    pub(crate) options: Options,
}
