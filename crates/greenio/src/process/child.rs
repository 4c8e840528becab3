//! A child that runs, or has ended and not been waited for.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Output};

use greenctx::{Builder, JoinError};
use greenstd::sync::Arc;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};

use super::{ChildStderr, ChildStdin, ChildStdout, reaper};
use crate::reactor::Direction;
use crate::source::Source;
use crate::unblock;

/// A child process: [`std::process::Child`].
///
/// Dropping it neither ends the child nor waits for it, as with `std`, unless it is to be
/// [killed](Self::kill_on_drop). Other than with `std`, the end of a dropped child is taken from the system when
/// it comes, by an OS thread of ours. Whoever wants to wait for it by other means takes it
/// [out](Self::into_std) instead.
///
/// ```
/// use greenio::process::{Child, Command, Stdio};
/// use std::io::Read;
///
/// let mut child: Child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
/// let mut text = String::new();
/// if let Some(stdout) = &mut child.stdout {
///     stdout.read_to_string(&mut text)?; // parks until the child writes or ends
/// }
/// assert_eq!(text, "hello\n");
/// assert!(child.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Child {
    /// The pipe to its standard input, if there is one; take it to write and close it.
    pub stdin: Option<ChildStdin>,
    /// The pipe from its standard output, if there is one.
    pub stdout: Option<ChildStdout>,
    /// The pipe from its standard error, if there is one.
    pub stderr: Option<ChildStderr>,
    body: Body,
    end: Option<End>,
}

/// The child itself, and what becomes of it when it is dropped.
#[derive(Debug)]
struct Body {
    /// `None` only while it is dropped or taken out.
    inner: Option<std::process::Child>,
    kill_on_drop: bool,
    /// The child of this process; a fork of it has none.
    fork_generation: u64,
}

/// How a child's end is waited for.
#[derive(Debug)]
enum End {
    Pidfd(Source<OwnedFd>),
    /// By a thread of the offload pool: the system has no such descriptors, or none left.
    Offload,
}

impl Child {
    pub(super) fn new(mut inner: std::process::Child) -> io::Result<Self> {
        let streams = (inner.stdin.take(), inner.stdout.take(), inner.stderr.take());
        greenctx::watch_forks();
        let fork_generation = greenctx::fork_generation();
        // Should this fail, nobody would get to know of it.
        let body = Body { inner: Some(inner), kill_on_drop: true, fork_generation };
        let mut child = Child { stdin: None, stdout: None, stderr: None, body, end: None };
        child.take_streams(streams)?;
        child.kill_on_drop(false);
        Ok(child)
    }

    fn take_streams(
        &mut self,
        (stdin, stdout, stderr): (
            Option<std::process::ChildStdin>,
            Option<std::process::ChildStdout>,
            Option<std::process::ChildStderr>,
        ),
    ) -> io::Result<()> {
        self.stdin = stdin.map(ChildStdin::from_std).transpose()?;
        self.stdout = stdout.map(ChildStdout::from_std).transpose()?;
        self.stderr = stderr.map(ChildStderr::from_std).transpose()?;
        Ok(())
    }

    /// The system's number of the process.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut child = Command::new("true").spawn()?;
    /// assert_ne!(child.id(), 0);
    /// child.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "pid")]
    pub fn id(&self) -> u32 {
        self.body.get().id()
    }

    /// Ends the child by `SIGKILL`. Does nothing if it has been waited for.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// use std::os::unix::process::ExitStatusExt;
    ///
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// child.kill()?;
    /// assert_eq!(child.wait()?.signal(), Some(9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::process::Child::kill`].
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn kill(&mut self) -> io::Result<()> {
        self.body.get_mut().kill()
    }

    /// Whether dropping it is to end the child by `SIGKILL`; without a word, it goes on.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// child.kill_on_drop(true);
    /// drop(child); // ends the program, and leaves no zombie
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kill_on_drop(&mut self, kill: bool) {
        self.body.kill_on_drop = kill;
    }

