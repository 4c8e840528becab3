//! The tables of figures in the documents, made from a kept run: all of them in `docs/benchmarks.md`, the
//! few that matter most in the README.

use std::fs;

use super::peers::Peer;
use super::record::{Record, short};
use super::saved::Run;
use super::targets::{self, Target};
use crate::error::{Context, Error, Result};
use crate::workspace;

const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- /figures -->";

/// What the README shows.
const FEW: &[&str] = &["spawn_join", "skynet", "yield", "pool", "wake"];

/// Puts the tables between the marks.
pub(crate) fn write(run: &Run, name: &str) -> Result<String> {
    if run.quick {
        return Err(Error::new("that run was a quick one: its figures do not belong in documents"));
    }
    let few = |workload: &str| FEW.contains(&workload);
    put("README.md", &section(run, few, &format!("{}.\n", run.machine)))?;
    let made = format!(
        "{}, commit {}. Made by `{}` and `cargo xtask bench --readme {name}`; `cargo xtask bench --list` \
         says what the workloads are.\n",
        run.machine, run.commit, run.command
    );
    put("docs/benchmarks.md", &section(run, |_| true, &made))?;
    Ok("README.md and docs/benchmarks.md: the figures are those of the kept run".into())
}

fn put(document: &str, section: &str) -> Result<()> {
    let file = workspace::root().join(document);
    let text = fs::read_to_string(&file).context(|| format!("cannot read {document}"))?;
    let no_mark = |mark| Error::new(format!("{document} has no mark {mark}"));
    let (head, rest) = text.split_once(BEGIN).ok_or_else(|| no_mark(BEGIN))?;
    let (_, tail) = rest.split_once(END).ok_or_else(|| no_mark(END))?;
    let text = format!("{head}{BEGIN}\n{section}{END}{tail}");
    fs::write(&file, text).context(|| format!("cannot write {document}"))
}

fn section(run: &Run, is_shown: impl Fn(&str) -> bool, made: &str) -> String {
    let shown =
        [Peer::Green, Peer::Tokio, Peer::May, Peer::Rayon, Peer::Go, Peer::Futurist].into_iter();
    let peers: Vec<Peer> =
        shown.filter(|peer| run.records.iter().any(|record| record.peer == *peer)).collect();
    let names: Vec<&str> = peers.iter().map(|peer| title(*peer)).collect();
    let mut text = format!("| workload | {} | of the best peer | target |\n", names.join(" | "));
    text += &format!("| --- |{}\n", " ---: |".repeat(peers.len() + 2));
    let mut done: Vec<&str> = Vec::new();
    for record in run.records.iter().filter(|record| is_shown(&record.workload)) {
        if done.contains(&record.workload.as_str()) {
            continue;
        }
        done.push(&record.workload);
        text += &row(run, &record.workload, &peers);
    }
    text += &format!(
        "\nMedians of {} rounds, in one run on {}; less is better. {made}",
        run.rounds, run.date
    );
    text
}

fn row(run: &Run, workload: &str, peers: &[Peer]) -> String {
    let cell = |peer: &Peer| match find(run, workload, *peer).and_then(Record::main_figure) {
        Some((spread, unit)) => format!("{} {unit}", short(spread.median)),
        None => "–".into(),
    };
    let cells: Vec<String> = peers.iter().map(cell).collect();
    let ours = find(run, workload, Peer::Green).and_then(Record::main_figure);
    let ratio = match (ours, targets::best_peer(&run.records, workload)) {
        (Some((spread, _)), Some((_, best))) => format!("{:.2}", spread.median / best),
        _ => "–".into(),
    };
    let target = targets::of(workload).and_then(|target| {
        let standing = targets::standing(workload, target, &run.records)?;
        let allowed = match target {
            Target::AtMost(value) => format!("≤ {}", short(value)),
            Target::OfTokio(part) => format!("≤ {part:.2} of tokio"),
            _ => format!("≤ {:.2}", standing.allowed),
        };
        Some(format!("{allowed}{}", if standing.is_held() { "" } else { " (missed)" }))
    });
    format!("| `{workload}` | {} | {ratio} | {} |\n", cells.join(" | "), target.unwrap_or_default())
}

fn find<'a>(run: &'a Run, workload: &str, peer: Peer) -> Option<&'a Record> {
    run.records.iter().find(|record| record.workload == workload && record.peer == peer)
}

fn title(peer: Peer) -> &'static str {
    match peer {
        Peer::Green => "**greenpool**",
        Peer::Tokio => "tokio",
        Peer::May => "may",
        Peer::Rayon => "rayon",
        Peer::Threads => "threads",
        Peer::Go => "Go",
        Peer::Futurist => "futurist",
    }
}
