//! The beginning of an answer: its status and header fields.

use std::io::{BufRead, Read};

use super::error::ClientError;

/// A longer head is not read.
const MAX_HEAD_BYTES: u64 = 64 * 1024;
const MAX_FIELDS: usize = 200;

/// Status and header fields.
#[derive(Debug)]
pub struct Head {
    /// The status, such as 404.
    pub status: u16,
    /// The words beside it, such as `Not Found`.
    pub reason: String,
    fields: Vec<(String, String)>,
}

impl Head {
    /// The value of a header field, if it is there; the first, if it is there several times.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether an answer with this status brings a body.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self.status, 204 | 304)
    }

    /// Reads up to the empty line.
    pub(super) fn read(connection: &mut impl BufRead) -> Result<Self, ClientError> {
        let mut lines = connection.take(MAX_HEAD_BYTES);
        let mut text = Vec::new();
        loop {
            let begin = text.len();
            lines.read_until(b'\n', &mut text).map_err(ClientError::Broken)?;
            match &text[begin..] {
                // An empty line before the head is forgiven.
                b"\r\n" | b"\n" if begin == 0 => text.clear(),
                b"\r\n" | b"\n" => return Self::parse(&text),
                line if line.ends_with(b"\n") => {}
                _ if lines.limit() == 0 => return Err(ClientError::Malformed("endless head")),
                _ if text.is_empty() => return Err(ClientError::Malformed("no answer")),
                _ => return Err(ClientError::Malformed("cut off in the head")),
            }
        }
    }

    fn parse(text: &[u8]) -> Result<Self, ClientError> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut fields);
        match parsed.parse(text) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => {
                return Err(ClientError::Malformed("cut off in the head"));
            }
            Err(_) => return Err(ClientError::Malformed("bad head")),
        }
        let fields = parsed.headers.iter().map(|field| {
            (field.name.to_owned(), String::from_utf8_lossy(field.value).trim().to_owned())
        });
        Ok(Head {
            status: parsed.code.unwrap_or_default(),
            reason: parsed.reason.unwrap_or_default().to_owned(),
            fields: fields.collect(),
        })
    }
}
