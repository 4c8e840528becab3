//! Which row is selected, and which line is the first that is seen.

/// A place in a list that is longer than the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scroll {
    /// The number of the selected row.
    pub(crate) selected: usize,
    /// The first line that is seen.
    pub(crate) first: usize,
    /// How many lines are seen: the length of a page.
    height: usize,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Scroll {
    /// Selects another of `rows` rows.
    pub(crate) fn go(&mut self, step: Step, rows: usize) {
        let page = self.height.saturating_sub(1).max(1);
        let to = match step {
            Step::Up => self.selected.saturating_sub(1),
            Step::Down => self.selected + 1,
            Step::PageUp => self.selected.saturating_sub(page),
            Step::PageDown => self.selected + page,
            Step::First => 0,
            Step::Last => rows,
        };
        self.selected = to.min(rows.saturating_sub(1));
    }

    /// Lets the lines move by as little as is needed to see `line` on a screen of `height` lines; there are `lines`. What
    /// stands above the first row is seen with it.
    pub(crate) fn fit(&mut self, line: usize, lines: usize, height: usize) {
        self.height = height;
        let least = (line + 1).saturating_sub(height);
        let most = if self.selected == 0 { 0 } else { line };
        self.first = self.first.max(least).min(most.max(least)).min(lines.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::{Scroll, Step};

    #[test]
    fn the_selection_stays_among_the_rows() {
        let mut scroll = Scroll::default();
        scroll.go(Step::Up, 3);
        assert_eq!(scroll.selected, 0);
        scroll.go(Step::Last, 3);
        scroll.go(Step::Down, 3);
        assert_eq!(scroll.selected, 2);
        scroll.go(Step::First, 3);
        scroll.go(Step::PageDown, 0);
        assert_eq!(scroll.selected, 0);
    }

    #[test]
    fn lines_move_only_if_the_selection_would_not_be_seen() {
        let mut scroll = Scroll { selected: 9, ..Scroll::default() };
        scroll.fit(9, 100, 10);
        assert_eq!(scroll.first, 0);
        scroll.selected = 10;
        scroll.fit(10, 100, 10);
        assert_eq!(scroll.first, 1);
        scroll.selected = 5;
        scroll.fit(5, 100, 10);
        assert_eq!(scroll.first, 1);
        scroll.selected = 1;
        scroll.fit(1, 100, 10);
        assert_eq!(scroll.first, 1);
        scroll.selected = 0;
        scroll.fit(2, 100, 10);
        assert_eq!(scroll.first, 0, "the heading is seen again");
    }

    #[test]
    fn a_list_that_has_become_short_is_seen_from_its_start() {
        let mut scroll = Scroll { selected: 80, first: 75, ..Scroll::default() };
        scroll.fit(4, 5, 10);
        assert_eq!(scroll.first, 0);
        scroll.fit(0, 0, 0);
        assert_eq!(scroll.first, 0);
    }

    #[test]
    fn a_page_is_as_long_as_the_screen_but_for_a_line() {
        let mut scroll = Scroll::default();
        scroll.fit(0, 100, 10);
        scroll.go(Step::PageDown, 100);
        assert_eq!(scroll.selected, 9);
    }
}
