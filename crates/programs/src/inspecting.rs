//! `--inspect`: a live page about what the program does.
//!
//! Shared by all programs: their arguments take [`Inspecting`] in by `#[command(flatten)]`.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use executor::ExecutorHandle;
use inspect::{PageServer, Watchdog, Watching};

use crate::server::say;

/// Where the page is, if one is wanted.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Inspecting {
    /// Shows what the jobs do to a browser on this machine; port 0 takes one that is free
    #[arg(long, value_name = "IP:PORT")]
    inspect: Option<SocketAddr>,
}

/// What a program shows of itself, until this is dropped.
#[derive(Debug)]
pub struct Shown {
    page: PageServer,
    /// Names on the page what holds a carrier. Without a signal to do it by, the page says less.
    _watching: Option<Watching>,
}

/// The page cannot be served there.
#[derive(Debug)]
pub struct Error(SocketAddr, io::Error);

impl Inspecting {
    /// Serves the page of `executor` until what is returned is dropped, and says on stderr where it is.
    pub fn start(&self, name: &str, executor: &ExecutorHandle) -> Result<Option<Shown>, Error> {
        let Some(address) = self.inspect else { return Ok(None) };
        let server = inspect::serve(address, [executor.clone()]);
        let server = server.map_err(|error| Error(address, error))?;
        say(format_args!("{name}: inspect at http://{}/", server.address()));
        // The page shows what it finds, so it prints nothing.
        let watching = Watchdog::new().then(|_| ()).watch([executor.clone()]);
        Ok(Some(Shown { page: server, _watching: watching.ok() }))
    }

    /// Whether a page is wanted.
    pub fn is_wanted(&self) -> bool {
        self.inspect.is_some()
    }
}

impl Shown {
    /// Where a table of the program's own goes.
    pub fn page(&self) -> &PageServer {
        &self.page
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Error(address, error) = self;
        write!(f, "cannot serve the page of --inspect at {address}: {error}")
    }
}

impl std::error::Error for Error {}
