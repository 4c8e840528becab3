//! No text names a path of the machine it was written on.

use super::Finding;
use super::tree::Tree;
use crate::workspace;

/// Where people have their files. Built from parts, so that this file does not find itself.
const HOMES: &[&str] =
    &[concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let checkout = workspace::root().to_string_lossy().into_owned();
    // A checkout near the root has a name that may well be in a text.
    let checkout = Some(checkout).filter(|path| path.matches('/').count() > 1);
    find(tree, checkout.as_deref())
}

fn find(tree: &Tree, checkout: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            let named = HOMES.iter().copied().chain(checkout).find(|home| names(line, home));
            if let Some(named) = named {
                let message = format!("names a path of somebody's machine ({named}…); take it out");
                found.push(Finding::new(path, index + 1, message));
            }
        }
    }
    found
}

/// Whether `line` has `path` from the root on, not as a part of a longer one.
fn names(line: &str, path: &str) -> bool {
    let is_inner = |letter: char| letter.is_alphanumeric() || "_-.}/".contains(letter);
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(is_inner))
}

#[cfg(test)]
mod tests {
    use super::{Tree, find};

    #[test]
    fn paths_of_a_machine_are_found_and_others_are_not() {
        let home = concat!("/ho", "me/ann/x");
        let text = format!("see {home}\nsee target{home}\nsee /checkout/here/x\nsee /proc/self\n");
        let found = find(&Tree::of(&[("docs/a.md", &text)]), Some("/checkout/here"));
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 3]);
    }
}
