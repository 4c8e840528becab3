//! Nothing goes in that is not finished, and no test is passed over in silence.

use super::tree::Tree;
use super::{Finding, markdown, source};

/// What must not be in the code, and what to do instead.
const BANNED: &[(&str, &str)] = &[
    ("todo!", "finish it, or return an error"),
    ("unimplemented!", "finish it, or return an error"),
    ("dbg!", "take it out"),
    ("#[ignore]", "say why: #[ignore = \"reason\"]"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        for (index, line) in source::code(text).lines().enumerate() {
            for (banned, instead) in BANNED {
                if has_word(line, banned) {
                    let message = format!("{banned} in the code: {instead}");
                    found.push(Finding::new(path, index + 1, message));
                }
            }
        }
    }
    for (path, text) in tree.with_extension("md") {
        for (number, line) in markdown::prose(text) {
            if line.contains("@@") {
                found.push(Finding::new(
                    path,
                    number,
                    "a placeholder (@@) in the text: fill it in",
                ));
            }
        }
    }
    found
}

/// Whether `word` is in `line` and not merely the end of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let ends_word =
        |head: &str| head.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    line.match_indices(word).any(|(at, _)| !ends_word(&line[..at]))
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn unfinished_code_is_found_and_text_about_it_is_not() {
        let code = "//! M.\nfn f() { todo!() }\n#[ignore]\n#[ignore = \"slow\"]\n\
            // todo!() in a comment\nlet s = \"dbg!\"; my_dbg!();\n";
        let found = check(&Tree::of(&[("crates/a/src/lib.rs", code)]));
        let lines: Vec<usize> = found.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [2, 3]);
    }
}
