//! From the walk through the executor to the output.
//!
//! The thread that walks also prints: it submits one file after the other, prints what has come to its
//! turn, and in the end waits for the rest. With a limited backlog it meets refusals and waits for
//! room, and what it keeps in memory is limited too.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use executor::{
    ExecutorHandle, ExecutorStatistics, GreenFuture, GreenThreadPoolExecutor, Shutdown, TaskError,
    reject_when_reached,
};
use greenstd::sync::Arc;
use walkdir::WalkDir;

use crate::arguments::Arguments;
use crate::error::Error;
use crate::hash::{self, FileHash};
use crate::output::Output;
use crate::progress::Progress;

/// What there is to say at the end.
pub(crate) struct Report {
    /// How many files and directories could not be read.
    pub(crate) unreadable: u64,
    /// What the executor has done.
    pub(crate) statistics: ExecutorStatistics,
}

/// Hashes all files that the arguments ask for.
pub(crate) fn run(arguments: &Arguments) -> Result<Report, Error> {
    check_directory(&arguments.directory)?;
    let executor = build(arguments)?;
    let _page = arguments.inspecting.start("digest", &executor.handle()).map_err(Error::Inspect)?;
    let mut pipeline = Pipeline {
        executor: executor.handle(),
        pending: VecDeque::new(),
        pending_limit: pending_limit(arguments),
        output: Output::new(),
        progress: Progress::new(),
        unreadable: 0,
    };
    let worked = pipeline.work(&arguments.directory);
    pipeline.progress.finish();
    // If the work was broken off, what has not started is not worth waiting for.
    let ended = executor.shutdown(Shutdown::wait().cancel_pending());
    worked?;
    ended.expect("a plain thread can always wait for an executor's end");
    Ok(Report { unreadable: pipeline.unreadable, statistics: executor.statistics() })
}

fn check_directory(directory: &Path) -> Result<(), Error> {
    match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Error::NotADirectory(directory.to_owned())),
        Err(error) => Err(Error::Directory(directory.to_owned(), error)),
    }
}

fn build(arguments: &Arguments) -> Result<GreenThreadPoolExecutor, Error> {
    let mut builder =
        GreenThreadPoolExecutor::builder().name("digest").max_workers(arguments.max_workers);
    if let Some(carriers) = arguments.carriers {
        builder = builder.carriers(carriers);
    }
    if let Some(max_backlog) = arguments.max_backlog {
        builder = builder.check_and_reject(reject_when_reached(max_backlog));
    }
    builder.build().map_err(Error::Build)
}

/// How many files may be found and not yet printed. Twice what the executor accepts at a time: it is
/// then kept busy while a slow file at the front holds up the printing.
fn pending_limit(arguments: &Arguments) -> usize {
    let Some(max_backlog) = arguments.max_backlog else { return usize::MAX };
    max_backlog.saturating_add(arguments.max_workers).saturating_mul(2)
}

struct Pipeline {
    executor: ExecutorHandle,
    pending: VecDeque<Pending>,
    pending_limit: usize,
    output: Output,
    progress: Progress,
    unreadable: u64,
}

/// A file that was found and not yet printed.
struct Pending {
    path: Arc<Path>,
    hash: GreenFuture<FileHash, io::Error>,
}

impl Pipeline {
    fn work(&mut self, directory: &Path) -> Result<(), Error> {
        for entry in WalkDir::new(directory) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => self.submit(entry.path())?,
                Ok(_) => {}
                Err(error) => self.report_walk_error(directory, error),
            }
            while self.pending.len() > self.pending_limit || self.is_front_done() {
                self.print_front()?;
            }
        }
        while !self.pending.is_empty() {
            self.print_front()?;
        }
        self.output.flush(&self.progress)
    }

    fn submit(&mut self, path: &Path) -> Result<(), Error> {
        let path: Arc<Path> = path.into();
        let of_job = path.clone();
        let submitted = match self.executor.try_submit(move || hash::file(&of_job)) {
            Err(refused) if refused.is_rejected() => {
                self.executor.job().wait().fallible().submit(refused.into_inner())
            }
            decided => decided,
        };
        let hash = submitted.map_err(|refused| Error::Refused(refused.reason()))?;
        self.pending.push_back(Pending { path, hash });
        self.progress.found();
        Ok(())
    }

    fn is_front_done(&self) -> bool {
        self.pending.front().is_some_and(|file| file.hash.is_done())
    }

    /// Prints the file whose turn it is, and waits for its hash if need be.
    fn print_front(&mut self) -> Result<(), Error> {
        let Some(Pending { path, hash }) = self.pending.pop_front() else { return Ok(()) };
        if !hash.is_done() {
            // Nobody should wait for what is there already.
            self.output.flush(&self.progress)?;
        }
        match hash.result() {
            Ok(hash) => {
                self.progress.done(hash.bytes);
                self.output.line(&hash, &path, &self.progress)
            }
            Err(error) => {
                self.progress.done(0);
                match error {
                    TaskError::Failed(error) => self.report(&path, &error),
                    other => self.report(&path, &other),
                }
                Ok(())
            }
        }
    }

    fn report(&mut self, path: &Path, reason: &dyn std::fmt::Display) {
        self.unreadable += 1;
        self.progress.say(format_args!("digest: {}: {reason}", path.display()));
    }

    fn report_walk_error(&mut self, directory: &Path, error: walkdir::Error) {
        let path = error.path().unwrap_or(directory).to_owned();
        // As the walk follows no links, an error is one of the operating system.
        match error.into_io_error() {
            Some(error) => self.report(&path, &error),
            None => self.report(&path, &"cannot be walked"),
        }
    }
}
