//! Reads what the program says of itself.
//!
//! The program may be anybody's, and the names of its jobs anything. So all texts of the document are made
//! [printable] before any of them is looked at: nothing behind this point has to think of it again.

use inspect::page::Page;
use programs::printable::printable;
use serde_json::Value;

/// The document that this program knows.
const VERSION: u32 = 1;

/// Why an answer is no document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is something else.
    NotAPage(String),
    /// It is of another version.
    Version(u32),
}

/// The document, without a character that a terminal would obey.
pub(crate) fn read(body: &[u8]) -> Result<Page, Unreadable> {
    let not_a_page = |error: serde_json::Error| Unreadable::NotAPage(error.to_string());
    let mut value: Value = serde_json::from_slice(body).map_err(not_a_page)?;
    make_printable(&mut value);
    let page: Page = serde_json::from_value(value).map_err(not_a_page)?;
    match page.version {
        VERSION => Ok(page),
        // So it is with any other JSON object.
        0 => Err(Unreadable::NotAPage("it has no version".to_owned())),
        other => Err(Unreadable::Version(other)),
    }
}

/// The keys of objects are left alone: they are names of fields, and the others are skipped.
fn make_printable(value: &mut Value) {
    match value {
        Value::String(text) => *text = printable(text),
        Value::Array(values) => values.iter_mut().for_each(make_printable),
        Value::Object(fields) => fields.values_mut().for_each(make_printable),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, read};

    #[test]
    fn no_text_of_a_document_has_a_control_character() {
        let page = read(
            br#"{ "version": 1, "program": "\u001b]0;owned\u0007", "executors": [ {
                "name": "a\nb", "longest": [ { "name": "\u001b[2J", "detail": "\u009b5m" } ],
                "backlog": { "first": [ "\u202e" ] } } ] }"#,
        );
        let page = page.unwrap();
        assert_eq!(page.program, r"\u{1b}]0;owned\u{7}");
        let executor = &page.executors[0];
        assert_eq!(executor.name, r"a\nb");
        assert_eq!(executor.longest[0].name, r"\u{1b}[2J");
        assert_eq!(executor.longest[0].detail.as_deref(), Some(r"\u{9b}5m"));
        assert_eq!(executor.backlog.first, [r"\u{202e}"]);
    }

    #[test]
    fn what_is_no_page_is_told_apart_from_a_page_of_another_version() {
        assert!(matches!(read(b"<html>"), Err(Unreadable::NotAPage(_))));
        assert!(matches!(read(b"{}"), Err(Unreadable::NotAPage(_))));
        assert!(matches!(read(br#"{"version":1,"pid":"x"}"#), Err(Unreadable::NotAPage(_))));
        assert_eq!(read(br#"{"version":2}"#), Err(Unreadable::Version(2)));
    }
}
