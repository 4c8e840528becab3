//! What is to be started, and how.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

use super::Child;

/// Describes a child process: [`std::process::Command`], with its methods.
///
/// ```
/// use greenio::process::Command;
/// use greenio::{Carrier, spawn};
///
/// Carrier::new()?.run(|| {
///     // They run side by side. Each green thread waits for one of them.
///     let children: Vec<_> = (0..3)
///         .map(|code| spawn(move || Command::new("sh").arg("-c").arg(format!("exit {code}")).status()))
///         .collect();
///     let codes = children.into_iter().map(|child| child.join().ok()?.ok()?.code());
///     assert_eq!(codes.collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "exec")]
#[doc(alias = "popen")]
#[doc(alias = "subprocess")]
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
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// assert!(Command::new("true").status()?.success()); // found by PATH
    /// assert!(Command::new("/no/such/program").status().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let inner = std::process::Command::new(program);
        Command { inner, chosen: Chosen::default(), kill_on_drop: false }
    }

    /// Adds an argument.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let output = Command::new("echo").arg("two words").output()?; // no shell takes it apart
    /// assert_eq!(output.stdout, b"two words\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.inner.arg(argument);
        self
    }

    /// Adds arguments.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let output = Command::new("echo").args(["one", "two"]).output()?;
    /// assert_eq!(output.stdout, b"one two\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn args<S: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = S>) -> &mut Self {
        self.inner.args(arguments);
        self
    }

    /// Sets a variable of the child's environment, which is otherwise that of this process.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let output = Command::new("sh").args(["-c", "echo $COLOR"]).env("COLOR", "green").output()?;
    /// assert_eq!(output.stdout, b"green\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env(&mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.inner.env(key, value);
        self
    }

    /// Sets variables of the child's environment.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo $COLOR $SIZE"]).envs([("COLOR", "green"), ("SIZE", "4")]);
    /// assert_eq!(command.output()?.stdout, b"green 4\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> &mut Self {
        self.inner.envs(variables);
        self
    }

    /// Leaves a variable out of the child's environment.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo ${HOME-none}"]).env_remove("HOME");
    /// assert_eq!(command.output()?.stdout, b"none\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env_remove(&mut self, key: impl AsRef<OsStr>) -> &mut Self {
        self.inner.env_remove(key);
        self
    }

    /// Leaves out all variables but those that are set after this.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut command = Command::new("/usr/bin/env");
    /// command.env_clear().env("COLOR", "green");
    /// assert_eq!(command.output()?.stdout, b"COLOR=green\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env_clear(&mut self) -> &mut Self {
        self.inner.env_clear();
        self
    }

    /// Sets the child's working directory.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let output = Command::new("pwd").current_dir("/").output()?;
    /// assert_eq!(output.stdout, b"/\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn current_dir(&mut self, directory: impl AsRef<Path>) -> &mut Self {
        self.inner.current_dir(directory);
        self
    }

    /// Sets the child's standard input: without a word, that of this process; nothing for
    /// [`output`](Self::output).
    ///
    /// ```
    /// use greenio::process::{Command, Stdio};
    /// use std::io::Write;
    ///
    /// let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    /// if let Some(mut stdin) = child.stdin.take() {
    ///     stdin.write_all(b"hello")?; // dropped after this: the child reads the end
    /// }
    /// assert_eq!(child.wait_with_output()?.stdout, b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.chosen.stdin = true;
        self.inner.stdin(stdin);
        self
    }

    /// Sets the child's standard output: without a word, that of this process; a pipe for
    /// [`output`](Self::output).
    ///
    /// ```
    /// use greenio::process::{Command, Stdio};
    ///
    /// // A pipeline: what one child writes, the other reads.
    /// let mut first = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let between = first.stdout.take().ok_or("it has a pipe")?;
    /// let output = Command::new("cat").stdin(between).output()?;
    /// assert_eq!(output.stdout, b"hello\n");
    /// first.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.chosen.stdout = true;
        self.inner.stdout(stdout);
        self
    }

    /// Sets the child's standard error: without a word, that of this process; a pipe for
    /// [`output`](Self::output).
    ///
    /// ```
    /// use greenio::process::{Command, Stdio};
    ///
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo noise >&2"]).stderr(Stdio::null());
    /// assert!(command.output()?.stderr.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.chosen.stderr = true;
        self.inner.stderr(stderr);
        self
    }

    /// Sets the child's user.
    ///
    /// ```no_run
    /// use greenio::process::Command;
    ///
    /// Command::new("server").uid(65_534).gid(65_534).spawn()?; // needs the right to do so
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.inner.uid(id);
        self
    }

    /// Sets the child's group.
    ///
    /// ```no_run
    /// use greenio::process::Command;
    ///
    /// Command::new("server").gid(65_534).spawn()?; // needs the right to do so
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.inner.gid(id);
        self
    }

    /// Puts the child into a process group: a new one of its own for 0.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// // Ctrl-c in the terminal does not reach a child in a group of its own.
    /// assert!(Command::new("true").process_group(0).status()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn process_group(&mut self, group: i32) -> &mut Self {
        self.inner.process_group(group);
        self
    }

    /// Sets the name by which the child is told that it was called.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let output = Command::new("sh").arg0("shell").args(["-c", "echo $0"]).output()?;
    /// assert_eq!(output.stdout, b"shell\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// assert!(greenio::with_timeout(limit, || command.status()).is_err()); // so does this
    /// # std::io::Result::Ok(())
    /// ```
    pub fn kill_on_drop(&mut self, kill: bool) -> &mut Self {
        self.kill_on_drop = kill;
        self
    }

    /// The command as `std` has it: for what it can do and this type does not repeat.
    ///
    /// Streams that are set there are not known here: set them here.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut command = Command::new("echo");
    /// command.as_std_mut().arg("hello");
    /// assert_eq!(command.as_std_mut().get_args().count(), 1); // this type has no `get_args`
    /// ```
    pub fn as_std_mut(&mut self) -> &mut std::process::Command {
        &mut self.inner
    }

    /// Starts the child.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut child = Command::new("true").spawn()?;
    /// // Does something else meanwhile.
    /// assert!(child.wait()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use greenio::process::Command;
    ///
    /// let status = Command::new("sh").args(["-c", "exit 7"]).status()?; // its output goes where ours goes
    /// assert_eq!(status.code(), Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and of [`Child::wait`]; then the child is killed, and leaves no zombie.
    ///
    /// # Blocking
    /// As [`spawn`](Self::spawn), and then parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "system")]
    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.spawn_for_us()?.wait()
    }

    /// Runs the child, waits for its end and returns what it has written.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let output = Command::new("sh").args(["-c", "echo out; echo err >&2"]).output()?;
    /// assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`spawn`](Self::spawn) and of [`Child::wait_with_output`]; then the child is killed, and leaves no
    /// zombie.
    ///
    /// # Blocking
    /// As [`spawn`](Self::spawn), and then parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "check_output")]
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