    /// The child as `std` has it, with those of its streams that have not been taken: it is neither killed nor
    /// reaped here any more.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let child = Command::new("true").spawn()?;
    /// let mut child: std::process::Child = child.into_std(); // from now on, you wait for it
    /// assert!(child.wait()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn into_std(mut self) -> std::process::Child {
        let mut inner = self.body.inner.take().expect("a child is there until it is taken out");
        inner.stdin = self.stdin.take().map(ChildStdin::into_std);
        inner.stdout = self.stdout.take().map(ChildStdout::into_std);
        inner.stderr = self.stderr.take().map(ChildStderr::into_std);
        inner
    }

    /// How the child has ended, if it has.
    ///
    /// ```
    /// use greenio::process::Command;
    ///
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// assert_eq!(child.try_wait()?, None); // it runs
    /// child.kill()?;
    /// let status = child.wait()?;
    /// assert_eq!(child.try_wait()?, Some(status));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::process::Child::try_wait`].
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[doc(alias = "poll")]
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.body.get_mut().try_wait()
    }

    /// Closes the pipe to the child's standard input and waits for its end. Interrupted, it can be called
    /// again.
    ///
    /// ```
    /// use greenio::with_timeout;
    /// use greenio::process::Command;
    ///
    /// use std::time::Duration;
    ///
    /// let mut child = Command::new("sleep").arg("1000").spawn()?;
    /// let ended = with_timeout(Duration::from_millis(2), || child.wait());
    /// assert!(ended.is_err()); // it still runs
    /// child.kill()?;
    /// assert!(!child.wait()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`std::process::Child::wait`]; if the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "waitpid")]
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        let inner = self.body.get_mut();
        if let Some(status) = inner.try_wait()? {
            return Ok(status);
        }
        match self.end.get_or_insert_with(|| End::of(inner.id())) {
            End::Pidfd(pidfd) => pidfd.perform(
                Direction::Read,
                None,
                |_| inner.try_wait()?.ok_or_else(|| io::ErrorKind::WouldBlock.into()),
                |_| false,
            ),
            End::Offload => wait_elsewhere(inner),
        }
    }

    /// Closes the pipe to the child's standard input, reads both of its outputs to the end and waits for its
    /// end. What is no pipe is empty in the result.
    ///
    /// ```
    /// use greenio::process::{Command, Stdio};
    ///
    /// let child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let output = child.wait_with_output()?;
    /// assert_eq!(output.stdout, b"hello\n");
    /// assert!(output.stderr.is_empty()); // it was no pipe
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading, and of [`wait`](Self::wait). The child is dropped then: it goes on, unless it is to be
    /// [killed](Self::kill_on_drop).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    #[doc(alias = "communicate")]
    pub fn wait_with_output(mut self) -> io::Result<Output> {
        drop(self.stdin.take());
        let (stdout, stderr) = match (self.stdout.take(), self.stderr.take()) {
            (Some(stdout), Some(stderr)) => read_both(stdout, stderr)?,
            (stdout, stderr) => (read(stdout)?, read(stderr)?),
        };
        let status = self.wait()?;
        Ok(Output { status, stdout, stderr })
    }
}

impl End {
    fn of(id: u32) -> Self {
        let pidfd = pid(id).and_then(|pid| Ok(pidfd_open(pid, PidfdFlags::NONBLOCK)?));
        pidfd.map_or(End::Offload, |pidfd| End::Pidfd(Source::new(pidfd)))
    }
}

impl Body {
    fn get(&self) -> &std::process::Child {
        self.inner.as_ref().expect("a child is there until it is taken out")
    }

    fn get_mut(&mut self) -> &mut std::process::Child {
        self.inner.as_mut().expect("a child is there until it is taken out")
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let Some(mut inner) = self.inner.take() else { return };
        if self.fork_generation != greenctx::fork_generation() {
            // It is not our child.
            return;
        }
        if self.kill_on_drop {
            // Does nothing if it was waited for.
            let _ = inner.kill();
        }
        reaper::adopt(inner);
    }
}

pub(super) fn pid(id: u32) -> io::Result<Pid> {
    let number = i32::try_from(id).ok().and_then(Pid::from_raw);
    number.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Lets a thread of the pool block until the child has ended, but leaves it to the caller to take the status.
fn wait_elsewhere(child: &mut std::process::Child) -> io::Result<ExitStatus> {
    let pid = pid(child.id())?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let ended = unblock(move || waitid(WaitId::Pid(pid), options).map(drop));
        match (ended, child.try_wait()?) {
            (_, Some(status)) => return Ok(status),
            (Ok(Ok(())), None) => {}
            (Ok(Err(error)), None) => return Err(error.into()),
            (Err(error), None) => return Err(error.into()),
        }
    }
}

fn read(stream: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        stream.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reads both at once, as the child may fill either while it waits for the other to be read: one of them on
/// a thread of its own, green on a carrier.
fn read_both(stdout: ChildStdout, stderr: ChildStderr) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let stderr = Arc::new(stderr);
    let reader = Builder::new().name("stderr").spawn({
        let stderr = stderr.clone();
        move || read(Some(&*stderr))
    });
    let reader = reader.map_err(io::Error::other)?;
    let errors = read(Some(stdout)).map(|output| (output, reader.join()));
    match errors {
        Ok((output, Ok(errors))) => Ok((output, errors?)),
        Ok((_, Err(JoinError::Interrupted(interrupted)))) => {
            stderr.close();
            Err(interrupted.into())
        }
        Ok((_, Err(JoinError::Panicked(panic)))) => std::panic::resume_unwind(panic.into_inner()),
        Err(error) => {
            // The reader ends too.
            stderr.close();
            Err(error)
        }
    }
}
