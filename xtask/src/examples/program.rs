//! An example or a program as it was built, and how to run it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Result;
use crate::watch::{Running, Watched, watch};
use crate::workspace;

/// None takes that long.
const LIMIT: Duration = Duration::from_secs(120);

/// A call of an example, or of one of the programs.
pub(super) struct Program {
    name: String,
    arguments: Vec<String>,
    directory: PathBuf,
}

impl Program {
    /// The example or program of this name, run in the root of the checkout.
    pub(super) fn new(name: &str) -> Self {
        Program { name: name.to_owned(), arguments: Vec::new(), directory: workspace::root() }
    }

    /// Adds arguments.
    pub(super) fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Runs it in another directory.
    pub(super) fn directory(mut self, directory: &Path) -> Self {
        self.directory = directory.to_owned();
        self
    }

    /// The call, for whoever wants to run it in another way.
    pub(super) fn command(&self) -> Command {
        let built = workspace::target().join("release");
        let (example, program) = (built.join("examples").join(&self.name), built.join(&self.name));
        let mut command = Command::new(if example.exists() { example } else { program });
        command.args(&self.arguments).current_dir(&self.directory);
        command
    }

    /// Starts it, and leaves it running.
    pub(super) fn start(&self) -> Result<Running> {
        Running::start(&mut self.command(), &format!("example-{}-running", self.name))
    }

    /// Runs it to its end.
    pub(super) fn run(&self) -> Result<Watched> {
        watch(&mut self.command(), &format!("example-{}", self.name), LIMIT)
    }
}
