//! The heads of answers.

use crate::date::Date;
use crate::status::Status;
use programs::server::Decimal;

/// What is written before a body.
#[derive(Debug)]
pub(crate) struct ResponseHead<'a> {
    pub(crate) status: Status,
    pub(crate) content_type: &'a str,
    /// The length of the body in bytes; also if the body is not sent, as HEAD wants it.
    pub(crate) length: u64,
    /// Further fields, each with its line's end.
    pub(crate) fields: &'a str,
    pub(crate) connection: Connection,
}

/// What the answer says about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// It goes on, as HTTP/1.1 has it by default.
    GoesOn,
    /// It goes on, which HTTP/1.0 has to be told.
    KeepAlive,
    Close,
}

impl ResponseHead<'_> {
    /// Appends it.
    pub(crate) fn write(&self, output: &mut Vec<u8>, date: &Date) {
        let mut put = |bytes: &[u8]| output.extend_from_slice(bytes);
        put(b"HTTP/1.1 ");
        put(self.status.text().as_bytes());
        put(b"\r\nDate: ");
        put(date.text().as_bytes());
        put(b"\r\nContent-Type: ");
        put(self.content_type.as_bytes());
        put(b"\r\nContent-Length: ");
        put(Decimal::of(self.length).as_bytes());
        put(b"\r\n");
        put(self.fields.as_bytes());
        put(match self.connection {
            Connection::GoesOn => b"\r\n",
            Connection::KeepAlive => b"Connection: keep-alive\r\n\r\n",
            Connection::Close => b"Connection: close\r\n\r\n",
        });
    }
}
