//! Puts the cells of a section into lines of some width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::section::{Column, Kind, Section};

/// Between two columns.
const GAP: &str = "  ";

/// A column is made no narrower than this while another one is wider.
const NARROW: usize = 6;

/// No cell takes more than this, whatever the name of a job is.
const WIDEST: usize = 120;

/// How wide each column is, so that a line fits into `width`, if that can be.
pub(crate) fn widths(section: &Section, width: usize) -> Vec<usize> {
    let cells = |column: usize| section.rows.iter().map(move |row| row.cells[column].width());
    let titles = section.columns.iter().map(|column| column.title.width());
    let mut widths: Vec<usize> = titles
        .enumerate()
        .map(|(column, title)| cells(column).max().unwrap_or_default().max(title).min(WIDEST))
        .collect();
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    let mut too_much = (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
    // The widest gives way first. Those on the right are cut off by the screen if that does not do.
    while too_much > 0 {
        let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROW) else {
            break;
        };
        *widest -= 1;
        too_much -= 1;
    }
    widths
}

/// The titles of the columns as a line.
pub(crate) fn headings(section: &Section, widths: &[usize]) -> String {
    let titles = section.columns.iter().map(|column| column.title);
    line(titles, &section.columns, widths)
}

/// A row as a line.
pub(crate) fn row(section: &Section, row: usize, widths: &[usize]) -> String {
    let cells = section.rows[row].cells.iter().map(String::as_str);
    line(cells, &section.columns, widths)
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, columns: &[Column], widths: &[usize]) -> String {
    let mut line = String::new();
    for (number, (cell, (column, width))) in cells.zip(columns.iter().zip(widths)).enumerate() {
        if number > 0 {
            line += GAP;
        }
        let cell = fit(cell, *width, column.kind);
        let blank = " ".repeat(width - cell.width().min(*width));
        match column.kind {
            Kind::Number => line.extend([blank.as_str(), &cell]),
            Kind::Words | Kind::Place => line.extend([cell.as_str(), &blank]),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The cell, or as much of it as there is room for, and a mark that this is not all.
pub(crate) fn fit(cell: &str, width: usize, kind: Kind) -> String {
    if cell.width() <= width {
        return cell.to_owned();
    }
    let room = width.saturating_sub(1);
    match kind {
        Kind::Place => {
            let reversed = first(cell.chars().rev(), room);
            format!("…{}", reversed.chars().rev().collect::<String>())
        }
        Kind::Words | Kind::Number => format!("{}…", first(cell.chars(), room)),
    }
}

fn first(characters: impl Iterator<Item = char>, room: usize) -> String {
    let mut taken = 0;
    let fits = |character: &char| {
        taken += character.width().unwrap_or_default();
        taken <= room
    };
    characters.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::{fit, headings, row, widths};
    use crate::section::{Kind, Row, Section};

    fn section() -> Section {
        let columns = [("waited", Kind::Number), ("job", Kind::Words), ("at", Kind::Place)];
        let cells = ["12 ms", "buy", "crates/shop/src/main.rs:12"].map(str::to_owned);
        Section::new("jobs", &columns).rows([Row::new(cells)])
    }

    #[test]
    fn columns_are_as_wide_as_their_cells_where_there_is_room() {
        let section = section();
        let widths = widths(&section, 80);
        assert_eq!(headings(&section, &widths), "waited  job  at");
        assert_eq!(row(&section, 0, &widths), " 12 ms  buy  crates/shop/src/main.rs:12");
    }

    #[test]
    fn the_widest_column_gives_way_and_of_a_place_the_end_stays() {
        let section = section();
        let widths = widths(&section, 30);
        let row = row(&section, 0, &widths);
        assert_eq!(row, " 12 ms  buy  …p/src/main.rs:12");
        assert_eq!(row.chars().count(), 30);
    }

    #[test]
    fn a_screen_without_room_gets_narrow_columns() {
        assert_eq!(widths(&section(), 0), [6, 3, 6]);
    }

    #[test]
    fn wide_letters_take_two_places() {
        assert_eq!(fit("仕事仕事", 8, Kind::Words), "仕事仕事");
        assert_eq!(fit("仕事仕事", 6, Kind::Words), "仕事…");
        assert_eq!(fit("仕事仕事", 6, Kind::Place), "…仕事");
        assert_eq!(fit("ab", 0, Kind::Words), "…");
    }
}
