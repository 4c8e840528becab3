//! Each row of the acceptance list has a test that exists.
//!
//! In `docs/acceptance.md`, each row of a table whose first cell is a number such as `F12`, `C3` or
//! `X30` names a test (as in `docs/guarantees-exactly.md`), or says in words why there is none: `n/a: REASON`,
//! or `later` for F20 to F69. `F1–F3` are three. F1 to F73, C1 to C82 and X1 to X30 must all be there.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::promises::check_text;
use super::test_names::TestNames;
use super::tree::Tree;
use super::{Finding, markdown};

const ACCEPTANCE: &str = "docs/acceptance.md";

/// The rows that there must be.
const ROWS: &[(char, RangeInclusive<u32>)] = &[('F', 1..=73), ('C', 1..=82), ('X', 1..=30)];
/// Rows that may wait: what is delayed and periodic.
const MAY_BE_LATER: (char, RangeInclusive<u32>) = ('F', 20..=69);

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(ACCEPTANCE) else {
        let message = "missing; it must name a test for each acceptance row";
        return vec![Finding::file(ACCEPTANCE, message)];
    };
    let names = TestNames::of(tree);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (line, row) in markdown::prose(text) {
        let Some(cells) = markdown::cells(row) else { continue };
        let Some(rows) = cells.first().and_then(|cell| row_numbers(cell)) else { continue };
        let answer = cells[1..].join(" | ");
        let may_have_none = is_reasoned(&cells[1..], &rows);
        found.extend(check_text(ACCEPTANCE, line, &answer, &names, may_have_none));
        seen.extend(rows);
    }
    found.extend(missing_rows(&seen));
    found
}

type Row = (char, u32);

/// The rows that a cell such as `F12` or `F1–F3` speaks of.
fn row_numbers(cell: &str) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for part in cell.split([',', ' ']).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once(['–', '-']).unwrap_or((part, part));
        let (series, from) = row_number(first, None)?;
        let (_, to) = row_number(last, Some(series))?;
        rows.extend((from..=to).map(|number| (series, number)));
    }
    (!rows.is_empty()).then_some(rows)
}

/// `F12`; or `12` where the series is known.
fn row_number(text: &str, series: Option<char>) -> Option<Row> {
    let first = text.chars().next()?;
    if first.is_ascii_uppercase() {
        return Some((first, text[1..].parse().ok()?));
    }
    Some((series?, text.parse().ok()?))
}

/// Whether a row without a test says why, as it may.
fn is_reasoned(cells: &[&str], rows: &[Row]) -> bool {
    let (series, later) = MAY_BE_LATER;
    cells.iter().any(|cell| {
        let is_later = cell.to_lowercase().starts_with("later");
        let reason = cell.strip_prefix("n/a").map(|rest| rest.trim_start_matches([':', ' ']));
        reason.is_some_and(|reason| reason.len() > 3)
            || (is_later && rows.iter().all(|row| row.0 == series && later.contains(&row.1)))
    })
}

fn missing_rows(seen: &BTreeSet<Row>) -> Vec<Finding> {
    let all = ROWS.iter().flat_map(|(series, range)| range.clone().map(|row| (*series, row)));
    let missing = all.filter(|row| !seen.contains(row));
    let missing: Vec<String> =
        missing.map(|(series, number)| format!("{series}{number}")).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    vec![Finding::file(ACCEPTANCE, format!("has no row for {}", missing.join(", ")))]
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tree, check};

    const TESTS: (&str, &str) = ("crates/a/tests/it/ends.rs", "//! T.\n#[test]\nfn once() {}\n");

    /// An acceptance list that has every row, the given ones as they are.
    fn acceptance(rows: &str) -> Vec<Finding> {
        let rest =
            "| F2–F73 | `ends::once` |\n| C1-C82 | `ends::once` |\n| X1–30 | n/a: no clocks |\n";
        let text = format!("| row | test |\n| --- | --- |\n{rows}{rest}");
        check(&Tree::of(&[TESTS, ("docs/acceptance.md", &text)]))
    }

    #[test]
    fn a_missing_document_is_found() {
        assert_eq!(check(&Tree::of(&[TESTS])).len(), 1);
    }

    #[test]
    fn acceptance_rows_have_a_test_or_a_reason() {
        assert_eq!(acceptance("| F1 | `ends::once` |\n"), []);
        assert_eq!(acceptance("| F1 | n/a: no such thing here |\n"), []);
        assert_eq!(acceptance("| F1 | n/a |\n").len(), 1);
        assert_eq!(acceptance("| F1 | later |\n").len(), 1);
        assert_eq!(acceptance("| F1 | `ends::gone` |\n").len(), 1);
        assert_eq!(acceptance("| F1 | `ends::once` |\n| F20, F21 | later: delayed |\n"), []);
    }

    #[test]
    fn a_missing_acceptance_row_is_found() {
        let found = acceptance("");
        assert_eq!(found.len(), 1);
        assert!(found[0].message.ends_with("no row for F1"), "{}", found[0]);
    }
}
