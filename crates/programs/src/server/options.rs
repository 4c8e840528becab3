//! What both servers can be told on the command line.

use std::time::Duration;

use crate::inspecting::Inspecting;

/// How a server works.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How many OS threads do the work [default: one for each CPU]
    #[arg(long, value_name = "N")]
    pub carriers: Option<usize>,

    /// How many connections are served at once
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub max_connections: usize,

    /// How many more may wait to be served before connections are refused [default: 0, or without a limit if there
    /// is one for the time]
    #[arg(long, value_name = "N")]
    pub max_waiting: Option<usize>,

    /// How many seconds a connection may wait to be served; those that would wait for longer are refused
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_wait: Option<Duration>,

    /// After how many seconds without a request a connection is closed
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub idle_timeout: Duration,

    /// How many seconds a request may take to arrive, and a piece of an answer to leave
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub request_timeout: Duration,

    /// How many seconds a request and its answer may take in all
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub exchange_timeout: Duration,

    /// How many seconds requests under way are given to end after ctrl-c
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub grace: Duration,

    /// Whether others see what it does.
    #[command(flatten)]
    pub inspecting: Inspecting,
}

/// The longest time that an option takes: a year.
const MAX_SECONDS: f64 = 365.0 * 24.0 * 3600.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if seconds > 0.0 && seconds <= MAX_SECONDS {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be more than 0 seconds and at most a year".to_owned())
    }
}
