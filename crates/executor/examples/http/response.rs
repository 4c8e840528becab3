//! The heads of answers.

use crate::date::Date;
use crate::status::Status;

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
        let mut text = |text: &str| output.extend_from_slice(text.as_bytes());
        text("HTTP/1.1 ");
        text(self.status.text());
        text("\r\nDate: ");
        text(date.text());
        text("\r\nContent-Type: ");
        text(self.content_type);
        text("\r\nContent-Length: ");
        text(Decimal::of(self.length).as_str());
        text("\r\n");
        text(self.fields);
        text(match self.connection {
            Connection::GoesOn => "\r\n",
            Connection::KeepAlive => "Connection: keep-alive\r\n\r\n",
            Connection::Close => "Connection: close\r\n\r\n",
        });
    }
}

/// A number as text, without the machinery of formatting.
struct Decimal {
    digits: [u8; Self::MAX],
    start: usize,
}

impl Decimal {
    /// The digits of `u64::MAX`.
    const MAX: usize = 20;

    fn of(mut number: u64) -> Self {
        let mut decimal = Decimal { digits: [b'0'; Self::MAX], start: Self::MAX };
        loop {
            decimal.start -= 1;
            decimal.digits[decimal.start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return decimal;
            }
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.start..]).expect("digits are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_usual() {
        for number in [0, 7, 10, 909, u64::MAX] {
            assert_eq!(Decimal::of(number).as_str(), number.to_string());
        }
    }
}
