//! The head of a request: its first line and its header fields, with all that has to be known of them.

use std::mem::MaybeUninit;

use httparse::Header;

use crate::message::{self, Body};
use crate::status::Status;

/// The most bytes that a head may have, its empty line included.
pub(crate) const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    /// One of the standard that is not for files.
    NotAllowed,
    Unknown,
}

/// A head that is complete and sound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    pub(crate) method: Method,
    /// As it was sent: not decoded.
    pub(crate) target: &'a str,
    /// Whether the peer speaks HTTP/1.0.
    pub(crate) is_old: bool,
    /// Whether the peer wants the connection to go on.
    pub(crate) keep_alive: bool,
    /// How many bytes of body follow.
    pub(crate) body: u64,
    /// Whether the peer waits to be told to send the body.
    pub(crate) expects_continue: bool,
    /// How many bytes the head took.
    pub(crate) length: usize,
}

/// What the input begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    Complete(Head<'a>),
    /// A head that has not come in whole. So far, nothing is wrong with it.
    Partial,
    Bad(Status),
}

/// Looks at the head that `input` begins with.
pub(crate) fn parse(input: &[u8]) -> Parsed<'_> {
    let mut request = httparse::Request::new(&mut []);
    let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
    match request.parse_with_uninit_headers(input, &mut headers) {
        Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD_BYTES => {
            read(&request, length).map_or_else(Parsed::Bad, Parsed::Complete)
        }
        Ok(httparse::Status::Partial) if input.len() < MAX_HEAD_BYTES => Parsed::Partial,
        Ok(_) => Parsed::Bad(too_large(input)),
        Err(httparse::Error::TooManyHeaders) => Parsed::Bad(Status::HeaderFieldsTooLarge),
        Err(httparse::Error::Version) => Parsed::Bad(Status::VersionNotSupported),
        Err(_) => Parsed::Bad(Status::BadRequest),
    }
}

/// Says which part of a head is to blame for its size.
fn too_large(input: &[u8]) -> Status {
    let first_line = input.iter().skip(2).take(MAX_HEAD_BYTES).position(|byte| *byte == b'\n');
    if first_line.is_none() { Status::UriTooLong } else { Status::HeaderFieldsTooLarge }
}

fn read<'a>(request: &httparse::Request<'_, 'a>, length: usize) -> Result<Head<'a>, Status> {
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Status::BadRequest);
    };
    let is_old = minor == 0;
    let fields = message::fields(request.headers)?;
    if fields.hosts > 1 || (fields.hosts == 0 && !is_old) {
        return Err(Status::BadRequest);
    }
    let body = match fields.body {
        Body::None => 0,
        Body::Length(length) => length,
        Body::Chunked => return Err(Status::LengthRequired),
        Body::Unknown => return Err(Status::NotImplemented),
    };
    Ok(Head {
        method: read_method(method),
        target,
        is_old,
        keep_alive: !fields.close && (!is_old || fields.keep_alive),
        body,
        // HTTP/1.0 knows of no such thing.
        expects_continue: fields.expects_continue && !is_old && body > 0,
        length,
    })
}

