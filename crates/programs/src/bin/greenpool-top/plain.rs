//! Everything once, as plain text: for a script, or a report of an error.

use std::fmt::Write;

use inspect::page::Page;

use crate::headline;
use crate::layout::{headings, row, widths};
use crate::section::Section;
use crate::views::View;

/// No line is cut for want of room: a pipe has no width.
const WIDTH: usize = usize::MAX / 2;

/// All views, one after the other.
pub(crate) fn text(page: &Page, address: &str) -> String {
    let program = headline::program(page, address);
    let (health, _) = headline::health(page);
    let mut text = format!("{program}\n{}\n{health}\n", headline::jobs(page));
    for view in View::ALL {
        for section in view.sections(page, view.orders().first().copied()) {
            write(&mut text, &section);
        }
    }
    text
}

fn write(text: &mut String, section: &Section) {
    let widths = widths(section, WIDTH);
    let mut line = |line: &str| writeln!(text, "{line}").expect("a string takes what is written");
    line("");
    line(&section.title);
    if section.rows.is_empty() {
        line(&format!("  {}", section.if_empty));
        return;
    }
    line(&format!("  {}", headings(section, &widths)));
    for number in 0..section.rows.len() {
        line(&format!("  {}", row(section, number, &widths)));
    }
}
