//! The command line.

use std::path::PathBuf;

use programs::inspecting::Inspecting;

/// Makes thumbnails of the images in a directory, and prints a line for each.
///
/// A line has the SHA-256 of the image, its size and its path. On stderr: what could not be read, and a progress bar if it
/// is a terminal. The exit code is 1 if anything could not be read.
#[derive(Debug, clap::Parser)]
#[command(name = "thumbs", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) submit: Submit,
}

/// What else the program does.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Works for others, until it is asked to end
    Work(Work),
    /// Looks at the jobs that were given up
    Dead(Dead),
}

/// Which images, and who makes the thumbnails.
#[derive(Debug, clap::Args)]
pub(crate) struct Submit {
    /// The directory; symbolic links in it are not followed
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,

    /// Where the thumbnails go, as PNG by their images' hashes [default: nowhere, they are only made]
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,

    /// The longer side of a thumbnail, in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 160)]
    pub(crate) side: u32,

    /// How many processes are started to work [default: none]
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) workers: usize,

    /// The server of NATS [default: with workers one that is started here, without them none]
    #[arg(long, value_name = "URL")]
    pub(crate) nats: Option<String>,

    #[command(flatten)]
    pub(crate) inspecting: Inspecting,
}

/// For whom a process works.
#[derive(Debug, clap::Args)]
pub(crate) struct Work {
    /// The server of NATS
    #[arg(long, value_name = "URL")]
    pub(crate) nats: String,

    /// How many images at once [default: one for each CPU]
    #[arg(long, value_name = "N")]
    pub(crate) at_once: Option<usize>,

    #[command(flatten)]
    pub(crate) inspecting: Inspecting,
}

/// What to do with the dead letters.
#[derive(Debug, clap::Args)]
pub(crate) struct Dead {
    #[command(subcommand)]
    pub(crate) verb: Verb,

    /// The server of NATS
    #[arg(long, value_name = "URL", global = true, default_value = "nats://127.0.0.1:4222")]
    pub(crate) nats: String,

    /// The queue
    #[arg(long, value_name = "NAME", global = true, default_value = crate::image_job::QUEUE)]
    pub(crate) queue: String,
}

/// A verb for dead letters.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Prints one line each: the id, the function, why it was given up
    List,
    /// Submits jobs anew
    Retry {
        /// Their ids [default: all]
        ids: Vec<String>,
    },
    /// Forgets jobs
    Drop {
        /// Their ids
        #[arg(required = true)]
        ids: Vec<String>,
    },
}
