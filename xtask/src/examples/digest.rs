//! `digest`: the same lines as `sha256sum` prints, whatever the flags.

use std::path::Path;

use crate::error::{Error, Result};
use crate::examples::program::Program;
use crate::examples::{corpus, digest_faults};
use crate::table::Table;

/// No directory: it takes the current one.
const RUNS: &[&[&str]] = &[
    &[],
    &["--carriers", "1"],
    &["--carriers", "2"],
    &["--carriers", "4"],
    &["--max-workers", "1"],
    &["--max-workers", "1000"],
    &["--max-backlog", "16"],
    &["--max-backlog", "16", "--max-workers", "1"],
    &["--max-backlog", "0", "--max-workers", "1", "--carriers", "1"],
];

pub(super) fn check() -> Result<()> {
    let tree = corpus::build()?;
    let expected = corpus::expected(&tree)?;
    let mut table = Table::new(&["digest", "files", "refused", "time", "as sha256sum"]);
    for arguments in RUNS {
        let (refused, time) = check_run(&tree, arguments, &expected)?;
        table.row([arguments.join(" "), expected.len().to_string(), refused, time, "same".into()]);
    }
    println!("\n{table}");
    digest_faults::check(&tree)
}

/// One run; how often the executor refused, and how long it took.
fn check_run(tree: &Path, arguments: &[&str], expected: &[Vec<u8>]) -> Result<(String, String)> {
    let call = format!("digest {}", arguments.join(" "));
    let ended = Program::new("digest").args(arguments.iter().copied()).directory(tree).run()?;
    if !ended.success() {
        let ending = ended.ending();
        return Err(Error::new(format!("{call} ended with {ending}:\n{}", ended.stderr)));
    }
    let lines = corpus::sorted_lines(&ended.stdout);
    if lines != expected {
        return Err(Error::new(format!("{call}: {}", difference(&lines, expected))));
    }
    let counted = statistic(&ended.stderr, "succeeded");
    if counted.as_deref() != Some(&expected.len().to_string()) {
        let files = expected.len();
        return Err(Error::new(format!(
            "{call}: the table does not say {files}:\n{}",
            ended.stderr
        )));
    }
    let refused = statistic(&ended.stderr, "rejected").unwrap_or_default();
    Ok((refused, format!("{:.2} s", ended.time.as_secs_f64())))
}

/// The number behind a word in the table of statistics.
fn statistic(table: &str, word: &str) -> Option<String> {
    let mut words = table.split_whitespace().skip_while(|found| *found != word);
    words.nth(1).map(|number| number.replace(',', ""))
}

fn difference(lines: &[Vec<u8>], expected: &[Vec<u8>]) -> String {
    let text = |line: &[u8]| String::from_utf8_lossy(line).trim_end().to_owned();
    let other = lines.iter().zip(expected).find(|(line, expected)| line != expected);
    match other {
        Some((line, expected)) => {
            format!("printed\n  {}\nwhere sha256sum prints\n  {}", text(line), text(expected))
        }
        None => format!("printed {} lines, sha256sum {}", lines.len(), expected.len()),
    }
}