fn read_method(method: &str) -> Method {
    match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" | "PUT" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT" | "PATCH" => Method::NotAllowed,
        _ => Method::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(input: &str) -> Head<'_> {
        match parse(input.as_bytes()) {
            Parsed::Complete(head) => head,
            other => panic!("{input:?} is {other:?}"),
        }
    }

    fn bad(input: &str) -> Status {
        match parse(input.as_bytes()) {
            Parsed::Bad(status) => status,
            other => panic!("{input:?} is {other:?}"),
        }
    }

    #[test]
    fn a_head_says_what_is_asked_for() {
        let input = "GET /a?b HTTP/1.1\r\nHost: here\r\n\r\nGET /next";
        let head = complete(input);
        assert_eq!((head.method, head.target), (Method::Get, "/a?b"));
        assert!(head.keep_alive && !head.is_old && !head.expects_continue);
        assert_eq!((head.body, head.length), (0, input.len() - "GET /next".len()));
    }

    #[test]
    fn every_beginning_of_a_head_is_partial() {
        let input = "HEAD / HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\n";
        for length in 0..input.len() {
            assert_eq!(parse(&input.as_bytes()[..length]), Parsed::Partial, "{length} bytes");
        }
        assert_eq!(complete(input).body, 3);
    }

    #[test]
    fn versions_differ_in_what_becomes_of_the_connection() {
        let keeps = |input: &str| complete(input).keep_alive;
        assert!(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, Close\r\n\r\n"));
        assert!(!keeps("GET / HTTP/1.0\r\n\r\n"));
        assert!(keeps("GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n"));
    }

    #[test]
    fn a_host_is_demanded_once() {
        assert_eq!(bad("GET / HTTP/1.1\r\n\r\n"), Status::BadRequest);
        assert_eq!(bad("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), Status::BadRequest);
    }

    #[test]
    fn a_host_is_made_of_the_letters_of_a_host() {
        let with = |host: &str| format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        for host in ["", "here", "a-b.example:8080", "[::1]:80", "127.0.0.1", "%41"] {
            complete(&with(host));
        }
        for host in ["a b<>\"", "a/b", "a@b", "a\\b", "a?b", "a#b", "a\tb", "\u{e9}"] {
            assert_eq!(bad(&with(host)), Status::BadRequest, "{host}");
        }
    }

    #[test]
    fn bodies_without_a_known_length_are_refused() {
        let with = |field: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{field}\r\n\r\n");
        assert_eq!(bad(&with("Transfer-Encoding: chunked")), Status::LengthRequired);
        assert_eq!(bad(&with("Transfer-Encoding: gzip, chunked")), Status::NotImplemented);
        let both = with("Content-Length: 3\r\nTransfer-Encoding: chunked");
        assert_eq!(bad(&both), Status::BadRequest);
        assert_eq!(bad(&with("Content-Length: +3")), Status::BadRequest);
        assert_eq!(bad(&with("Content-Length: 3\r\nContent-Length: 4")), Status::BadRequest);
        assert_eq!(complete(&with("Content-Length: 3\r\nContent-Length: 3")).body, 3);
    }

    #[test]
    fn what_is_not_http_is_told_apart() {
        assert_eq!(bad("\x16\x03\x01\x02\x00\x01\x00"), Status::BadRequest);
        assert_eq!(bad("GET / HTTP/2.0\r\n\r\n"), Status::VersionNotSupported);
        assert_eq!(bad("GET / HTTP/1.1\r\nbad field\r\n\r\n"), Status::BadRequest);
        let head = complete("BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(head.method, Method::Unknown);
    }

    #[test]
    fn what_is_too_large_is_said() {
        let target = "a".repeat(MAX_HEAD_BYTES);
        assert_eq!(bad(&format!("GET /{target}")), Status::UriTooLong);
        let field = format!("GET / HTTP/1.1\r\nHost: h\r\nCookie: {target}");
        assert_eq!(bad(&field), Status::HeaderFieldsTooLarge);
        assert_eq!(bad(&format!("{field}\r\n\r\n")), Status::HeaderFieldsTooLarge);
        let many = "a: b\r\n".repeat(MAX_HEADERS + 1);
        let many = format!("GET / HTTP/1.1\r\n{many}\r\n");
        assert_eq!(bad(&many), Status::HeaderFieldsTooLarge);
    }

    #[test]
    fn an_expectation_needs_a_body() {
        let with = |fields: &str| format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n");
        let input = with("Expect: 100-Continue\r\nContent-Length: 1");
        assert!(complete(&input).expects_continue);
        assert!(!complete(&with("Expect: 100-continue")).expects_continue);
        assert_eq!(bad(&with("Expect: wonders")), Status::ExpectationFailed);
    }
}
