//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use programs::inspecting::Inspecting;
use url::Url;

/// Follows the links of a site, and says which of them are broken.
///
/// Given a directory, it serves that on a port of its own, Markdown as HTML with the anchors that
/// GitHub makes, and checks it like any site. The table of broken links goes to stdout. On stderr: a
/// progress bar if it is a terminal, and at the end counts and statistics. The exit code is 1 if a link
/// is broken or the work was interrupted, and 2 for wrong arguments.
#[derive(Debug, clap::Parser)]
#[command(name = "crawl")]
pub(crate) struct Arguments {
    /// A page to begin with (http or https), or a directory
    #[arg(value_name = "URL | DIR", default_value = ".")]
    pub(crate) start: Start,

    /// Also fetch what links to other sites lead to, but follow no links from there
    #[arg(long)]
    pub(crate) external: bool,

    /// How many pages are fetched at once
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) max_workers: usize,

    /// How many OS threads do the work [default: one for each CPU]
    #[arg(long, value_name = "N")]
    pub(crate) carriers: Option<usize>,

    /// How many pages may wait for a worker before finding more of them has to wait too
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) max_backlog: usize,

    /// How many connections one host gets at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub(crate) per_host: usize,

    /// How long one page may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,

    /// How many redirects in a row are followed
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) max_redirects: usize,

    /// How many pages are fetched at most; links to others are not checked
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) max_pages: usize,

    /// How much of a page is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 20)]
    pub(crate) max_bytes: u64,

    /// Records what the jobs do, and writes the last 60 seconds of it to a file, for <https://ui.perfetto.dev>
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,

    /// Whether others see what it does.
    #[command(flatten)]
    pub(crate) inspecting: Inspecting,
}

/// Where to begin.
#[derive(Debug, Clone)]
pub(crate) enum Start {
    /// A page of somebody's.
    Url(Url),
    /// Files to be served.
    Directory(PathBuf),
}

impl std::str::FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.contains("://") {
            return Ok(Start::Directory(text.into()));
        }
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        match url.scheme() {
            "http" | "https" => Ok(Start::Url(url)),
            other => Err(format!("cannot fetch by {other}; give an http or https address")),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let is_sensible = seconds > 0.0 && seconds <= 86_400.0;
    if is_sensible { Ok(Duration::from_secs_f64(seconds)) } else { Err("out of range".into()) }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("not a number".into()),
    }
}
