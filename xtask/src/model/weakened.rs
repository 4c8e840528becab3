//! `cargo xtask model --weakened`: the models must notice each step that is taken away.
//!
//! A model build leaves out the step that `GREEN_WEAKEN` names (see `greenstd::step`). The file
//! `xtask/weakened.txt` says for each step which model then fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;

use super::{Checker, Place};
use crate::error::{Context, Error, Result};
use crate::table::Table;
use crate::watch::{Watched, watch};
use crate::workspace;

const LIST: &str = "xtask/weakened.txt";
const STEPS: &str = "crates/greenstd/src/step/list.rs";

/// A model that has not ended by then hangs, which is a way to fail.
const LIMIT: Duration = Duration::from_secs(60);

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Weakened {
    step: String,
    checker: Checker,
    package: String,
    filter: String,
}

/// What the models made of a missing step.
enum Verdict {
    /// A model failed, as it should.
    Red(String),
    /// None did.
    Green,
    /// No model ran.
    NoModel,
}

/// Takes away every step.
pub(crate) fn check_all() -> Result<String> {
    check(None, None)
}

/// Takes away the steps of one checker, or those whose name contains `filter`.
pub(super) fn check(checker: Option<Checker>, filter: Option<&str>) -> Result<String> {
    let all = list()?;
    complete(&all, &steps()?)?;
    let wanted = |line: &Weakened| {
        checker.is_none_or(|checker| checker == line.checker)
            && filter.is_none_or(|filter| line.step.contains(filter))
    };
    let chosen: Vec<Weakened> = all.into_iter().filter(|line| wanted(line)).collect();
    if chosen.is_empty() {
        return Err(Error::new(format!("no step in {LIST} is asked for; leave out the filter")));
    }
    let mut table = Table::new(&["step taken away", "checker", "package", "model", "verdict"]);
    let mut unnoticed = Vec::new();
    let mut binaries = Binaries::default();
    for line in &chosen {
        let verdict = verdict(line, &mut binaries)?;
        let text = match &verdict {
            Verdict::Red(how) => format!("red ({how})"),
            Verdict::Green => "GREEN (!)".to_owned(),
            Verdict::NoModel => "NO SUCH MODEL (!)".to_owned(),
        };
        println!("{:<32} {text}", line.step);
        if !matches!(verdict, Verdict::Red(_)) {
            unnoticed.push(line.step.clone());
        }
        let Weakened { step, checker, package, filter } = line.clone();
        table.row([step, checker.to_string(), package, filter, text]);
    }
    println!("\n{table}");
    if unnoticed.is_empty() {
        return Ok(format!("{} steps taken away, each noticed by a model", chosen.len()));
    }
    Err(Error::new(format!(
        "no model has noticed that these were taken away: {}\nmake a model stricter, or correct {LIST}",
        unnoticed.join(", ")
    )))
}

fn verdict(line: &Weakened, binaries: &mut Binaries) -> Result<Verdict> {
    let mut command = Command::new(binaries.with(line)?);
    command
        .arg(&line.filter)
        .env("GREEN_WEAKEN", &line.step)
        .current_dir(workspace::root().join("crates").join(&line.package));
    let name = format!("weakened-{}", line.step);
    let watched = watch(&mut command, &name, LIMIT)?;
    if !watched.success() {
        return Ok(Verdict::Red(how(&watched)));
    }
    let ran_none = watched.output().lines().any(|line| line == "running 0 tests");
    Ok(if ran_none { Verdict::NoModel } else { Verdict::Green })
}

fn how(watched: &Watched) -> String {
    let failed = watched.output().contains("test result: FAILED");
    let how = if failed { "failed".to_owned() } else { watched.ending() };
    format!("{how}, {:.1} s", watched.time.as_secs_f64())
}

/// The test binaries that were built: by checker and package, and where in the package.
#[derive(Default)]
struct Binaries(BTreeMap<(String, String, bool), PathBuf>);

