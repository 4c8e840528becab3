//! What streams, subjects and headers are called.

use std::fmt::Write as _;

use crate::engine::{EngineError, JobId};

/// The durable consumer that all workers of a queue share.
pub(super) const CONSUMER: &str = "workers";

/// What a job is called for the server's search for duplicates.
pub(super) const MESSAGE_ID: &str = "Nats-Msg-Id";

/// The server stores a message only if this is the number of the last one on its subject.
pub(super) const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";

/// All of an envelope but its payload.
pub(super) const HEAD: &str = "Greenpool-Job";

/// A record, all but the bytes of its result.
pub(super) const RECORD: &str = "Greenpool-Record";

/// Whose result a message to a submitter has, and how the job has ended.
pub(super) const RESULT: &str = "Greenpool-Result";

/// How many bytes of a dead letter are the payload of its job. The rest is its result.
pub(super) const SPLIT: &str = "Greenpool-Split";

/// The names that belong to one queue.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) queue: String,
}

/// The streams of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The jobs that have not ended.
    Jobs,
    /// The records, and so the results, of jobs.
    Records,
    /// The same of those that asked for a durable result.
    Durable,
    /// The dead letters.
    Dead,
}

impl Names {
    /// Those of a queue with that name.
    pub(super) fn new(queue: &str) -> Result<Self, EngineError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if queue.is_empty() || !queue.bytes().all(fits) {
            return Err(EngineError::Refused(format!("'{queue}' is no name for a queue")));
        }
        Ok(Names { queue: queue.to_owned() })
    }

    /// The name of a stream.
    pub(super) fn stream(&self, of: Of) -> String {
        format!("GREENPOOL_{}_{}", self.queue, of.word().to_ascii_uppercase())
    }

    /// All subjects of a stream.
    pub(super) fn subjects(&self, of: Of) -> String {
        format!("greenpool.{}.{}.*", self.queue, of.word())
    }

    /// The subject of one job in a stream.
    pub(super) fn subject(&self, of: Of, id: &JobId) -> String {
        let mut subject = format!("greenpool.{}.{}.", self.queue, of.word());
        push_token(&mut subject, id.as_str());
        subject
    }
}

/// What a job is called for the search for duplicates.
pub(super) fn message_id(id: &JobId) -> String {
    let mut name = String::new();
    push_token(&mut name, id.as_str());
    name
}

impl Of {
    /// Where the records of a job are.
    pub(super) fn record(durable: bool) -> Self {
        if durable { Of::Durable } else { Of::Records }
    }

    fn word(self) -> &'static str {
        match self {
            Of::Jobs => "jobs",
            Of::Records => "records",
            Of::Durable => "durable",
            Of::Dead => "dead",
        }
    }
}

/// An id as one token of a subject: other bytes than letters, digits, `-` and `_` become `=` and two digits.
fn push_token(subject: &mut String, id: &str) {
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            subject.push(char::from(byte));
        } else {
            let _ = write!(subject, "={byte:02X}");
        }
    }
    if id.is_empty() {
        subject.push('=');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_text_become_one_token_each() {
        let names = Names::new("images").unwrap();
        let subject = |id: &str| names.subject(Of::Jobs, &JobId::from(id));
        assert_eq!(subject("order-17"), "greenpool.images.jobs.order-17");
        assert_eq!(subject("a.b >*="), "greenpool.images.jobs.a=2Eb=20=3E=2A=3D");
        assert_eq!(subject("ä"), "greenpool.images.jobs.=C3=A4");
        assert_eq!(subject(""), "greenpool.images.jobs.=");
    }

    #[test]
    fn names_of_queues_with_other_characters_are_refused() {
        for name in ["", "a.b", "a b", "ä", "*"] {
            assert!(matches!(Names::new(name), Err(EngineError::Refused(_))), "{name}");
        }
    }
}
