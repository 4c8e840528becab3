//! What the checks read in Markdown.

/// A fenced block.
pub(super) struct Block<'a> {
    /// What stands behind the opening fence.
    pub(super) language: &'a str,
    /// Its lines, with their numbers in the file, from 1.
    pub(super) lines: Vec<(usize, &'a str)>,
}

/// All fenced blocks.
pub(super) fn fenced_blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                open = Some(Block { language: language.trim(), lines: Vec::new() });
            }
            (None, Some(block)) => block.lines.push((index + 1, line)),
            (None, None) => {}
        }
    }
    blocks
}

/// All lines outside of fenced blocks, with their numbers.
pub(super) fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut prose = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            prose.push((index + 1, line));
        }
    }
    prose
}

/// The cells of a table's row; nothing if the line is none, or the rule below the headings.
pub(super) fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    let is_rule = |cell: &&str| cell.chars().all(|letter| matches!(letter, '-' | ':' | ' '));
    (!cells.iter().all(is_rule)).then_some(cells)
}

/// Whether the line is the rule below the headings of a table.
pub(super) fn is_rule(line: &str) -> bool {
    line.trim_start().starts_with('|') && line.contains("--") && cells(line).is_none()
}

/// What stands in backticks.
pub(super) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::{cells, fenced_blocks, is_rule, prose, quoted};

    const TEXT: &str = "a\n```sh\nb\n```\nc\n";

    #[test]
    fn blocks_and_prose_are_told_apart() {
        let blocks = fenced_blocks(TEXT);
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].language, "sh");
        assert_eq!(blocks[0].lines, [(3, "b")]);
        assert_eq!(prose(TEXT), [(1, "a"), (5, "c")]);
    }

    #[test]
    fn a_row_has_cells_and_the_rule_has_none() {
        assert_eq!(cells("| a | b c |"), Some(vec!["a", "b c"]));
        assert_eq!(cells("| --- | :-: |"), None);
        assert!(is_rule("| --- | :-: |"));
        assert_eq!(cells("no row"), None);
    }

    #[test]
    fn words_in_backticks_are_found() {
        assert_eq!(quoted("a `b` c `d::e`").collect::<Vec<_>>(), ["b", "d::e"]);
    }
}
