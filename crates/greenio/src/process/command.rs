//! What is to be started, and how.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

use super::Child;

/// Describes a child process: [`std::process::Command`], with its methods.
pub struct Command {
    inner: std::process::Command,
    chosen: Chosen,
    kill_on_drop: bool,
}

/// Which streams have been set by the user.
#[derive(Debug, Clone, Copy, Default)]
struct Chosen {
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

impl Command {
    /// Describes a child that runs `program`, found by `PATH` unless that is a path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let inner = std::process::Command::new(program);
        Command { inner, chosen: Chosen::default(), kill_on_drop: false }
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.inner.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = S>) -> &mut Self {
        self.inner.args(arguments);
        self
    }

    /// Sets a variable of the child's environment, which is otherwise that of this process.
    pub fn env(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.inner.env(key, value);
        self
    }

    /// Sets variables of the child's environment.
    pub fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> &mut Self {
        self.inner.envs(variables);
        self
    }

    /// Leaves a variable out of the child's environment.
    pub fn env_remove(&mut self, key: impl AsRef<OsStr>) -> &mut Self {
        self.inner.env_remove(key);
        self
    }

    /// Leaves out all variables but those that are set after this.
    pub fn env_clear(&mut self) -> &mut Self {
        self.inner.env_clear();
        self
    }

    /// Sets the child's working directory.
    pub fn current_dir(&mut self, directory: impl AsRef<Path>) -> &mut Self {
        self.inner.current_dir(directory);
        self
    }

    /// Sets the child's standard input: without a word, that of this process; nothing for
    /// [`output`](Self::output).
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.chosen.stdin = true;
        self.inner.stdin(stdin);
        self
    }

    /// Sets the child's standard output: without a word, that of this process; a pipe for
    /// [`output`](Self::output).
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.chosen.stdout = true;
        self.inner.stdout(stdout);
        self
    }

    /// Sets the child's standard error: without a word, that of this process; a pipe for
    /// [`output`](Self::output).
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.chosen.stderr = true;
        self.inner.stderr(stderr);
        self
    }

    /// Sets the child's user.
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.inner.uid(id);
        self
    }

    /// Sets the child's group.
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.inner.gid(id);
        self
    }

    /// Puts the child into a process group: a new one of its own for 0.
    pub fn process_group(&mut self, group: i32) -> &mut Self {
        self.inner.process_group(group);
        self
    }

    /// Sets the name by which the child is told that it was called.
    pub fn arg0(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.inner.arg0(name);
        self
    }

    /// Whether a [`Child`] of it that is dropped is to be ended by `SIGKILL`; without a word, it goes on. What
    /// [`status`](Self::status) and [`output`](Self::output) start is killed in any case when they end early.
    ///
    /// ```
    /// use greenio::process::Command;
    /// use std::time::Duration;
    ///
    /// let mut command = Command::new("sleep");
    /// let child = command.arg("1000").kill_on_drop(true).spawn()?;
    /// drop(child); // ends the program, and leaves no zombie
    ///
    /// let limit = Duration::from_millis(10);
    /// assert!(greenctx::deadline(limit, || command.status()).is_err()); // so does this
    /// # std::io::Result::Ok(())
    /// ```
    pub fn kill_on_drop(&mut self, kill: bool) -> &mut Self {
        self.kill_on_drop = kill;
        self
    }

    /// The command as `std` has it: for what it can do and this type does not repeat.
    ///
    /// Streams that are set there are not known here: set them here.
    pub fn as_std_mut(&mut self) -> &mut std::process::Command {
        &mut self.inner
    }

    /// Starts the child.
    ///
    /// # Errors
    /// Those of [`std::process::Command::spawn`].
    ///
    /// # Blocking
    /// Blocks the OS thread until the system has loaded the program.
    pub fn spawn(&mut self) -> io::Result<Child> {
        let mut child = Child::new(self.inner.spawn()?)?;
        child.kill_on_drop(self.kill_on_drop);
        Ok(child)
    }

    /// A child that nobody but us knows of.
    fn spawn_for_us(&mut self) -> io::Result<Child> {
        let mut child = self.spawn()?;
        child.kill_on_drop(true);
        Ok(child)
    }

    /// Runs the child and waits for its end.
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and of [`Child::wait`]; then the child is killed, and leaves no zombie.
    ///
    /// # Blocking
    /// As [`spawn`](Self::spawn), and then parks the green thread, or blocks the plain OS thread.
    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.spawn_for_us()?.wait()
    }

    /// Runs the child, waits for its end and returns what it has written.
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and of [`Child::wait_with_output`]; then the child is killed, and leaves no
    /// zombie.
    ///
    /// # Blocking
    /// As [`spawn`](Self::spawn), and then parks the green thread, or blocks the plain OS thread.
    pub fn output(&mut self) -> io::Result<Output> {
        self.choose_for_the_rest(Stdio::null, Stdio::piped);
        let child = self.spawn_for_us();
        self.choose_for_the_rest(Stdio::inherit, Stdio::inherit);
        child?.wait_with_output()
    }

    /// Sets the streams that the user has said nothing about.
    fn choose_for_the_rest(&mut self, stdin: fn() -> Stdio, outputs: fn() -> Stdio) {
        let Chosen { stdin: has_stdin, stdout, stderr } = self.chosen;
        if !has_stdin {
            self.inner.stdin(stdin());
        }
        if !stdout {
            self.inner.stdout(outputs());
        }
        if !stderr {
            self.inner.stderr(outputs());
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
