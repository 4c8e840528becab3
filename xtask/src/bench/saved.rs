//! Runs that are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::peers::Peer;
use super::record::{Record, Spread};
use crate::error::{Context, Error, Result};
use crate::workspace;

/// A run, and what it ran on.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) command: String,
    pub(crate) commit: String,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    pub(crate) records: Vec<Record>,
}

impl Run {
    /// A run that has just been made.
    pub(crate) fn now(rounds: usize, quick: bool, records: Vec<Record>) -> Result<Run> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        Ok(Run {
            date: said_by("date", &["-u", "+%Y-%m-%d"]),
            machine: machine()?,
            command: format!("cargo xtask {}", words.join(" ")),
            commit: said_by("git", &["rev-parse", "--short", "HEAD"]),
            rounds,
            quick,
            records,
        })
    }

    /// A run of these figures, for tests.
    #[cfg(test)]
    pub(crate) fn of_records(records: Vec<Record>) -> Run {
        let text = String::new;
        let (date, machine, command, commit) = (text(), text(), text(), text());
        Run { date, machine, command, commit, rounds: 1, quick: false, records }
    }

    /// The figures alone, as an array.
    pub(crate) fn to_json(&self) -> String {
        let records: Vec<Value> = self.records.iter().map(Record::to_json).collect();
        format!("{:#}\n", Value::from(records))
    }

    /// Keeps the run under a name.
    pub(crate) fn save(&self, name: &str) -> Result<()> {
        let records: Vec<Value> = self
            .records
            .iter()
            .map(|record| {
                let figures: serde_json::Map<String, Value> = record
                    .figures
                    .iter()
                    .map(|(name, spread)| (name.clone(), spread.to_json()))
                    .collect();
                json!({
                    "workload": record.workload,
                    "peer": record.peer.name(),
                    "n": record.n,
                    "rounds": record.rounds,
                    "figures": figures,
                })
            })
            .collect();
        let run = json!({
            "date": self.date,
            "machine": self.machine,
            "command": self.command,
            "commit": self.commit,
            "rounds": self.rounds,
            "quick": self.quick,
            "records": records,
        });
        let file = file(name)?;
        write(&file, &format!("{run:#}\n"))?;
        println!("kept as {}", file.display());
        Ok(())
    }
}

/// Reads a kept run.
pub(crate) fn load(name: &str) -> Result<Run> {
    let file = file(name)?;
    let text = fs::read_to_string(&file).context(|| {
        format!(
            "there is no run '{name}' (cargo xtask bench --save {name} makes one): {}",
            file.display()
        )
    })?;
    let value: Value =
        serde_json::from_str(&text).context(|| format!("{} is damaged", file.display()))?;
    let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let records = value["records"].as_array().into_iter().flatten().filter_map(record).collect();
    Ok(Run {
        date: text("date"),
        machine: text("machine"),
        command: text("command"),
        commit: text("commit"),
        rounds: value["rounds"].as_u64().unwrap_or(0) as usize,
        quick: value["quick"].as_bool().unwrap_or(false),
        records,
    })
}

fn record(value: &Value) -> Option<Record> {
    let figures = value["figures"].as_object()?;
    Some(Record {
        workload: value["workload"].as_str()?.to_owned(),
        peer: Peer::by_name(value["peer"].as_str()?)?,
        n: value["n"].as_u64()?,
        rounds: value["rounds"].as_u64()? as usize,
        figures: figures
            .iter()
            .filter_map(|(name, spread)| Some((name.clone(), Spread::from_json(spread)?)))
            .collect(),
    })
}

/// Writes a file, and the directories that it wants.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).context(|| format!("cannot make {}", directory.display()))?;
    }
    fs::write(file, text).context(|| format!("cannot write {}", file.display()))
}

fn file(name: &str) -> Result<PathBuf> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(Error::new(format!("'{name}' is no name for a run: letters, digits, - and _")));
    }
    Ok(workspace::root().join("benches/runs").join(format!("{name}.json")))
}

fn machine() -> Result<String> {
    let cpus =
        fs::read_to_string("/proc/cpuinfo").context(|| "cannot read /proc/cpuinfo".into())?;
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let count = greenstd::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let kernel = said_by("uname", &["-r"]);
    let kernel = kernel.split('-').next().unwrap_or_default();
    Ok(format!("{count} CPUs, {}, Linux {kernel}", model.unwrap_or("unknown processor")))
}

fn said_by(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).current_dir(workspace::root()).output();
    output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
