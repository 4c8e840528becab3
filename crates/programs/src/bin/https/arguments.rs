//! The command line.

use std::time::Duration;

use programs::inspecting::Inspecting;
use url::Url;

/// Fetches a page over https, with the crate rustls as it comes.
///
/// Without an address it shows what waiting costs: it serves pages itself, each of them only after a
/// while, and fetches many at once.
#[derive(Debug, clap::Parser)]
#[command(name = "https")]
pub(crate) struct Arguments {
    /// What to fetch; the body goes to stdout
    #[arg(value_name = "URL", value_parser = address)]
    pub(crate) url: Option<Url>,

    /// How many pages are fetched at once, if there is no URL
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(crate) pages: u32,

    /// How long the server takes for a page, in milliseconds, if there is no URL
    #[arg(long, value_name = "MS", default_value_t = 100)]
    pub(crate) delay: u64,

    /// How many OS threads do the work
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) carriers: usize,

    /// How long one fetch may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,

    /// Whether others see what it does.
    #[command(flatten)]
    pub(crate) inspecting: Inspecting,
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(format!("cannot fetch by {other}; give an https address")),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Err("not a number of seconds".into()),
    }
}
