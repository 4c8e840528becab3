//! The table of broken links.

use std::fmt::Write;

use programs::printable::printable;
use url::{Origin, Position, Url};

use crate::graph::Graph;
use crate::verdict::Broken;

/// A row a link, with the columns as wide as their widest cell. Pages of the site itself are named by
/// their path.
pub(crate) fn of(broken: &[Broken], graph: &Graph, origin: &Origin) -> String {
    let heading = ["page", "link", "reason"].map(str::to_owned);
    let rows = broken.iter().map(|broken| {
        let page = broken.page.map(|page| name(&graph.address(page).url, origin));
        let page = page.unwrap_or_else(|| "(start)".to_owned());
        [page, printable(&broken.link), printable(&broken.reason)]
    });
    let rows: Vec<[String; 3]> = std::iter::once(heading).chain(rows).collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (page_width, link_width) = (width(0), width(1));
    let mut table = String::new();
    for [page, link, reason] in &rows {
        let written = writeln!(table, "{page:page_width$}  {link:link_width$}  {reason}");
        written.expect("a string takes what is written to it");
    }
    table
}

fn name(url: &Url, origin: &Origin) -> String {
    let is_ours = url.origin() == *origin;
    if is_ours { url[Position::BeforePath..].to_owned() } else { url.to_string() }
}
