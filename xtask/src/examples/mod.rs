//! `cargo xtask examples`: runs the examples of all crates and the programs, and checks what comes out.

mod chat;
mod chat_slow;
mod corpus;
mod crawl;
mod crawl_faults;
mod crawl_site;
mod digest;
mod digest_faults;
mod greenpool_top;
mod http;
mod https;
mod parked;
mod program;
mod redis_like;
mod server_ends;
mod serving;
mod thumbs;

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::Cargo;
use crate::error::{Context, Error, Result};
use crate::workspace;
use program::Program;

type Check = (&'static str, fn() -> Result<()>);

/// Those that have checks of their own.
const CHECKED: &[Check] = &[
    ("parked", parked::check),
    ("digest", digest::check),
    ("http", http::check),
    ("redis_like", redis_like::check),
    ("crawl", crawl::check),
    ("https", https::check),
    ("chat", chat::check),
    ("thumbs", thumbs::check),
    ("greenpool-top", greenpool_top::check),
];

#[derive(Default, clap::Args)]
pub(crate) struct Arguments {
    /// The examples and programs to run [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Runs those that were asked for. One without a check of its own has to end well when it is run as it
/// is.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    let names = chosen(arguments)?;
    Cargo::new(&format!("build --release {}", targets(arguments, &names)?)).run()?;
    let is_checked = |name: &str| CHECKED.iter().any(|(checked, _)| *checked == name);
    for name in names.iter().filter(|name| !is_checked(name)) {
        let ended = Program::new(name).run()?;
        if !ended.success() {
            return Err(Error::new(format!(
                "{name} ended with {}:\n{}",
                ended.ending(),
                ended.output()
            )));
        }
        println!("{name:<10} ended well in {:.1?}", ended.time);
    }
    for (name, check) in CHECKED.iter().filter(|(name, _)| names.iter().any(|other| other == name))
    {
        check().context(|| (*name).to_owned())?;
    }
    Ok(format!("{} examples and programs do what they say", names.len()))
}

/// All of them.
pub(crate) fn run_all() -> Result<String> {
    run(&Arguments::default())
}

fn chosen(arguments: &Arguments) -> Result<Vec<String>> {
    let mut all = examples()?;
    all.extend(programs());
    all.sort();
    if arguments.names.is_empty() {
        return Ok(all);
    }
    match arguments.names.iter().find(|name| !all.contains(name)) {
        Some(unknown) => Err(Error::new(format!(
            "no example or program is named {unknown}; there are {}",
            all.join(", ")
        ))),
        None => Ok(arguments.names.clone()),
    }
}

/// What cargo has to be asked for, to build these.
fn targets(arguments: &Arguments, names: &[String]) -> Result<String> {
    if arguments.names.is_empty() {
        return Ok("--workspace --exclude xtask --exclude benches --examples --bins".to_owned());
    }
    let examples = examples()?;
    let target = |name: &String| {
        let kind = if examples.contains(name) { "--example" } else { "--bin" };
        format!("{kind} {name}")
    };
    Ok(names.iter().map(target).collect::<Vec<_>>().join(" "))
}

/// The names of the examples of all crates.
fn examples() -> Result<Vec<String>> {
    let mut names = Vec::new();
    let crates = workspace::root().join("crates");
    let cannot = || format!("cannot read {}", crates.display());
    for package in fs::read_dir(&crates).context(cannot)? {
        names.extend(sources_in(&package.context(cannot)?.path().join("examples")));
    }
    Ok(names)
}

/// The names of the programs.
fn programs() -> Vec<String> {
    sources_in(&workspace::root().join("crates/programs/src/bin"))
}

/// The names of what is built from this directory: from a file, or from a folder with a `main.rs`.
fn sources_in(directory: &Path) -> Vec<String> {
    let paths = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_source = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "rs") || path.join("main.rs").exists()
    };
    let name = |path: PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    paths.filter(is_source).filter_map(name).collect()
}
