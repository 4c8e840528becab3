//! Running a program under a time limit, with its output kept instead of shown.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use greenstd::{thread, time};

use crate::error::{Context, Result};
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

/// Runs `command` for at most `limit`; then it is killed. What it writes goes to files named after
/// `name` below the target directory, where it stays for who wants to look.
pub(crate) fn watch(command: &mut Command, name: &str, limit: Duration) -> Result<Watched> {
    let (stdout, stderr) = (log(name, "stdout")?, log(name, "stderr")?);
    let open = |path: &PathBuf| File::create(path).context(|| format!("cannot write {path:?}"));
    command.stdin(Stdio::null()).stdout(open(&stdout)?).stderr(open(&stderr)?);

    let program = command.get_program().to_owned();
    let start = time::now();
    let mut child = command.spawn().context(|| format!("cannot start {program:?}"))?;
    let elapsed = || time::now().saturating_duration_since(start);
    let status = loop {
        let ended = child.try_wait().context(|| format!("cannot wait for {program:?}"))?;
        if ended.is_some() || elapsed() > limit {
            break ended;
        }
        thread::sleep(POLL_INTERVAL);
    };
    if status.is_none() {
        child.kill().context(|| format!("cannot end {program:?}"))?;
        child.wait().context(|| format!("cannot wait for {program:?}"))?;
    }
    let time = elapsed();
    let read = |path: &PathBuf| fs::read(path).context(|| format!("cannot read {path:?}"));
    let stderr = String::from_utf8_lossy(&read(&stderr)?).into_owned();
    Ok(Watched { status, stdout: read(&stdout)?, stderr, time })
}

fn log(name: &str, stream: &str) -> Result<PathBuf> {
    let directory = workspace::scratch().join("logs");
    fs::create_dir_all(&directory).context(|| format!("cannot make {directory:?}"))?;
    Ok(directory.join(format!("{name}.{stream}")))
}
