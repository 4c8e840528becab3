//! Patterns for keys: `*`, `?`, `[a-z]`, `[^x]` and `\` before what is meant as it is.

/// Whether all of `text` is as `pattern` says.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern_at, mut text_at) = (0, 0);
    // The last star, and the text up to which it stands for: when the rest does not match, it takes in one
    // byte more. An earlier star never has to.
    let mut star: Option<(usize, usize)> = None;
    while text_at < text.len() {
        if pattern.get(pattern_at) == Some(&b'*') {
            pattern_at += 1;
            star = Some((pattern_at, text_at));
        } else if let Some(length) = one(&pattern[pattern_at..], text[text_at]) {
            pattern_at += length;
            text_at += 1;
        } else if let Some((after_star, upto)) = star {
            (pattern_at, text_at) = (after_star, upto + 1);
            star = Some((after_star, upto + 1));
        } else {
            return false;
        }
    }
    pattern[pattern_at..].iter().all(|byte| *byte == b'*')
}

/// How long the part of the pattern is that matches this byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', ref class @ ..] => {
            let (holds, length) = in_class(class, byte);
            holds.then_some(length + 1)
        }
        [b'\\', escaped, ..] => (escaped == byte).then_some(2),
        [plain, ..] => (plain == byte).then_some(1),
    }
}

/// Whether the byte is in the class, and how long the class is, its bracket included. One that is not
/// closed goes to the pattern's end.
fn in_class(class: &[u8], byte: u8) -> (bool, usize) {
    let negated = class.first() == Some(&b'^');
    let mut at = usize::from(negated);
    let mut holds = false;
    while at < class.len() && class[at] != b']' {
        match class[at..] {
            [b'\\', escaped, ..] => {
                holds |= escaped == byte;
                at += 2;
            }
            [first, b'-', last, ..] if last != b']' => {
                holds |= (first.min(last)..=first.max(last)).contains(&byte);
                at += 3;
            }
            _ => {
                holds |= class[at] == byte;
                at += 1;
            }
        }
    }
    (holds != negated, (at + 1).min(class.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_all_of_the_text() {
        let matching = [
            ("", ""),
            ("*", ""),
            ("*", "anything"),
            ("a*b*c", "a--b-c-b--c"),
            ("h?llo", "hello"),
            ("h[ae]llo", "hallo"),
            ("h[^e]llo", "hallo"),
            ("h[a-c]llo", "hbllo"),
            (r"\*", "*"),
            (r"[\]]", "]"),
            ("key:*", "key:1"),
        ];

        for (pattern, text) in matching {
            assert!(matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        let others = [
            ("", "a"),
            ("a", ""),
            ("a*b", "a--c"),
            ("h?llo", "hllo"),
            ("h[^e]llo", "hello"),
            ("h[a-c]llo", "hdllo"),
            (r"\*", "a"),
            ("key", "key:1"),
            ("[", "a"),
        ];
        for (pattern, text) in others {
            assert!(!matches(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let pattern = "a*".repeat(500) + "b";
        assert!(!matches(pattern.as_bytes(), "a".repeat(5000).as_bytes()));
    }
}