impl Binaries {
    /// The one that has the model of `line`.
    fn with(&mut self, line: &Weakened) -> Result<PathBuf> {
        let is_integration = line.filter.starts_with("shuttle");
        let key = (line.checker.to_string(), line.package.clone(), is_integration);
        if let Some(binary) = self.0.get(&key) {
            return Ok(binary.clone());
        }
        let place = if is_integration { Place::Integration } else { Place::Library };
        let built = line.checker.test(&[&line.package], place).build_tests()?;
        let binary = built.into_iter().next().ok_or_else(|| {
            Error::new(format!("the package {} has no such tests; see {LIST}", line.package))
        })?;
        self.0.insert(key, binary.path.clone());
        Ok(binary.path)
    }
}

/// Every step that can be taken away, read from the source.
fn steps() -> Result<BTreeSet<String>> {
    steps_in(&read(STEPS)?)
}

/// The names in `steps! { CONSTANT = "name", .. }`.
fn steps_in(source: &str) -> Result<BTreeSet<String>> {
    let list = source.split_once("\nsteps! {").and_then(|(_, rest)| {
        let (list, _) = rest.split_once("\n}")?;
        Some(list.split('"').skip(1).step_by(2).map(str::to_owned).collect())
    });
    list.ok_or_else(|| Error::new(format!("{STEPS} has no list `steps! {{ .. }}`")))
}

fn list() -> Result<Vec<Weakened>> {
    parse(&read(LIST)?)
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(workspace::root().join(file)).context(|| format!("cannot read {file}"))
}

/// A step on each line: `STEP CHECKER PACKAGE FILTER`. Empty lines and those with a `#` are comments.
fn parse(text: &str) -> Result<Vec<Weakened>> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| {
            parse_line(line).ok_or_else(|| {
                let number = index + 1;
                Error::new(format!("{LIST}:{number}: write STEP loom|shuttle PACKAGE FILTER"))
            })
        })
        .collect()
}

fn parse_line(line: &str) -> Option<Weakened> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [step, checker, package, filter] = words[..] else { return None };
    Some(Weakened {
        step: step.to_owned(),
        checker: Checker::from_str(checker, false).ok()?,
        package: package.to_owned(),
        filter: filter.to_owned(),
    })
}

/// The list and the source must speak of the same steps.
fn complete(list: &[Weakened], steps: &BTreeSet<String>) -> Result<()> {
    let listed: BTreeSet<String> = list.iter().map(|line| line.step.clone()).collect();
    let missing: Vec<&str> = steps.difference(&listed).map(String::as_str).collect();
    let unknown: Vec<&str> = listed.difference(steps).map(String::as_str).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(Error::new(format!("{LIST} has no line for {missing}, which {STEPS} lists")));
    }
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        return Err(Error::new(format!("{LIST} has lines for {unknown}, which {STEPS} lacks")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{complete, parse, steps_in};

    fn steps(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_list_has_four_words_a_line() {
        let list = parse("# comment\n\na loom greenstd models::permit\n").unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].step, "a");
        assert_eq!(list[0].filter, "models::permit");
        let error = parse("a loom greenstd models\na miri greenstd models\n").unwrap_err();
        assert!(error.to_string().contains("weakened.txt:2"), "{error}");
    }

    #[test]
    fn the_steps_are_read_from_the_source() {
        let source = "macro_rules! steps {}\n\nsteps! {\n    A = \"a\",\n\n    // Others.\n    B_C = \"b-c\",\n}\n";
        assert_eq!(steps_in(source).unwrap(), steps(&["a", "b-c"]));
        assert!(steps_in("").is_err());
    }

    #[test]
    fn a_step_without_a_line_is_an_error_and_so_is_a_line_without_a_step() {
        let list = parse("a loom greenstd models\n").unwrap();
        assert!(complete(&list, &steps(&["a"])).is_ok());
        let missing = complete(&list, &steps(&["a", "b"])).unwrap_err();
        assert!(missing.to_string().contains("no line for b"), "{missing}");
        let unknown = complete(&list, &steps(&[])).unwrap_err();
        assert!(unknown.to_string().contains("lines for a"), "{unknown}");
    }
}
