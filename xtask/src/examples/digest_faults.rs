//! `digest` when something is wrong: with the arguments, with a file, with whoever reads the output.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::examples::program::Program;
use crate::watch::Watched;
use crate::workspace;

/// The longest path that the kernel takes.
const MAX_PATH: usize = 4095;

pub(super) fn check(tree: &Path) -> Result<()> {
    wrong_arguments(tree)?;
    println!("digest     refuses wrong arguments");
    unreadable_file()?;
    println!("digest     reports a file that cannot be read, hashes the others, and exits with 1");
    broken_pipe(tree)?;
    println!("digest     ends quietly when nobody reads on");
    Ok(())
}

/// Arguments, the exit code, and a part of the message.
const WRONG: &[(&[&str], i32, &str)] = &[
    (&["nowhere"], 1, "digest: nowhere: No such file"),
    (&["large"], 1, "digest: large: not a directory"),
    (&["--max-workers", "0"], 1, "max_workers is 0"),
    (&["--carriers", "0"], 1, "carriers is 0"),
    (&["--max-backlog", "many"], 2, "--max-backlog"),
    (&["--no-such-option"], 2, "--no-such-option"),
];

fn wrong_arguments(tree: &Path) -> Result<()> {
    for (arguments, code, message) in WRONG {
        let ended = Program::new("digest").args(arguments.iter().copied()).directory(tree).run()?;
        let clear = ended.stderr.contains(message) && ended.stdout.is_empty();
        demand(ended.code() == Some(*code) && clear, &arguments.join(" "), &ended)?;
    }
    let help = Program::new("digest").args(["--help"]).run()?;
    demand(help.success() && help.output().contains("--max-backlog"), "--help", &help)
}

/// A file that not even root can open: its path is longer than the kernel takes. The directory that it
/// is in can still be read.
fn unreadable_file() -> Result<()> {
    let base = workspace::scratch().join("unreadable");
    let directory = make_unreadable(&base).context(|| "cannot make an unreadable file".into())?;
    let ended = Program::new("digest").args([base.to_string_lossy().as_ref()]).run()?;
    let reported = ended.stderr.matches("digest: ").count() == 2
        && ended.stderr.contains("digest: 1 could not be read")
        && ended.stderr.contains(&*directory.to_string_lossy());
    let others = String::from_utf8_lossy(&ended.stdout).lines().count() == 1;
    let right = ended.code() == Some(1) && reported && others;
    demand(right, "of a directory with an unreadable file", &ended)?;
    fs::remove_dir_all(&base).context(|| format!("cannot remove {}", base.display()))
}

fn make_unreadable(base: &Path) -> Result<PathBuf> {
    let cannot = || format!("cannot write below {}", base.display());
    if base.exists() {
        fs::remove_dir_all(base).context(cannot)?;
    }
    let mut directory = base.to_owned();
    let part = "d".repeat(100);
    while directory.as_os_str().len() + part.len() < MAX_PATH {
        directory.push(&part);
    }
    fs::create_dir_all(&directory).context(cannot)?;
    fs::write(base.join("readable"), "here").context(cannot)?;
    // Seen from its directory, the path is short enough.
    let mut touch = Command::new("touch");
    touch.arg("f".repeat(200)).current_dir(&directory);
    let status = touch.status().context(|| "cannot run touch (of coreutils)".into())?;
    if status.success() { Ok(directory) } else { Err(Error::new("touch failed")) }
}

/// Reads one line, and then no more.
fn broken_pipe(tree: &Path) -> Result<()> {
    let program = Program::new("digest").directory(tree);
    let mut command = program.command();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context(|| "cannot start it".into())?;
    let mut line = String::new();
    {
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::with_capacity(256, stdout).read_line(&mut line).context(|| "no line".into())?;
    }
    let mut stderr = String::new();
    let mut pipe = child.stderr.take().expect("stderr is piped");
    pipe.read_to_string(&mut stderr).context(|| "cannot read stderr".into())?;
    let status = child.wait().context(|| "cannot wait for it".into())?;
    if status.success() && stderr.is_empty() && line.len() > 64 {
        return Ok(());
    }
    Err(Error::new(format!("with nobody reading on, it ended with {status} and said: {stderr}")))
}

fn demand(holds: bool, call: &str, ended: &Watched) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(format!("digest {call}: ended with {}:\n{}", ended.ending(), ended.output())))
}
