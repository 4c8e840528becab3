//! What is promised is held by tests that exist, and the two lists of promises agree.
//!
//! * `docs/guarantees.md`, the page: each item of a list is a promise. Below a heading with the words
//!   "not promised", nothing is.
//! * `docs/guarantees-exactly.md`: a promise is a heading of the third level. Below it stand what it
//!   means, and a list of tests, named as [`promises`](super::promises) says.
//!
//! Both have the same promises, below the same headings of the second level.

use super::promises::check_text;
use super::test_names::{TestNames, references};
use super::tree::Tree;
use super::{Finding, markdown};

const PAGE: &str = "docs/guarantees.md";
const EXACTLY: &str = "docs/guarantees-exactly.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (Some(page), Some(exactly)) = (tree.text(PAGE), tree.text(EXACTLY)) else {
        return vec![Finding::file(PAGE, format!("it and {EXACTLY} must list what is promised"))];
    };
    let names = TestNames::of(tree);
    let (promised, held) = (on_the_page(page), exactly_told(exactly));
    if promised.is_empty() {
        return vec![Finding::file(PAGE, "promises nothing; a promise is an item of a list")];
    }
    let mut found = missing(PAGE, &promised, EXACTLY, &held);
    found.extend(missing(EXACTLY, &held, PAGE, &promised));
    for promise in &held {
        found.extend(check_text(EXACTLY, promise.line, &promise.text, &names, false));
        if promise.text.lines().all(|line| is_item(line) || line.is_empty()) {
            let message = format!("\"{}\" does not say what it means exactly", promise.title);
            found.push(Finding::new(EXACTLY, promise.line, message));
        }
    }
    found
}

/// A promise, as one of the lists has it.
struct Promise<'a> {
    line: usize,
    section: &'a str,
    title: &'a str,
    /// What stands below it; nothing on the page.
    text: String,
}

fn on_the_page(text: &str) -> Vec<Promise<'_>> {
    let mut section = "";
    let mut promises = Vec::new();
    for (line, text) in markdown::prose(text) {
        if let Some(heading) = text.strip_prefix("## ") {
            section = heading.trim();
        } else if let Some(item) = text.strip_prefix("- ")
            && !section.to_lowercase().contains("not promised")
        {
            promises.push(Promise { line, section, title: item.trim(), text: String::new() });
        }
    }
    promises
}

fn exactly_told(text: &str) -> Vec<Promise<'_>> {
    let mut section = "";
    let mut promises: Vec<Promise<'_>> = Vec::new();
    for (line, text) in markdown::prose(text) {
        if let Some(heading) = text.strip_prefix("## ") {
            section = heading.trim();
        } else if let Some(title) = text.strip_prefix("### ") {
            promises.push(Promise { line, section, title: title.trim(), text: String::new() });
        } else if let Some(promise) = promises.last_mut() {
            promise.text += text;
            promise.text += "\n";
        }
    }
    promises
}

/// Those of `all`, in `file`, that `others` does not have.
fn missing(
    file: &str,
    all: &[Promise<'_>],
    other_file: &str,
    others: &[Promise<'_>],
) -> Vec<Finding> {
    let is_missing = |promise: &&Promise<'_>| {
        !others.iter().any(|other| other.title == promise.title && other.section == promise.section)
    };
    let told = |promise: &Promise<'_>| {
        let Promise { line, section, title, .. } = promise;
        let message = format!("\"{title}\" is missing below \"{section}\" in {other_file}");
        Finding::new(file, *line, message)
    };
    all.iter().filter(is_missing).map(told).collect()
}

/// Whether the line is an item that may name tests.
fn is_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("  ") || references(line).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::{EXACTLY, Finding, PAGE, Tree, check};

    const TESTS: (&str, &str) =
        ("crates/a/tests/it/ends.rs", "//! T.\n#[test]\nfn once() {}\n#[test]\nfn twice() {}\n");
    const HELD: &str = "## Jobs\n\n### It ends\n\nAt once.\n\n- `ends::once`\n- `a::ends::twice`\n";

    fn found(page: &str, exactly: &str) -> Vec<Finding> {
        check(&Tree::of(&[TESTS, (PAGE, page), (EXACTLY, exactly)]))
    }

    #[test]
    fn two_lists_that_agree_are_in_order() {
        assert_eq!(found("## Jobs\n\n- It ends\n\n## Not promised\n\n- Speed.\n", HELD), []);
    }

    #[test]
    fn a_promise_that_only_one_list_has_is_found_there() {
        let found = found("## Jobs\n\n- It ends well\n", HELD);
        let places: Vec<_> = found.iter().map(|found| (found.file.as_str(), found.line)).collect();
        assert_eq!(places, [(PAGE, 3), (EXACTLY, 3)]);
        assert!(found[0].message.contains("\"It ends well\" is missing"), "{}", found[0]);
    }

    #[test]
    fn a_promise_below_another_heading_is_another() {
        assert_eq!(found("## Work\n\n- It ends\n", HELD).len(), 2);
    }

    #[test]
    fn a_promise_without_a_test_one_with_a_stale_name_and_one_without_a_meaning_are_found() {
        let page = "## Jobs\n\n- It ends\n- It stays\n- It is\n";
        let exactly = "## Jobs\n\n### It ends\n\nSoon.\n\n### It stays\n\nYes.\n\n- `ends::gone`\n\n\
            ### It is\n\n- `ends::once`\n";
        let found = found(page, exactly);
        let lines: Vec<_> = found.iter().map(|found| found.line).collect();
        assert_eq!(lines, [3, 7, 13], "{found:?}");
        assert!(found[1].message.contains("no test `ends::gone`"), "{}", found[1]);
    }

    #[test]
    fn a_missing_list_is_found() {
        assert_eq!(check(&Tree::of(&[TESTS, (PAGE, "- It ends\n")])).len(), 1);
    }
}
