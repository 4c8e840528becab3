//! One call of a command: its arguments, and its answer.

use crate::database::Database;
use crate::failure::Failure;
use crate::request::{self, RequestArguments};
use programs::server::Decimal;

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) database: &'a Database,
    pub(crate) arguments: RequestArguments<'a>,
    pub(crate) answer: Answer<'a>,
    /// Whether the conversation ends with this answer.
    pub(crate) closes: bool,
}

/// The longest answer: the longest value, and some words beside it.
pub(crate) const MAX_ANSWER_BYTES: usize = 65 * 1024 * 1024;

/// Where an answer is written, piece by piece.
///
/// What would make it too long is left out, and makes it [`Failure::AnswerTooLong`] at its end: a client
/// that asks for one large value many times must not decide how much memory the server takes.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    output: &'a mut Vec<u8>,
    /// Where the answer begins: the ones before it have not been sent yet.
    begin: usize,
    is_too_long: bool,
}

impl<'a> Call<'a> {
    /// An argument that the command's number of arguments has proved to be there.
    pub(crate) fn argument(&self, index: usize) -> Result<&'a [u8], Failure> {
        self.arguments.get(index).ok_or(Failure::Syntax)
    }

    /// An argument that is a number.
    pub(crate) fn integer(&self, index: usize) -> Result<i64, Failure> {
        request::integer(self.argument(index)?).ok_or(Failure::NotAnInteger)
    }
}

impl<'a> Answer<'a> {
    /// An answer behind what `output` holds already.
    pub(crate) fn new(output: &'a mut Vec<u8>) -> Self {
        let begin = output.len();
        Answer { output, begin, is_too_long: false }
    }

    /// Says whether the whole of it was written.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        if self.is_too_long { Err(Failure::AnswerTooLong) } else { Ok(()) }
    }

    /// Takes back what was written, and writes this error.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        self.output.truncate(self.begin);
        self.is_too_long = false;
        self.error(&failure.to_string());
    }

    /// A short text without line ends.
    pub(crate) fn text(&mut self, text: &str) {
        self.line(b"+", text.as_bytes());
    }

    /// The usual answer to what needs none.
    pub(crate) fn ok(&mut self) {
        self.write(&[b"+OK\r\n"]);
    }

    /// An error; its first word is its kind.
    pub(crate) fn error(&mut self, text: &str) {
        self.line(b"-", text.as_bytes());
    }

    pub(crate) fn integer(&mut self, number: i64) {
        let sign = if number < 0 { b":-".as_slice() } else { b":" };
        self.line(sign, Decimal::of(number.unsigned_abs()).as_bytes());
    }

    /// Any bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(b"$", bytes.len());
        self.write(&[bytes, b"\r\n"]);
    }

    /// Nothing, where bytes might be.
    pub(crate) fn nothing(&mut self) {
        self.write(&[b"$-1\r\n"]);
    }

    /// Bytes or nothing.
    pub(crate) fn bytes_or_nothing(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bytes(bytes),
            None => self.nothing(),
        }
    }

    /// The head of an array; the elements have to follow.
    pub(crate) fn array(&mut self, length: usize) {
        self.count(b"*", length);
    }

    fn count(&mut self, kind: &[u8], count: usize) {
        self.line(kind, Decimal::of(count as u64).as_bytes());
    }

    fn line(&mut self, kind: &[u8], text: &[u8]) {
        self.write(&[kind, text, b"\r\n"]);
    }

    fn write(&mut self, pieces: &[&[u8]]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.is_too_long |= self.output.len() - self.begin + length > MAX_ANSWER_BYTES;
        if !self.is_too_long {
            pieces.iter().for_each(|piece| self.output.extend_from_slice(piece));
        }
    }
}
