//! The head of a request.

use std::io::{self, Read};

use super::refused::Refused;

/// The longest head that is read.
const MOST_BYTES: usize = 8 << 10;

/// So many fields are read.
const MOST_FIELDS: usize = 64;

/// What a client asks for: always by `GET`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) path: String,
    /// What stands behind the question mark. Nothing here needs escapes, so there are none.
    query: Vec<(String, String)>,
    pub(super) host: String,
    /// Which site the browser asks for, if a browser says so: the field `Sec-Fetch-Site`.
    pub(super) site: Option<String>,
}

impl Request {
    /// Reads a head. The outer error is the client's end, and nobody wants an answer.
    pub(super) fn read(stream: &mut impl Read) -> io::Result<Result<Self, Refused>> {
        let mut head = Vec::new();
        loop {
            let mut part = [0; 1024];
            let read = match stream.read(&mut part) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => read,
                // A browser opens connections that it may not need.
                Err(_) if head.is_empty() => return Err(io::ErrorKind::TimedOut.into()),
                Err(_) => return Ok(Err(Refused::TooSlow)),
            };
            head.extend_from_slice(&part[..read]);
            match Request::parse(&head) {
                Ok(Some(request)) => return Ok(Ok(request)),
                Ok(None) if head.len() > MOST_BYTES => return Ok(Err(Refused::TooLong)),
                Ok(None) => {}
                Err(refused) => return Ok(Err(refused)),
            }
        }
    }

    /// `None` if the head does not end yet.
    fn parse(head: &[u8]) -> Result<Option<Self>, Refused> {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        match parsed.parse(head) {
            Ok(httparse::Status::Complete(_)) => {}
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Refused::TooLong),
            Err(_) => return Err(Refused::Malformed),
        }
        if parsed.method != Some("GET") {
            return Err(Refused::Method);
        }
        let target = parsed.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        let mut hosts = values(&parsed, "host");
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(Refused::Malformed);
        };
        let site = values(&parsed, "sec-fetch-site").next();
        Ok(Some(Request {
            path: path.to_owned(),
            query: query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect(),
            host,
            site,
        }))
    }

    /// What `name` is set to in the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn values<'a>(
    request: &'a httparse::Request<'_, '_>,
    name: &'a str,
) -> impl Iterator<Item = String> + 'a {
    let fields = request.headers.iter();
    let fields = fields.filter(move |field| field.name.eq_ignore_ascii_case(name));
    fields.map(|field| String::from_utf8_lossy(field.value).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::refused::Refused;
    use super::Request;

    #[test]
    fn a_head_is_read_in_pieces_of_any_size() {
        let head = "GET /trace?seconds=5&executor=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for end in 0..head.len() {
            assert_eq!(Request::parse(&head.as_bytes()[..end]), Ok(None));
        }
        let request = Request::parse(head.as_bytes()).unwrap().unwrap();
        assert_eq!(request.path, "/trace");
        assert_eq!(request.parameter("executor"), Some("1"));
        assert_eq!(request.parameter("second"), None);
        assert_eq!(request.host, "localhost");
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        let refused = |head: &str| Request::parse(head.as_bytes()).unwrap_err();
        assert_eq!(refused("POST / HTTP/1.1\r\nHost: a\r\n\r\n"), Refused::Method);
        assert_eq!(refused("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), Refused::Method);
        assert_eq!(refused("GET / HTTP/1.1\r\n\r\n"), Refused::Malformed);
        assert_eq!(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), Refused::Malformed);
        assert_eq!(refused("nonsense\r\n\r\n"), Refused::Malformed);
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(100));
        assert_eq!(refused(&many), Refused::TooLong);
    }
}
