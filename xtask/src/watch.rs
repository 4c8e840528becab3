//! Running a program under a time limit, with its output kept instead of shown.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use greenstd::thread;
use greenstd::time::{self, Instant};

use crate::error::{Context, Error, Result};
use crate::workspace;

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// What became of a program.
pub(crate) struct Watched {
    /// How it ended; nothing if its time was over.
    pub(crate) status: Option<ExitStatus>,
    /// What it wrote to stdout.
    pub(crate) stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
    /// How long it ran.
    pub(crate) time: Duration,
}

impl Watched {
    /// Whether it ended by itself and well.
    pub(crate) fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The exit code, if it ended with one.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    /// How it ended, in words.
    pub(crate) fn ending(&self) -> String {
        self.status.map_or_else(|| "ran out of time".to_owned(), |status| status.to_string())
    }

    /// All it wrote, stdout first.
    pub(crate) fn output(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.stdout), self.stderr)
    }
}

/// A program that is running. It is killed if nobody waits for its end.
pub(crate) struct Running {
    program: OsString,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    start: Instant,
}

/// Runs `command` for at most `limit`; then it is killed. What it writes goes to files named after
/// `name` below the target directory, where it stays for whoever wants to look.
pub(crate) fn watch(command: &mut Command, name: &str, limit: Duration) -> Result<Watched> {
    Running::start(command, name)?.end(limit)
}

impl Running {
    /// Starts `command`. What it writes goes to files, as that of [`watch`].
    pub(crate) fn start(command: &mut Command, name: &str) -> Result<Self> {
        let (stdout, stderr) = (log(name, "stdout")?, log(name, "stderr")?);
        let open = |path: &PathBuf| File::create(path).context(|| format!("cannot write {path:?}"));
        command.stdin(Stdio::null()).stdout(open(&stdout)?).stderr(open(&stderr)?);
        let program = command.get_program().to_owned();
        let start = time::now();
        let child = command.spawn().context(|| format!("cannot start {program:?}"))?;
        Ok(Running { program, child, stdout, stderr, start })
    }

    /// Waits until it has written `words` to stderr; the rest of that line.
    pub(crate) fn says(&mut self, words: &str, limit: Duration) -> Result<String> {
        loop {
            let stderr = read(&self.stderr)?;
            let stderr = String::from_utf8_lossy(&stderr);
            if let Some((_, rest)) = stderr.split_once(words)
                && let Some((line, _)) = rest.split_once('\n')
            {
                return Ok(line.to_owned());
            }
            if self.is_over()? || self.elapsed() > limit {
                let program = &self.program;
                return Err(Error::new(format!("{program:?} does not say {words:?}: {stderr}")));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Does to it what ctrl-c does.
    pub(crate) fn interrupt(&self) -> Result<()> {
        let kill = format!("kill -INT {}", self.child.id());
        let status = Command::new("bash").args(["-c", &kill]).status();
        let status = status.context(|| "cannot run bash".into())?;
        let program = &self.program;
        if status.success() { Ok(()) } else { Err(Error::new(format!("{program:?} has ended"))) }
    }

    /// Waits for its end; past `limit`, counted from its start, it is killed.
    pub(crate) fn end(mut self, limit: Duration) -> Result<Watched> {
        while !self.is_over()? && self.elapsed() <= limit {
            thread::sleep(POLL_INTERVAL);
        }
        let program = &self.program;
        let status = self.child.try_wait().context(|| format!("cannot wait for {program:?}"))?;
        let time = self.elapsed();
        if status.is_none() {
            self.child.kill().context(|| format!("cannot end {program:?}"))?;
            self.child.wait().context(|| format!("cannot wait for {program:?}"))?;
        }
        let stderr = String::from_utf8_lossy(&read(&self.stderr)?).into_owned();
        Ok(Watched { status, stdout: read(&self.stdout)?, stderr, time })
    }

    fn is_over(&mut self) -> Result<bool> {
        let program = &self.program;
        let ended = self.child.try_wait().context(|| format!("cannot wait for {program:?}"))?;
        Ok(ended.is_some())
    }

    fn elapsed(&self) -> Duration {
        time::since(self.start)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After its end this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    fs::read(path).context(|| format!("cannot read {path:?}"))
}

fn log(name: &str, stream: &str) -> Result<PathBuf> {
    let directory = workspace::scratch().join("logs");
    fs::create_dir_all(&directory).context(|| format!("cannot make {directory:?}"))?;
    Ok(directory.join(format!("{name}.{stream}")))
}
