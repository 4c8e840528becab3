//! `cargo xtask profile`: where a workload spends its time.

use std::fs;
use std::process::{Command, Stdio};

use crate::cargo::Cargo;
use crate::error::{Context, Error, Result};
use crate::program::is_in_path;
use crate::workspace;

/// What `cargo xtask profile` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The workload; cargo xtask bench --list names them
    workload: String,
    /// The peer that it runs on: green, tokio or may
    #[arg(long, default_value = "green")]
    peer: String,
    /// Its size; a tenth of the usual one under callgrind
    #[arg(long)]
    n: Option<u64>,
    /// How many functions are shown
    #[arg(long, default_value_t = 25)]
    top: usize,
    /// Counts instructions by callgrind, also if perf is there
    #[arg(long)]
    callgrind: bool,
}

/// Runs the workload under a profiler, and shows the functions at the top.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    Cargo::new("build --release --quiet -p benches").run()?;
    let directory = workspace::scratch().join("profile");
    fs::create_dir_all(&directory).context(|| format!("cannot make {}", directory.display()))?;
    if !arguments.callgrind && is_in_path("perf") {
        return perf(arguments);
    }
    if is_in_path("valgrind") {
        return callgrind(arguments);
    }
    Err(Error::new(
        "neither perf nor valgrind is there; install one (packages linux-perf, valgrind)",
    ))
}

fn perf(arguments: &Arguments) -> Result<String> {
    let data = workspace::scratch().join("profile/perf.data");
    let mut record = Command::new("perf");
    // The processor's own counters are missing on many virtual machines; the clock is everywhere.
    record.args(["record", "-q", "-e", "cpu-clock", "-F", "5000", "-o"]).arg(&data);
    finish(with_workload(&mut record, arguments))?;
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "--no-children", "--sort", "symbol", "-i"]).arg(&data);
    let output = report.stderr(Stdio::null()).output().context(|| "cannot start perf".into())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let functions = text.lines().filter(|line| line.contains('%')).take(arguments.top);
    functions.for_each(|line| println!("{}", line.trim_end()));
    Ok(format!("profile: {} on {}, by perf's clock", arguments.workload, arguments.peer))
}

fn callgrind(arguments: &Arguments) -> Result<String> {
    let data = workspace::scratch().join("profile/callgrind.out");
    let mut record = Command::new("valgrind");
    record.args(["-q", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", data.display()));
    finish(with_workload(&mut record, arguments))?;
    let output = Command::new("callgrind_annotate").arg(&data).output();
    let output = output.context(|| "cannot start callgrind_annotate".into())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let functions = text.lines().filter(|line| line.contains("%)")).take(arguments.top + 1);
    functions.for_each(|line| println!("{}", line.trim_end()));
    Ok(format!("profile: {} on {}, by counted instructions", arguments.workload, arguments.peer))
}

fn with_workload<'a>(command: &'a mut Command, arguments: &Arguments) -> &'a mut Command {
    command.arg(workspace::target().join("release/benches"));
    command.args([&arguments.workload, &arguments.peer]);
    if let Some(n) = arguments.n {
        command.args(["--n", &n.to_string()]);
    }
    command
}

fn finish(command: &mut Command) -> Result<()> {
    let status = command.status().context(|| format!("cannot start {command:?}"))?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("this failed: {command:?}"))) }
}
