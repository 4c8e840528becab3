//! The commands that the documents show exist: verbs, packages, examples and scripts.

use clap::CommandFactory;

use super::tree::Tree;
use super::{Finding, markdown};

/// Cargo's own, which need no check of a name.
const CARGO: &[&str] = &["bench", "build", "check", "clippy", "doc", "fmt", "run", "test", "tree"];

/// Where the programs are that `--bin` runs, unless a package is named.
const PROGRAMS: &str = "crates/programs";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    if tree.text("README.md").is_none() {
        found.push(Finding::file("README.md", "missing; it must show how to run and test"));
    }
    for (path, text) in tree.with_extension("md") {
        for block in markdown::fenced_blocks(text) {
            if !matches!(block.language, "sh" | "shell" | "bash" | "console") {
                continue;
            }
            for (line, command) in block.lines {
                if let Some(message) = wrong(tree, command) {
                    found.push(Finding::new(path, line, message));
                }
            }
        }
        for (line, prose) in markdown::prose(text) {
            let inline = markdown::quoted(prose).filter(|quoted| quoted.starts_with("cargo "));
            for message in inline.filter_map(|command| wrong(tree, command)) {
                found.push(Finding::new(path, line, message));
            }
        }
    }
    found
}

/// What is wrong with a line of shell, as far as it is about this workspace.
fn wrong(tree: &Tree, command: &str) -> Option<String> {
    let words = command.trim_start_matches("$ ").split_whitespace();
    let mut words = words.take_while(|word| !word.starts_with('#'));
    // Variables may stand before the command.
    let first = words.find(|word| !word.contains('='))?;
    if first.starts_with('.') && first.contains('/') {
        let path = first.trim_start_matches("./");
        return (!tree.has(path)).then(|| format!("there is no file {path}"));
    }
    if first != "cargo" {
        return None;
    }
    let words: Vec<&str> = words.filter(|word| !word.starts_with('+')).collect();
    let verb = *words.first()?;
    if verb == "xtask" {
        return words.get(1).and_then(|verb| wrong_xtask(verb));
    }
    if !CARGO.contains(&verb) {
        return Some(format!("`cargo {verb}` is none of {}", CARGO.join(", ")));
    }
    wrong_names(tree, &words)
}

fn wrong_xtask(verb: &str) -> Option<String> {
    let known = crate::Arguments::command();
    let is_known = known.get_subcommands().any(|known| known.get_name() == verb);
    (!is_known).then(|| format!("`cargo xtask` has no verb {verb}"))
}

/// A package after `-p`, its example after `--example`, and a program after `--bin`.
fn wrong_names(tree: &Tree, words: &[&str]) -> Option<String> {
    let after = |option: &str| words.iter().position(|word| *word == option).map(|at| at + 1);
    let package = after("-p").and_then(|at| words.get(at));
    let directory = package.map(|package| {
        let crates = format!("crates/{package}");
        if tree.has(&format!("{crates}/Cargo.toml")) { crates } else { (*package).to_owned() }
    });
    if let (Some(package), Some(directory)) = (package, &directory)
        && !tree.has(&format!("{directory}/Cargo.toml"))
    {
        return Some(format!("there is no package {package}"));
    }
    if let Some(bin) = after("--bin").and_then(|at| words.get(at)) {
        let bins = format!("{}/src/bin", directory.as_deref().unwrap_or(PROGRAMS));
        let program = format!("{bins}/{bin}");
        let exists = tree.has(&format!("{program}.rs")) || tree.has(&format!("{program}/main.rs"));
        return (!exists).then(|| format!("there is no program {bin} in {bins}"));
    }
    let example = after("--example").and_then(|at| words.get(at))?;
    let Some(directory) = directory else {
        return Some(format!("say which package the example {example} is of: -p PACKAGE"));
    };
    let file = format!("{directory}/examples/{example}.rs");
    let with_modules = format!("{directory}/examples/{example}/main.rs");
    let exists = tree.has(&file) || tree.has(&with_modules);
    (!exists).then(|| format!("there is no example {example} in {directory}"))
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    fn wrong(command: &str) -> usize {
        let readme = format!("# R\n\n```sh\n{command}\n```\n\n```text\ncargo no-such\n```\n");
        check(&Tree::of(&[
            ("README.md", &readme),
            (".ci/run", "#!/usr/bin/env bash\n"),
            ("crates/a/Cargo.toml", "[package]\n"),
            ("crates/a/examples/one.rs", "//! One.\n"),
            ("crates/a/examples/two/main.rs", "//! Two.\n"),
            ("crates/programs/src/bin/four/main.rs", "//! Four.\n"),
            ("crates/a/src/bin/six.rs", "//! Six.\n"),
        ]))
        .len()
    }

    #[test]
    fn commands_that_exist_are_right() {
        for command in [
            "cargo xtask test",
            "cargo xtask   # lists the verbs",
            "RUST_LOG=1 cargo run --release -p a --example one -- DIR",
            "cargo run -p a --example two",
            "cargo run --release --bin four -- DIR",
            "cargo run -p a --bin six",
            "cargo test -p a",
            ".ci/run",
            "ls",
        ] {
            assert_eq!(wrong(command), 0, "{command}");
        }
    }

    #[test]
    fn commands_that_do_not_exist_are_found() {
        for command in [
            "cargo xtask tset",
            "cargo run -p a --example three",
            "cargo run --release --bin five",
            "cargo run -p a --bin four",
            "cargo run --bin six",
            "cargo run -p b",
            "cargo run --example one",
            "cargo frobnicate",
            ".ci/walk",
        ] {
            assert_eq!(wrong(command), 1, "{command}");
        }
    }

    #[test]
    fn commands_within_a_line_count_too() {
        let readme = "# R\n\nTake `cargo xtask test`, not `cargo xtask tset` or `cargo add x`.\n";
        let lines: Vec<_> =
            check(&Tree::of(&[("README.md", readme)])).into_iter().map(|it| it.line).collect();
        assert_eq!(lines, [3, 3]);
    }

    #[test]
    fn a_missing_readme_is_found() {
        assert_eq!(check(&Tree::default()).len(), 1);
    }
}
