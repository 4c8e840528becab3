//! The first page of each crate shows it alone: nobody who takes one crate is sent to another.

use super::Finding;
use super::markdown::fenced_blocks;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let names: Vec<&str> = tree.with_extension("rs").filter_map(|(path, _)| front(path)).collect();
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        if let Some(own) = front(path) {
            let doc: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
            look(path, &doc.join("\n"), own, &names, &mut findings);
        }
    }
    for (path, text) in tree.with_extension("md") {
        let own = path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/README.md"));
        if let Some(own) = own.filter(|own| names.contains(own)) {
            look(path, text, own, &names, &mut findings);
        }
    }
    findings
}

/// The crate whose front page `path` is.
fn front(path: &str) -> Option<&str> {
    let name = path.strip_prefix("crates/")?.strip_suffix("/src/lib.rs")?;
    (!name.contains('/')).then_some(name)
}

fn look(path: &str, text: &str, own: &str, names: &[&str], findings: &mut Vec<Finding>) {
    let is_rust =
        |language: &str| matches!(language, "" | "rust") || language.starts_with("no_run");
    for block in fenced_blocks(text).into_iter().filter(|block| is_rust(block.language)) {
        for (number, line) in block.lines {
            for other in names.iter().filter(|name| **name != own && begins_a_path(line, name)) {
                let message =
                    format!("the example needs `{other}`: re-export from it what a user needs");
                findings.push(Finding::new(path, number, message));
            }
        }
    }
}

/// Whether `line` has a path that begins with the crate `name`.
fn begins_a_path(line: &str, name: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    line.match_indices(&format!("{name}::")).any(|(at, _)| !line[..at].ends_with(is_word))
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn an_example_that_needs_another_crate_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! A.\n//!\n//! ```\n//! use a::f;\n//! b::g();\n//! ```\n"),
            ("crates/b/src/lib.rs", "//! B, see a::f.\n//!\n//! ```\n//! b::a::f();\n//! ```\n"),
            ("crates/b/README.md", "# b\n\n```rust\nuse a::f;\n```\n"),
        ]);
        let found: Vec<_> =
            check(&tree).into_iter().map(|found| (found.file, found.line)).collect();
        let expected =
            [("crates/a/src/lib.rs".to_owned(), 5), ("crates/b/README.md".to_owned(), 4)];
        assert_eq!(found, expected);
    }
}
