//! Requests as they come over the wire: an array of byte strings, or a line of words.

use std::ops::Range;

/// The longest argument, in bytes.
const MAX_ARGUMENT_BYTES: usize = 64 * 1024 * 1024;
const MAX_ARGUMENTS: usize = 64 * 1024;
/// The longest request. It is kept whole until it is complete, so this is what a client can make the
/// server hold for it. That is one argument of the greatest length, and room for others beside it.
const MAX_REQUEST_BYTES: usize = MAX_ARGUMENT_BYTES + 1024 * 1024;
/// The longest line of words, and the longest line that holds a number.
const MAX_WORDS_BYTES: usize = 64 * 1024;
const MAX_NUMBER_BYTES: usize = 32;

/// Finds the arguments of a request, and where it ends.
///
/// It may be called again when more has come in, and goes on where it was.
#[derive(Debug, Default)]
pub(crate) struct RequestParser {
    /// Where the arguments are that were found, seen from the front of the input.
    found: Vec<Range<usize>>,
    /// What comes next, if the request has begun.
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    at: usize,
    arguments_left: usize,
}

/// What the input begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A request of so many bytes. It may have no argument: that is an empty line, for instance.
    Complete(usize),
    /// A part of a request. So far, nothing is wrong with it.
    Partial,
    /// Something else, for this reason.
    Bad(&'static str),
}

/// The arguments of one request; the first is the command's name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestArguments<'a> {
    input: &'a [u8],
    ranges: &'a [Range<usize>],
}

impl RequestParser {
    /// Looks at the request that `input` begins with. It must be the same input, perhaps longer, until
    /// this request is complete.
    pub(crate) fn parse(&mut self, input: &[u8]) -> Parsed {
        match self.advance(input) {
            Ok(Some(length)) => Parsed::Complete(length),
            Ok(None) => Parsed::Partial,
            Err(reason) => Parsed::Bad(reason),
        }
    }

    /// What the last call has found, in the same input.
    pub(crate) fn arguments<'a>(&'a self, input: &'a [u8]) -> RequestArguments<'a> {
        RequestArguments { input, ranges: &self.found }
    }

    fn advance(&mut self, input: &[u8]) -> Result<Option<usize>, &'static str> {
        if self.begun.is_none() {
            self.found.clear();
            match input.first() {
                None => return Ok(None),
                Some(b'*') => {}
                Some(_) => return self.words(input),
            }
            let Some((count, at)) = number(input, 0)? else { return Ok(None) };
            // Clients may send an array of no elements, or of less than none, and get no answer.
            let arguments_left = usize::try_from(count).unwrap_or(0);
            if arguments_left > MAX_ARGUMENTS {
                return Err("too many arguments");
            }
            self.begun = Some(Begun { at, arguments_left });
        }
        self.strings(input)
    }

    fn strings(&mut self, input: &[u8]) -> Result<Option<usize>, &'static str> {
        let Some(begun) = &mut self.begun else { return Ok(None) };
        while begun.arguments_left > 0 {
            match input.get(begun.at) {
                None => return Ok(None),
                Some(b'$') => {}
                Some(_) => return Err("expected '$' before an argument"),
            }
            let Some((length, start)) = number(input, begun.at)? else { return Ok(None) };
            let length = usize::try_from(length).map_err(|_| "invalid length of an argument")?;
            if length > MAX_ARGUMENT_BYTES {
                return Err("an argument is too long");
            }
            let end = start + length;
            // By what it says, not by what has come: nothing of it is kept then.
            if end > MAX_REQUEST_BYTES {
                return Err("the request is too long");
            }
            let Some(after) = input.get(end..end + 2) else { return Ok(None) };
            if after != b"\r\n" {
                return Err("an argument is longer than it says");
            }
            self.found.push(start..end);
            begun.at = end + 2;
            begun.arguments_left -= 1;
        }
        let length = begun.at;
        self.begun = None;
        Ok(Some(length))
    }

    /// A line as a person types it: words between blanks, without quotes.
    fn words(&mut self, input: &[u8]) -> Result<Option<usize>, &'static str> {
        let searched = &input[..input.len().min(MAX_WORDS_BYTES)];
        let Some(end) = searched.iter().position(|byte| *byte == b'\n') else {
            let is_too_long = searched.len() == MAX_WORDS_BYTES;
            return if is_too_long { Err("the line is too long") } else { Ok(None) };
        };
        let mut start = 0;
        for word in input[..end].split(u8::is_ascii_whitespace) {
            if !word.is_empty() {
                self.found.push(start..start + word.len());
            }
            start += word.len() + 1;
        }
        Ok(Some(end + 1))
    }
}

