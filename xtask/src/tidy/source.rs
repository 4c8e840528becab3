//! Rust source without what is not code.

/// `text` with comments and the contents of literals blanked out. Lines stay where they are.
pub(super) fn code(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = token_end(&letters, at);
        match end {
            Some(end) => {
                code.extend(letters[at..end].iter().map(|letter| blank(*letter)));
                at = end;
            }
            None => {
                code.push(letters[at]);
                at += 1;
            }
        }
    }
    code
}

/// How many lines lie between each `fn` and the end of its body: name, line of the `fn`, length.
pub(super) fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let code = code(text);
    let lines: Vec<&str> = code.lines().collect();
    let mut functions = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(name) = function_name(line)
            && let Some(length) = body_length(&lines[index..])
        {
            functions.push((name.to_owned(), index + 1, length));
        }
    }
    functions
}

/// The name of the function that a line of code declares.
pub(super) fn function_name(line: &str) -> Option<&str> {
    let start = match line.find("fn ") {
        Some(0) => 3,
        Some(at) if line[..at].ends_with([' ', '(']) => at + 3,
        _ => return None,
    };
    let name = line[start..].split(|letter: char| !is_word(letter)).next()?;
    (!name.is_empty()).then_some(name)
}

fn body_length(lines: &[&str]) -> Option<usize> {
    let mut depth = 0;
    for (index, line) in lines.iter().enumerate() {
        for letter in line.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 1 => return Some(index + 1),
                '}' => depth -= 1,
                // A declaration without a body.
                ';' if depth == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

/// If a comment or a literal begins at `at`: where it ends.
fn token_end(letters: &[char], at: usize) -> Option<usize> {
    match letters[at] {
        '/' if letters.get(at + 1) == Some(&'/') => Some(line_end(letters, at)),
        '/' if letters.get(at + 1) == Some(&'*') => Some(block_comment_end(letters, at)),
        '"' => Some(string_end(letters, at)),
        'r' if at == 0 || !is_word(letters[at - 1]) || letters[at - 1] == 'b' => {
            raw_string_end(letters, at)
        }
        '\'' => character_end(letters, at),
        _ => None,
    }
}

fn line_end(letters: &[char], at: usize) -> usize {
    let length = letters[at..].iter().position(|letter| *letter == '\n');
    length.map_or(letters.len(), |length| at + length)
}

fn block_comment_end(letters: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut at = at;
    while at < letters.len() {
        match (letters[at], letters.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn string_end(letters: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    letters.len()
}

fn raw_string_end(letters: &[char], at: usize) -> Option<usize> {
    let hashes = letters[at + 1..].iter().take_while(|letter| **letter == '#').count();
    let mut at = at + 1 + hashes;
    if letters.get(at) != Some(&'"') {
        return None;
    }
    loop {
        at += 1;
        if at >= letters.len() {
            return Some(at);
        }
        let closing = letters[at + 1..].iter().take_while(|letter| **letter == '#').count();
        if letters[at] == '"' && closing >= hashes {
            return Some(at + 1 + hashes);
        }
    }
}

/// A character in quotes, and not a lifetime.
fn character_end(letters: &[char], at: usize) -> Option<usize> {
    if letters.get(at + 1) == Some(&'\\') {
        // The escaped letter may itself be a quote.
        let rest = letters.get(at + 3..)?;
        return rest.iter().position(|letter| *letter == '\'').map(|length| at + 4 + length);
    }
    (letters.get(at + 2) == Some(&'\'')).then_some(at + 3)
}

fn blank(letter: char) -> char {
    if letter == '\n' { '\n' } else { ' ' }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::{code, function_name, functions};

    fn words(text: &str) -> Vec<String> {
        code(text).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        assert_eq!(words("a /* b /* c */ d */ e // f\ng"), ["a", "e", "g"]);
        assert_eq!(words(r#"a "b \" c" d"#), ["a", "d"]);
        assert_eq!(words("a r#\"b \" c\"# d b\"e\" f"), ["a", "d", "b", "f"]);
        assert_eq!(words(r"a '\'' b '{' c '\u{7f}' d"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn lifetimes_and_names_with_an_r_stay() {
        assert_eq!(
            words("fn f<'a>(x: &'a str) -> r"),
            ["fn", "f<'a>(x:", "&'a", "str)", "->", "r"]
        );
        assert_eq!(code("for \"x\""), "for    ");
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "a\n/* b\nc */\n\"d\ne\"\nf";
        assert_eq!(code(text).lines().count(), text.lines().count());
    }

    #[test]
    fn functions_are_measured_from_the_fn_to_the_brace() {
        let text =
            "trait T {\n    fn bare(&self);\n}\npub(crate) fn long() {\n    if a { \"}\" }\n}\n";
        assert_eq!(functions(text), [("long".to_owned(), 4, 3)]);
        assert_eq!(function_name("let my_fn = 1;"), None);
    }
}
