//! What the user gets to read at the end.

use std::io::{self, Write};

use url::Url;

use crate::arguments::Arguments;
use crate::crawler::Found;
use crate::error::Error;
use crate::table;
use crate::verdict::{self, Verdict};

/// Prints the broken links and the counts; whether all is well.
pub(crate) fn print(found: &Found, arguments: &Arguments, start: &Url) -> Result<bool, Error> {
    let verdict = verdict::judge(&found.graph, arguments.max_redirects);
    let mut text = String::new();
    if !verdict.broken.is_empty() {
        text.push_str(&table::of(&verdict.broken, &found.graph, &start.origin()));
        text.push('\n');
    }
    text.push_str(&counts(&verdict, found));
    io::stdout().write_all(text.as_bytes()).map_err(Error::Output)?;
    Ok(verdict.broken.is_empty() && !found.is_interrupted)
}

fn counts(verdict: &Verdict, found: &Found) -> String {
    let broken = verdict.broken.len();
    let links = broken + verdict.good + verdict.external + verdict.unknown;
    let mut text = format!(
        "{} addresses fetched, {links} links: {} good, {broken} broken",
        found.fetched, verdict.good
    );
    if verdict.external > 0 {
        text.push_str(&format!(", {} to other sites not checked", verdict.external));
    }
    if verdict.unknown > 0 {
        text.push_str(&format!(", {} not come to", verdict.unknown));
    }
    text.push('\n');
    if found.is_interrupted {
        text.push_str("interrupted: this is what was found until then\n");
    }
    text
}
