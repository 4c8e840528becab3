//! Text of others, made fit for a terminal.
//!
//! Names of jobs, links and answers of servers may hold anything. On a terminal a control character moves the cursor,
//! changes the title or types for the reader, and an invisible one turns the text around. Here they become escapes.
//!
//! Shared by the programs `crawl` and `greenpool-top`.

/// The same text, with an escape such as `\u{1b}` in the place of each character that a terminal would obey or hide.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// Whether it says how others are shown, and is not seen itself: marks of direction, joiners, ends of lines, tags.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(printable("\u{1b}[2J\u{9b}31m\r\n"), r"\u{1b}[2J\u{9b}31m\r\n");
        assert_eq!(printable("a\u{202e}b\u{2066}c"), r"a\u{202e}b\u{2066}c");
        assert_eq!(printable("\u{feff}\u{200b}"), r"\u{feff}\u{200b}");
    }

    #[test]
    fn letters_of_all_languages_stay() {
        for text in ["job-7", "Grüße", "仕事", "работа", "naïve µs …"] {
            assert_eq!(printable(text), text);
        }
    }
}
