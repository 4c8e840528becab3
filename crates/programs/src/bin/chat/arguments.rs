//! The command line.

use std::net::SocketAddr;

use programs::inspecting::Inspecting;

/// A chat room over websockets; or, with --clients, many clients of one.
///
/// A client's text goes to everybody in the room. Three are commands: `/name NAME`, `/who`, and
/// `/stats`. A client that does not read what the others say is cut off when 64 messages have waited for it
/// for a second.
/// ctrl-c ends the program in order, and statistics follow on stderr.
#[derive(Debug, clap::Parser)]
#[command(name = "chat")]
pub(crate) struct Arguments {
    /// Where the room is: to listen at, or with --clients, to connect to
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    pub(crate) addr: SocketAddr,

    /// How many OS threads do the work [default: one for each CPU]
    #[arg(long, value_name = "N")]
    pub(crate) carriers: Option<usize>,

    /// How many clients the room takes; others are refused
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) max_clients: usize,

    /// Open this many connections at once, send messages to all of them, and close them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) clients: Option<u32>,

    /// With --clients: how many messages are sent
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) messages: usize,

    /// With --clients: how long a message is
    #[arg(long, value_name = "BYTES", default_value_t = 32)]
    pub(crate) bytes: usize,

    /// Whether others see what it does.
    #[command(flatten)]
    pub(crate) inspecting: Inspecting,
}
