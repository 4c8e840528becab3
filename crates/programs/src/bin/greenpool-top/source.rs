//! Where the documents come from: a request for each.

use std::fmt;
use std::time::Duration;

use executor::with_timeout;
use inspect::page::Page;
use programs::http_client::{Client, ClientError, roots};
use programs::printable::printable;
use url::{Position, Url};

use crate::document::{self, Unreadable};

/// A program that is stuck answers within a second or two. One that is asked for 10,000 stacks for the first time reads
/// its debug information, which takes longer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Ten thousand threads, each in a group of its own, are less.
const MOST_BYTES: u64 = 64 << 20;

/// So much of what a server says instead is passed on.
const MOST_CHARS_SAID: usize = 200;

/// A program that shows what it does.
pub(crate) struct Source {
    client: Client,
    base: Url,
}

impl Source {
    pub(crate) fn new(base: Url) -> Self {
        Source { client: Client::new("greenpool-top", roots::trust_the_web()), base }
    }

    /// Where it is, for people.
    pub(crate) fn address(&self) -> String {
        printable(&self.base[Position::BeforeHost..Position::AfterPort])
    }

    /// What it does now; with the groups of its threads, if they are wanted, which costs it more.
    ///
    /// # Blocking
    /// Blocks the OS thread, or parks the green thread, for as long as `PATIENCE`.
    pub(crate) fn page(&self, groups: bool) -> Result<Page, Trouble> {
        let path = if groups { "json/page?groups=1" } else { "json/page" };
        let url = self.base.join(path).expect("a path can follow a host");
        let answer = with_timeout(PATIENCE, || self.client.get(&url, |_| MOST_BYTES));
        let answer = answer.map_err(Trouble::NoAnswer)?;
        if answer.head.status != 200 {
            return Err(Trouble::Status(answer.head.status, said(&answer.body)));
        }
        if answer.is_cut {
            return Err(Trouble::TooLong);
        }
        document::read(&answer.body).map_err(Trouble::Unreadable)
    }
}

fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line: String =
        text.lines().next().unwrap_or_default().chars().take(MOST_CHARS_SAID).collect();
    printable(&line)
}

/// Why there is no document.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nobody is there, or it takes too long.
    NoAnswer(ClientError),
    /// The answer is another than 200; and the first line of it.
    Status(u16, String),
    /// It never ends.
    TooLong,
    /// What came is something else.
    Unreadable(Unreadable),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::NoAnswer(error) if error.is_timed_out() => {
                write!(f, "no answer within {} s", PATIENCE.as_secs())
            }
            Trouble::NoAnswer(error) => error.fmt(f),
            Trouble::Status(status, said) => write!(f, "the answer is {status}: {said}"),
            Trouble::TooLong => write!(f, "the answer is longer than {} MiB", MOST_BYTES >> 20),
            Trouble::Unreadable(Unreadable::NotAPage(why)) => {
                write!(f, "the answer is no page of inspect::serve: {why}")
            }
            Trouble::Unreadable(Unreadable::Version(version)) => {
                write!(f, "the document is of version {version}, which is newer than this program")
            }
        }
    }
}

impl std::error::Error for Trouble {}
