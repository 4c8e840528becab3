//! Long files and long functions: reported, since each may have its reason, and never an error.

use super::source;
use super::tree::Tree;
use crate::table::Table;

const LONG_FILE: usize = 400;
const LONG_FUNCTION: usize = 70;

/// A table of those that are long, and the totals.
pub(super) fn report(tree: &Tree) -> String {
    let mut table = Table::new(&["lines", "long files and functions (no error)"]);
    let mut long = 0;
    let (mut files, mut lines) = (0, 0);
    for (path, text) in tree.with_extension("rs") {
        let length = text.lines().count();
        files += 1;
        lines += length;
        if length > LONG_FILE {
            table.row([length.to_string(), path.to_owned()]);
            long += 1;
        }
        for (name, line, length) in source::functions(text) {
            if length > LONG_FUNCTION {
                table.row([length.to_string(), format!("{path}:{line} {name}")]);
                long += 1;
            }
        }
    }
    let totals = format!("{files} Rust files, {lines} lines");
    if long == 0 {
        return format!(
            "{totals}; none longer than {LONG_FILE}, no function longer than {LONG_FUNCTION}"
        );
    }
    format!("\n{table}\n{totals}")
}

#[cfg(test)]
mod tests {
    use super::{Tree, report};

    #[test]
    fn long_files_and_functions_are_reported() {
        let long = format!("//! M.\nfn long() {{\n{}}}\n", "    f();\n".repeat(70));
        let tree =
            Tree::of(&[("a.rs", &long), ("b.rs", &"// b\n".repeat(401)), ("c.rs", "//! C.\n")]);
        let report = report(&tree);
        assert!(report.contains("72     a.rs:2 long"), "{report}");
        assert!(report.contains("401    b.rs"), "{report}");
        assert!(!report.contains("c.rs"), "{report}");
    }
}
