//! Licence expressions, as manifests have them: `(MIT OR Apache-2.0) AND Unicode-3.0`.
//!
//! `AND` binds more tightly than `OR`. `NAME WITH EXCEPTION` is a licence of its own. Old manifests
//! write `/` for `OR`.

/// Whether a user who accepts the licences in `allowed` may use what is under `expression`. Nothing if
/// it cannot be read.
pub(super) fn is_allowed(expression: &str, allowed: &[String]) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let answer = reader.any()?;
    reader.words.is_empty().then_some(answer)
}

/// Reads from the front.
struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Reader<'_> {
    /// `A OR B ..`
    fn any(&mut self) -> Option<bool> {
        let mut answer = self.all()?;
        while self.takes("OR") {
            // Both sides must be readable, so neither is left out.
            answer |= self.all()?;
        }
        Some(answer)
    }

    /// `A AND B ..`
    fn all(&mut self) -> Option<bool> {
        let mut answer = self.one()?;
        while self.takes("AND") {
            answer &= self.one()?;
        }
        Some(answer)
    }

    /// A licence, or an expression in parentheses.
    fn one(&mut self) -> Option<bool> {
        let word = self.next()?;
        if word == "(" {
            let answer = self.any()?;
            return self.takes(")").then_some(answer);
        }
        if matches!(word, ")" | "OR" | "AND" | "WITH") {
            return None;
        }
        let mut name = word.to_owned();
        if self.takes("WITH") {
            name += " WITH ";
            name += self.next()?;
        }
        Some(self.allowed.contains(&name))
    }

    fn next(&mut self) -> Option<&str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_there = self.words.first() == Some(&word);
        if is_there {
            self.words = &self.words[1..];
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    fn check(expression: &str) -> Option<bool> {
        is_allowed(expression, &["MIT".to_owned(), "ISC".to_owned(), "A WITH E".to_owned()])
    }

    #[test]
    fn one_of_several_is_enough_and_all_are_needed_where_all_are_asked_for() {
        for expression in ["MIT", "GPL OR MIT", "GPL/MIT", "(GPL OR MIT) AND ISC", "A WITH E"] {
            assert_eq!(check(expression), Some(true), "{expression}");
        }
        for expression in ["GPL", "GPL AND MIT", "(MIT OR ISC) AND GPL", "A", "MIT WITH E"] {
            assert_eq!(check(expression), Some(false), "{expression}");
        }
    }

    #[test]
    fn and_binds_more_tightly_than_or() {
        assert_eq!(check("MIT OR ISC AND GPL"), Some(true));
        assert_eq!(check("GPL AND ISC OR MIT"), Some(true));
        assert_eq!(check("GPL OR ISC AND GPL"), Some(false));
    }

    #[test]
    fn what_is_no_expression_is_no_answer() {
        for expression in ["", "MIT OR", "(MIT", "MIT ISC", "OR MIT", "MIT)", "A WITH"] {
            assert_eq!(check(expression), None, "{expression}");
        }
    }
}
