//! Envelopes, records and dead letters as messages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::HeaderMap;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::names::{HEAD, RECORD, RESULT, SPLIT};
use super::record::{How, Record};
use super::terse::is_default;
use crate::engine::{DeadLetter, Encoding, EngineError, Envelope, JobId, Outcome, Retry};

/// All of an envelope but the payload, which is the body of the message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head<'a> {
    pub(super) id: JobId,
    function: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "is_default")]
    encoding: Encoding,
    #[serde(default, skip_serializing_if = "is_default")]
    headers: Cow<'a, BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) delay: Duration,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) expires: Option<Duration>,
    #[serde(default, skip_serializing_if = "is_default")]
    retry: Cow<'a, Retry>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) durable: bool,
    /// Where somebody waits for the result.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) reply: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    /// Of a job that is submitted.
    pub(super) fn of(envelope: &'a Envelope, reply: Option<&'a str>) -> Self {
        Head {
            id: envelope.id.clone(),
            function: Cow::Borrowed(&envelope.function),
            encoding: envelope.encoding,
            headers: Cow::Borrowed(&envelope.headers),
            delay: envelope.delay,
            expires: envelope.expires,
            retry: Cow::Borrowed(&envelope.retry),
            durable: envelope.durable,
            reply: reply.map(Cow::Borrowed),
        }
    }

    /// Of a job that has arrived; `None` if nobody here has sent it.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Head<'static>> {
        serde_json::from_str(headers.get(HEAD)?.as_str()).ok()
    }

    /// With the payload, the job as it was submitted.
    pub(super) fn into_envelope(self, payload: Vec<u8>) -> Envelope {
        let mut envelope = Envelope::new(self.id, self.function, payload);
        envelope.encoding = self.encoding;
        envelope.headers = self.headers.into_owned();
        envelope.delay = self.delay;
        envelope.expires = self.expires;
        envelope.retry = self.retry.into_owned();
        envelope.durable = self.durable;
        envelope
    }
}

/// Headers with a head or a record in them.
pub(super) fn headers(
    name: &'static str,
    value: &impl Serialize,
) -> Result<HeaderMap, EngineError> {
    let json = serde_json::to_string(value).map_err(|error| refused(&error))?;
    let mut headers = HeaderMap::new();
    headers.insert(name, json);
    Ok(headers)
}

/// The record in a message, and its result if it has one.
pub(super) fn record(headers: &HeaderMap, body: &[u8]) -> Option<(Record, Option<Outcome>)> {
    let record: Record = serde_json::from_str(headers.get(RECORD)?.as_str()).ok()?;
    let outcome = record.ended.as_ref().map(|ended| ended.how.outcome(body));
    Some((record, outcome))
}

/// What a submitter is told of its job, besides the bytes of the result.
#[derive(Serialize, Deserialize)]
struct Word<'a> {
    id: Cow<'a, JobId>,
    how: Cow<'a, How>,
}

/// A result as a message to its submitter.
pub(super) fn result(id: &JobId, outcome: &Outcome) -> Result<(HeaderMap, Bytes), EngineError> {
    let (how, bytes) = How::of(outcome);
    let word = Word { id: Cow::Borrowed(id), how: Cow::Owned(how) };
    Ok((headers(RESULT, &word)?, Bytes::copy_from_slice(bytes)))
}

/// What [`result`] has written.
pub(super) fn read_result(headers: &HeaderMap, body: &[u8]) -> Option<(JobId, Outcome)> {
    let word: Word<'_> = serde_json::from_str(headers.get(RESULT)?.as_str()).ok()?;
    Some((word.id.into_owned(), word.how.outcome(body)))
}

/// A dead letter as a message.
pub(super) fn dead_letter(letter: &DeadLetter) -> Result<(HeaderMap, Bytes), EngineError> {
    let (how, result) = How::of(&letter.outcome);
    let mut headers = headers(HEAD, &Head::of(&letter.envelope, None))?;
    let about = serde_json::to_string(&(how, letter.tally)).map_err(|error| refused(&error))?;
    headers.insert(RECORD, about);
    headers.insert(SPLIT, letter.envelope.payload.len().to_string());
    let body = [&letter.envelope.payload[..], result].concat();
    Ok((headers, body.into()))
}

/// What [`dead_letter`] has written.
pub(super) fn read_dead_letter(headers: &HeaderMap, body: &[u8]) -> Option<DeadLetter> {
    let head = Head::from_headers(headers)?;
    let (how, tally): (How, _) = serde_json::from_str(headers.get(RECORD)?.as_str()).ok()?;
    let split: usize = headers.get(SPLIT)?.as_str().parse().ok()?;
    let (payload, result) = body.split_at_checked(split)?;
    let envelope = head.into_envelope(payload.to_vec());
    Some(DeadLetter { envelope, outcome: how.outcome(result), tally })
}

fn refused(error: &serde_json::Error) -> EngineError {
    EngineError::Refused(format!("it cannot be written: {error}"))
}