/// The number in the line at `at`, behind the byte that says what it counts, and where the next line
/// begins; nothing if the line has not come in whole.
fn number(input: &[u8], at: usize) -> Result<Option<(i64, usize)>, &'static str> {
    let line = &input[at + 1..];
    let line = &line[..line.len().min(MAX_NUMBER_BYTES)];
    let Some(end) = line.iter().position(|byte| *byte == b'\r') else {
        let is_too_long = line.len() == MAX_NUMBER_BYTES;
        return if is_too_long { Err("a length is too long") } else { Ok(None) };
    };
    match line.get(end + 1) {
        None if line.len() == MAX_NUMBER_BYTES => return Err("a length is too long"),
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) => return Err("a line ends strangely"),
    }
    let number = integer(&line[..end]).ok_or("invalid length")?;
    Ok(Some((number, at + 1 + end + 2)))
}

/// An integer as the protocol writes it: digits, perhaps behind a minus.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

impl<'a> RequestArguments<'a> {
    /// How many there are, with the command's name.
    pub(crate) fn len(&self) -> usize {
        self.ranges.len()
    }

    /// The argument at `index`, if there is one.
    pub(crate) fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.ranges.get(index).map(|range| &self.input[range.clone()])
    }

    /// Those from `first` on.
    pub(crate) fn starting_at(
        &self,
        first: usize,
    ) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        let input = self.input;
        self.ranges[first.min(self.ranges.len())..].iter().map(move |range| &input[range.clone()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(input: &[u8]) -> (Parsed, Vec<Vec<u8>>) {
        let mut parser = RequestParser::default();
        let parsed = parser.parse(input);
        let arguments = parser.arguments(input).starting_at(0).map(<[u8]>::to_vec).collect();
        (parsed, arguments)
    }

    #[test]
    fn arrays_hold_any_bytes() {
        let input = b"*3\r\n$3\r\nSET\r\n$4\r\n\r\n\0\xff\r\n$0\r\n\r\n*1\r\n";
        let (complete, arguments) = parsed(input);
        assert_eq!(complete, Parsed::Complete(input.len() - 4));
        assert_eq!(arguments, [b"SET".to_vec(), b"\r\n\0\xff".to_vec(), Vec::new()]);
    }

    #[test]
    fn a_request_may_come_in_any_pieces() {
        let input = b"*2\r\n$4\r\nECHO\r\n$12\r\nhello\r\nthere\r\n";
        for step in 1..input.len() {
            let mut parser = RequestParser::default();
            for length in (0..input.len()).step_by(step) {
                assert_eq!(parser.parse(&input[..length]), Parsed::Partial, "{length} bytes");
            }
            assert_eq!(parser.parse(input), Parsed::Complete(input.len()));
            assert_eq!(parser.arguments(input).get(1), Some(b"hello\r\nthere".as_slice()));
        }
    }

    #[test]
    fn a_line_is_words() {
        let (complete, arguments) = parsed(b"  SET  key value \r\nrest");
        assert_eq!(complete, Parsed::Complete(19));
        assert_eq!(arguments, [b"SET".to_vec(), b"key".to_vec(), b"value".to_vec()]);
        assert_eq!(parsed(b"\r\n"), (Parsed::Complete(2), vec![]));
        assert_eq!(parsed(b"PING").0, Parsed::Partial);
    }

    #[test]
    fn arrays_of_nothing_are_complete() {
        for input in [b"*0\r\n".as_slice(), b"*-1\r\n"] {
            assert_eq!(parsed(input), (Parsed::Complete(input.len()), vec![]));
        }
    }

    #[test]
    fn many_large_arguments_are_refused_before_they_come() {
        let argument = format!("${MAX_ARGUMENT_BYTES}\r\n");
        let mut input = format!("*3\r\n$4\r\nMSET\r\n{argument}").into_bytes();
        assert_eq!(parsed(&input).0, Parsed::Partial, "the first of them is welcome");

        input.resize(input.len() + MAX_ARGUMENT_BYTES, b'x');
        input.extend_from_slice(b"\r\n");
        input.extend_from_slice(argument.as_bytes());
        assert_eq!(parsed(&input).0, Parsed::Bad("the request is too long"));
    }

    #[test]
    fn what_breaks_the_protocol_is_refused() {
        let bad: &[&[u8]] = &[
            b"*x\r\n",
            b"*\r\n",
            b"*+1\r\n",
            b"*99999999\r\n",
            b"*99999999999999999999999999999999999",
            b"*1\r\n+OK\r\n",
            b"*1\r\n$-1\r\n",
            b"*1\r\n$99999999999\r\n",
            b"*1\r\n$3\r\nabcdef",
            b"*1\rx",
        ];
        for input in bad {
            assert!(matches!(parsed(input).0, Parsed::Bad(_)), "{input:?}");
        }
        assert!(matches!(parsed(&vec![b'a'; MAX_WORDS_BYTES]).0, Parsed::Bad(_)));
    }
}
