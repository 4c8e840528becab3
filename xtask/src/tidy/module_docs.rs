//! Every module begins by saying what it is.

use super::Finding;
use super::tree::Tree;

/// A doc in the file, or in one beside it.
const BEGINNINGS: &[&str] = &["//! ", "#![doc = include_str!("];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs")
        // Programs that must not compile: what they are is in their names.
        .filter(|(path, _)| !path.contains("/tests/ui/"))
        .filter(|(_, text)| !BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)))
        .map(|(path, _)| {
            let message = "begin the file with `//! `, and say what the module is for";
            Finding::new(path, 1, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn a_module_without_a_doc_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/good.rs", "//! Good.\nfn f() {}\n"),
            ("crates/a/src/beside.rs", "#![doc = include_str!(\"README.md\")]\n"),
            ("crates/a/src/bad.rs", "// Not a doc.\nfn f() {}\n"),
            ("crates/a/tests/ui/refused.rs", "fn main() {}\n"),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file, "crates/a/src/bad.rs");
    }
}
