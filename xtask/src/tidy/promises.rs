//! What the documents show to be so is held by tests that exist. What they promise is checked by
//! [`guarantees`](super::guarantees).
//!
//! A test is named in backticks by its path, with at least two parts: `cancel::name_of_the_test`,
//! `executor::cancel::name_of_the_test` or `tests/it/cancel.rs::name_of_the_test`.
//!
//! * `docs/soundness.md`: each paragraph that begins with **Shown by** names a test.
//! * In the other documents, a table whose last heading is "test" names one in each row, or has a
//!   dash.

use super::test_names::{TestNames, references};
use super::tree::Tree;
use super::{Finding, markdown};

const SOUNDNESS: &str = "docs/soundness.md";
/// Checked by its own rule.
const ACCEPTANCE: &str = "docs/acceptance.md";

const NAMES_NONE: &str = "names no test; add one in backticks, as `cancel::name_of_the_test`";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let names = TestNames::of(tree);
    let mut found = Vec::new();
    if let Some(text) = tree.text(SOUNDNESS) {
        let shown = paragraphs(text).into_iter().filter(|(_, text)| text.starts_with("**Shown by"));
        found.extend(check_texts(SOUNDNESS, &shown.collect::<Vec<_>>(), &names));
    }
    for (path, text) in tree.with_extension("md") {
        if ![SOUNDNESS, ACCEPTANCE].contains(&path) {
            let cells = test_columns(text);
            found.extend(
                cells.iter().flat_map(|(line, text)| check_text(path, *line, text, &names, false)),
            );
        }
    }
    found
}

fn check_texts(file: &str, texts: &[(usize, String)], names: &TestNames) -> Vec<Finding> {
    if texts.is_empty() {
        return vec![Finding::file(
            file,
            "says nothing that could be checked; see `xtask/src/tidy`",
        )];
    }
    let check = |(line, text): &(usize, String)| check_text(file, *line, text, names, false);
    texts.iter().flat_map(check).collect()
}

/// What is wrong with the tests that `text` names.
pub(super) fn check_text(
    file: &str,
    line: usize,
    text: &str,
    names: &TestNames,
    may_have_none: bool,
) -> Vec<Finding> {
    let named: Vec<&str> = references(text).collect();
    if named.is_empty() && !may_have_none {
        return vec![Finding::new(file, line, NAMES_NONE)];
    }
    let unknown = named.into_iter().filter(|name| !names.has(name));
    unknown
        .map(|name| {
            let message = format!("there is no test `{name}`; correct its name, or write the test");
            Finding::new(file, line, message)
        })
        .collect()
}

/// Lines up to the next empty one, joined.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut paragraphs: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (number, line) in markdown::prose(text) {
        if line.trim().is_empty() {
            open = false;
        } else if let (true, Some((_, paragraph))) = (open, paragraphs.last_mut()) {
            paragraph.push(' ');
            paragraph.push_str(line.trim());
        } else {
            paragraphs.push((number, line.trim().to_owned()));
            open = true;
        }
    }
    paragraphs
}

/// The cells of the columns that name tests; those with a dash are left out.
fn test_columns(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut previous: Option<Vec<&str>> = None;
    let mut names_tests = false;
    for (number, line) in markdown::prose(text) {
        let cells = markdown::cells(line);
        if markdown::is_rule(line) {
            let headings = previous.as_deref().unwrap_or_default();
            names_tests = headings.last().is_some_and(|heading| *heading == "test");
        } else if let Some(cell) = cells.as_deref().and_then(<[_]>::last) {
            if names_tests && *cell != "–" {
                found.push((number, (*cell).to_owned()));
            }
        } else {
            names_tests = false;
        }
        previous = cells;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    const TESTS: (&str, &str) =
        ("crates/a/tests/it/ends.rs", "//! T.\n#[test]\nfn once() {}\n#[test]\nfn twice() {}\n");

    #[test]
    fn what_soundness_shows_is_checked_too() {
        let soundness = ("docs/soundness.md", "# S\n\n**Shown by** the test\n`ends::gone`.\n");
        let found = check(&Tree::of(&[TESTS, soundness]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].file.as_str(), found[0].line), ("docs/soundness.md", 3));
    }

    #[test]
    fn columns_of_tests_in_other_documents_are_checked() {
        let table = "| a | test |\n| --- | --- |\n| 1 | `ends::once` |\n| 2 | – |\n| 3 | soon |\n\n\
            | a | b |\n| --- | --- |\n| no | tests |\n";
        let found = check(&Tree::of(&[TESTS, ("docs/migrating.md", table)]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].file.as_str(), found[0].line), ("docs/migrating.md", 5));
    }
}
