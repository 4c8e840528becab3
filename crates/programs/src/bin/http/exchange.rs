//! One connection's requests and answers: bytes in, bytes out, no socket in sight.

use greenstd::sync::Arc;

use crate::content::{Body, Content, Source};
use crate::date::Date;
use crate::head::{self, Head, Method, Parsed};
use crate::path;
use crate::response::{Connection, ResponseHead};
use crate::site::Site;
use crate::status::Status;
use programs::server::{Input, Protocol, Step};

/// Longer bodies are refused. Shorter ones are read over: nothing here wants a body.
const MAX_BODY_BYTES: u64 = 1024 * 1024;
/// With so much to send, the next request has to wait.
const MAX_OUTPUT_BYTES: usize = 64 * 1024;

/// Where a conversation has come to.
#[derive(Debug)]
pub(crate) struct Exchange {
    site: Arc<Site>,
    date: Date,
    /// The file that is being sent.
    source: Option<Source>,
    /// The request whose body is being read over.
    asked: Option<Asked>,
    /// Whether the last answer was the last.
    closing: bool,
}

/// A request that is answered when its body has come.
#[derive(Debug)]
struct Asked {
    method: Method,
    target: String,
    connection: Connection,
    body_left: u64,
}

impl Exchange {
    /// Nothing said yet.
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Exchange { site, date: Date::default(), source: None, asked: None, closing: false }
    }

    /// Goes on with what is under way. `None` if nothing is.
    fn go_on(&mut self, input: &mut Input, output: &mut Vec<u8>) -> Option<Step> {
        if let Some(source) = &mut self.source {
            match source.append_to(output) {
                Ok(true) => {}
                Ok(false) => self.source = None,
                // The answer has begun: all that can be done is to cut it short.
                Err(_) => return Some(Step::Close),
            }
            return Some(Step::Flush);
        }
        if self.closing {
            return Some(Step::Close);
        }
        if output.len() >= MAX_OUTPUT_BYTES {
            return Some(Step::Flush);
        }
        let asked = self.asked.as_mut()?;
        let count = asked.body_left.min(input.bytes().len() as u64);
        input.consume(count as usize);
        asked.body_left -= count;
        if asked.body_left > 0 {
            return Some(Step::Partial);
        }
        if let Some(asked) = self.asked.take() {
            self.respond(asked.method, &asked.target, asked.connection, output);
        }
        Some(Step::Flush)
    }

    /// Deals with a head that has come in whole.
    fn take_up(&mut self, head: &Head<'_>, output: &mut Vec<u8>, stopping: bool) {
        let connection = match (head.keep_alive && !stopping, head.is_old) {
            (true, false) => Connection::GoesOn,
            (true, true) => Connection::KeepAlive,
            (false, _) => Connection::Close,
        };
        if head.body == 0 {
            return self.respond(head.method, head.target, connection, output);
        }
        if head.body > MAX_BODY_BYTES {
            return self.refuse(Status::ContentTooLarge, output);
        }
        if head.expects_continue {
            if !matches!(head.method, Method::Get | Method::Head) {
                // Told so at once, the peer may keep its body to itself; or not, so this is the end.
                return self.respond(head.method, head.target, Connection::Close, output);
            }
            output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let target = head.target.to_owned();
        self.asked = Some(Asked { method: head.method, target, connection, body_left: head.body });
    }

    fn respond(
        &mut self,
        method: Method,
        target: &str,
        connection: Connection,
        output: &mut Vec<u8>,
    ) {
        let content = match (method, path::of_target(target)) {
            (Method::NotAllowed, _) => Content::status(Status::MethodNotAllowed),
            (Method::Unknown, _) => Content::status(Status::NotImplemented),
            (Method::Get | Method::Head, Some(path)) => self.site.find(path),
            (Method::Get | Method::Head, None) => Content::status(Status::BadRequest),
        };
        self.write(content, method != Method::Head, connection, output);
    }

    /// Answers what cannot be understood. What follows it cannot either.
    fn refuse(&mut self, status: Status, output: &mut Vec<u8>) {
        self.write(Content::status(status), true, Connection::Close, output);
    }

    fn write(
        &mut self,
        content: Content,
        with_body: bool,
        connection: Connection,
        output: &mut Vec<u8>,
    ) {
        let location = content.location.map(|location| format!("Location: {location}\r\n"));
        let fields = match (content.status, &location) {
            (_, Some(location)) => location,
            (Status::MethodNotAllowed, None) => "Allow: GET, HEAD\r\n",
            (Status::ServiceUnavailable, None) => "Retry-After: 1\r\n",
            _ => "",
        };
        let head = ResponseHead {
            status: content.status,
            content_type: content.content_type,
            length: content.body.length(),
            fields,
            connection,
        };
        head.write(output, &self.date);
        self.closing = connection == Connection::Close;
        if !with_body {
            return;
        }
        match content.body {
            Body::Static(bytes) => output.extend_from_slice(bytes),
            Body::Bytes(bytes) => output.extend_from_slice(&bytes),
            Body::File(source) => self.source = Some(source),
        }
    }
}

impl Protocol for Exchange {
    fn answer(&mut self, input: &mut Input, output: &mut Vec<u8>, stopping: bool) -> Step {
        self.date.look();
        loop {
            if let Some(step) = self.go_on(input, output) {
                return step;
            }
            if input.bytes().is_empty() {
                return if stopping { Step::Close } else { Step::Idle };
            }
            let taken = match head::parse(input.bytes()) {
                Parsed::Partial => return Step::Partial,
                Parsed::Bad(status) => {
                    self.refuse(status, output);
                    input.bytes().len()
                }
                Parsed::Complete(head) => {
                    self.take_up(&head, output, stopping);
                    head.length
                }
            };
            input.consume(taken);
        }
    }

    fn answer_too_slow(&mut self, output: &mut Vec<u8>) {
        self.date.look();
        self.refuse(Status::RequestTimeout, output);
    }
}

#[cfg(test)]
mod tests;
