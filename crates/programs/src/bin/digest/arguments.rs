//! The command line.

use std::path::PathBuf;

use programs::inspecting::Inspecting;

/// Prints the SHA-256 of every regular file below a directory, as sha256sum does.
///
/// Hashes go to stdout in the order of the walk. On stderr: what could not be read, a progress bar if
/// it is a terminal, and at the end the statistics. The exit code is 1 if anything could not be read.
#[derive(Debug, clap::Parser)]
#[command(name = "digest")]
pub(crate) struct Arguments {
    /// The directory to walk; symbolic links in it are not followed
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// How many files are worked on at once
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) max_workers: usize,

    /// How many OS threads do the work [default: one for each CPU]
    #[arg(long, value_name = "N")]
    pub(crate) carriers: Option<usize>,

    /// How many files may wait for a worker before the walk has to wait too [default: no limit]
    #[arg(long, value_name = "N")]
    pub(crate) max_backlog: Option<usize>,

    /// Whether others see what it does.
    #[command(flatten)]
    pub(crate) inspecting: Inspecting,
}
