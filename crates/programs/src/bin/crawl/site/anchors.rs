//! The anchors that GitHub gives to headings.

use std::collections::HashSet;

/// Gives out anchors, each once a page.
#[derive(Default)]
pub(super) struct Anchors {
    taken: HashSet<String>,
}

impl Anchors {
    /// The anchor of a heading: its letters, digits, hyphens and underscores in lower case, with
    /// hyphens for blanks; and a number behind it, if that was there before.
    pub(super) fn of(&mut self, heading: &str) -> String {
        let plain: String = heading
            .trim()
            .chars()
            .flat_map(char::to_lowercase)
            .filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'))
            .map(|character| if character == ' ' { '-' } else { character })
            .collect();
        let numbered = (1..).map(|number| format!("{plain}-{number}"));
        let anchor = std::iter::once(plain.clone())
            .chain(numbered)
            .find(|anchor| !self.taken.contains(anchor))
            .expect("numbers do not come to an end");
        self.taken.insert(anchor.clone());
        anchor
    }
}
