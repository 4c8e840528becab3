//! `cargo xtask examples`: runs the examples of all crates and checks what comes out.

mod chat;
mod chat_slow;
mod corpus;
mod crawl;
mod crawl_faults;
mod crawl_site;
mod digest;
mod digest_faults;
mod http;
mod https;
mod parked;
mod program;
mod redis_like;
mod server_ends;
mod serving;

use std::fs;

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
];

#[derive(Default, clap::Args)]
pub(crate) struct Arguments {
    /// The examples to run [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Runs those that were asked for. One without a check of its own has to end well when it is run as it
/// is.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    let names = chosen(arguments)?;
    let which = match arguments.names.is_empty() {
        true => "--examples".to_owned(),
        false => format!("--example {}", names.join(" --example ")),
    };
    Cargo::new(&format!("build --release {which}")).run()?;
    let is_checked = |name: &str| CHECKED.iter().any(|(checked, _)| *checked == name);
    for name in names.iter().filter(|name| !is_checked(name)) {
        let ended = Program::new(name).run()?;
        if !ended.success() {
            return Err(Error::new(format!(
                "the example {name} ended with {}:\n{}",
                ended.ending(),
                ended.output()
            )));
        }
        println!("{name:<10} ended well in {:.1?}", ended.time);
    }
    for (name, check) in CHECKED.iter().filter(|(name, _)| names.iter().any(|other| other == name))
    {
        check().context(|| format!("the example {name}"))?;
    }
    Ok(format!("{} examples do what they say", names.len()))
}

/// All of them.
pub(crate) fn run_all() -> Result<String> {
    run(&Arguments::default())
}

fn chosen(arguments: &Arguments) -> Result<Vec<String>> {
    let all = examples()?;
    if arguments.names.is_empty() {
        return Ok(all);
    }
    match arguments.names.iter().find(|name| !all.contains(name)) {
        Some(unknown) => {
            Err(Error::new(format!("no example is named {unknown}; there are {}", all.join(", "))))
        }
        None => Ok(arguments.names.clone()),
    }
}

/// The names of the examples of all crates.
fn examples() -> Result<Vec<String>> {
    let mut names = Vec::new();
    let crates = workspace::root().join("crates");
    let cannot = || format!("cannot read {}", crates.display());
    for package in fs::read_dir(&crates).context(cannot)? {
        let Ok(examples) = fs::read_dir(package.context(cannot)?.path().join("examples")) else {
            continue;
        };
        for example in examples {
            let path = example.context(cannot)?.path();
            let is_example = path.extension().is_some_and(|extension| extension == "rs")
                || path.join("main.rs").exists();
            if is_example && let Some(name) = path.file_stem() {
                names.push(name.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}
