//! What a view consists of: tables with a title. How they come to the screen or into a text is not known here.

/// A table, or the remark that there is nothing to show.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// What stands in the place of rows if there are none.
    pub(crate) if_empty: &'static str,
}

/// A column of a section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) kind: Kind,
}

/// On which side a cell stands, and what of it is left out where it is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Stands on the left; the end is left out.
    Words,
    /// Stands on the left. The beginning is left out, as the end of a path says more.
    Place,
    /// Stands on the right.
    Number,
}

/// A row, and what more is known of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// As many as there are columns.
    pub(crate) cells: Vec<String>,
    pub(crate) tone: Tone,
    /// Lines that are shown of the row that is selected.
    pub(crate) more: Vec<String>,
}

/// How loud a row is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    /// Something is wrong.
    Bad,
    /// Seldom of interest.
    Faint,
}

impl Section {
    pub(crate) fn new(title: impl Into<String>, columns: &[(&'static str, Kind)]) -> Self {
        let column = |&(title, kind): &(&'static str, Kind)| Column { title, kind };
        let columns = columns.iter().map(column).collect();
        Section { title: title.into(), columns, rows: Vec::new(), if_empty: "none" }
    }

    pub(crate) fn if_empty(self, if_empty: &'static str) -> Self {
        Section { if_empty, ..self }
    }

    pub(crate) fn rows(self, rows: impl IntoIterator<Item = Row>) -> Self {
        Section { rows: rows.into_iter().collect(), ..self }
    }

    /// Without the rows in which `text` is not. Capitals are as small letters.
    pub(crate) fn search(&mut self, text: &str) {
        let text = text.to_lowercase();
        let has = |line: &String| line.to_lowercase().contains(&text);
        self.rows.retain(|row| row.cells.iter().chain(&row.more).any(has));
    }
}

impl Row {
    pub(crate) fn new(cells: impl IntoIterator<Item = String>) -> Self {
        Row { cells: cells.into_iter().collect(), ..Row::default() }
    }

    pub(crate) fn tone(self, tone: Tone) -> Self {
        Row { tone, ..self }
    }

    pub(crate) fn more(self, more: Vec<String>) -> Self {
        Row { more, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Row, Section};

    #[test]
    fn a_search_finds_what_is_in_a_cell_or_behind_it() {
        let rows = [
            Row::new(["Audit".to_owned()]),
            Row::new(["job-1".to_owned()]).more(vec!["locked by 'audit'".to_owned()]),
            Row::new(["job-2".to_owned()]),
        ];
        let mut section = Section::new("jobs", &[("name", Kind::Words)]).rows(rows);
        section.search("aUDIT");
        let names: Vec<_> = section.rows.iter().map(|row| row.cells[0].as_str()).collect();
        assert_eq!(names, ["Audit", "job-1"]);
    }
}
