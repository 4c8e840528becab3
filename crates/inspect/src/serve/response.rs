//! What is sent back.

use std::borrow::Cow;
use std::io::{self, Write};

use super::refused::Refused;

/// Of every answer. No script but the page's own runs, nothing is loaded from elsewhere, and no other site may read it
/// or show it in a frame.
const FIELDS: &str = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: no-referrer\r\n\
    Cache-Control: no-store\r\n\
    Connection: close\r\n";

pub(super) struct Response {
    status: &'static str,
    content_type: &'static str,
    /// The name under which a browser stores it.
    file_name: Option<&'static str>,
    body: Cow<'static, [u8]>,
}

impl Response {
    pub(super) fn new(content_type: &'static str, body: impl Into<Cow<'static, [u8]>>) -> Self {
        Response { status: "200 OK", content_type, file_name: None, body: body.into() }
    }

    pub(super) fn text(body: impl Into<String>) -> Self {
        Response::new("text/plain; charset=utf-8", body.into().into_bytes())
    }

    /// To be stored, and not shown.
    pub(super) fn file(name: &'static str, body: Vec<u8>) -> Self {
        let response = Response::new("application/octet-stream", body);
        Response { file_name: Some(name), ..response }
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let Response { status, content_type, file_name, body } = self;
        let mut head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{FIELDS}",
            body.len()
        );
        if let Some(name) = file_name {
            head += &format!("Content-Disposition: attachment; filename=\"{name}\"\r\n");
        }
        if *status == Refused::Method.status() {
            head += "Allow: GET\r\n";
        }
        head += "\r\n";
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        to.write_all(&bytes)
    }
}

impl From<Refused> for Response {
    fn from(refused: Refused) -> Self {
        let response = Response::text(format!("{}\n", refused.reason()));
        Response { status: refused.status(), ..response }
    }
}
