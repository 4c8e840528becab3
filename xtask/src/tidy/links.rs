//! Links between documents, and the source files that `docs/architecture.md` names, lead somewhere.

use super::tree::Tree;
use super::{Finding, markdown};

const MAP: &str = "docs/architecture.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.with_extension("md") {
        for (number, line) in markdown::prose(text) {
            let dead = links(line).filter(|link| is_dead(tree, path, link));
            found.extend(dead.map(|link| {
                Finding::new(path, number, format!("the link to {link} leads nowhere"))
            }));
            if path == MAP {
                let lost = markdown::quoted(line).filter(|word| is_lost(tree, word));
                found.extend(lost.map(|name| {
                    Finding::new(path, number, format!("there is no {name} below crates"))
                }));
            }
        }
    }
    found
}

/// The targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

fn is_dead(tree: &Tree, from: &str, link: &str) -> bool {
    let target = link.split('#').next().unwrap_or_default();
    if target.is_empty() || target.contains(':') {
        return false;
    }
    let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    !tree.has(&parts.join("/"))
}

/// A source file named by its path below `crates`, such as `executor/src/pool.rs`, that is not there.
fn is_lost(tree: &Tree, name: &str) -> bool {
    name.contains("/src/") && !tree.has(&format!("crates/{name}")) && !tree.has(name)
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn dead_links_and_lost_files_are_found() {
        let map = "[good](../README.md#part) [bad](gone.md) [web](https://x.y/z) [dir](decisions)\n\
            `executor/src/pool.rs` `executor/src/gone.rs` `executor/src/task/`\n";
        let found = check(&Tree::of(&[
            ("README.md", "# R [map](docs/architecture.md) [here](#part)\n"),
            ("docs/architecture.md", map),
            ("docs/decisions/0001-a.md", "# A\n"),
            ("crates/executor/src/pool.rs", "//! P.\n"),
            ("crates/executor/src/task/mod.rs", "//! T.\n"),
        ]));
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            ["the link to gone.md leads nowhere", "there is no executor/src/gone.rs below crates"]
        );
    }
}
