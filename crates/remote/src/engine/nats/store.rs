//! The records of a queue, and everything else that is read from its streams.

use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessageErrorKind;
use bytes::Bytes;
use greenstd::sync::Arc;

use super::connection::{Connection, Stored};
use super::names::{EXPECTED, Names, Of, RECORD};
use super::record::Record;
use super::wire;
use crate::engine::{EngineError, JobId, Outcome};

/// Reads and writes of one queue.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) connection: Arc<Connection>,
    pub(super) names: Arc<Names>,
}

/// A record as it was read.
#[derive(Debug)]
pub(super) struct Noted {
    pub(super) record: Record,
    pub(super) outcome: Option<Outcome>,
    /// By this number it can be replaced.
    pub(super) revision: u64,
}

impl Store {
    /// The record of a job, if there is one.
    pub(super) async fn read(
        &self,
        id: &JobId,
        durable: bool,
    ) -> Result<Option<Noted>, EngineError> {
        let of = Of::record(durable);
        let Some(message) = self.last(of, id).await? else { return Ok(None) };
        let Some((record, outcome)) = wire::record(&message.headers, &message.payload) else {
            return Err(EngineError::Refused(format!("the record of '{id}' is not one of ours")));
        };
        Ok(Some(Noted { record, outcome, revision: message.sequence }))
    }

    /// Writes a record in the place of that with this number. It gives the number of the new one; `None` if another has
    /// taken the place.
    pub(super) async fn write(
        &self,
        record: &Record,
        result: &[u8],
        durable: bool,
        revision: u64,
    ) -> Result<Option<u64>, EngineError> {
        let mut headers = wire::headers(RECORD, record)?;
        headers.insert(EXPECTED, revision.to_string());
        let subject = self.names.subject(Of::record(durable), &record.id);
        let stored = self.connection.store(subject, headers, Bytes::copy_from_slice(result));
        match stored.await? {
            Stored::At(revision) => Ok(Some(revision)),
            Stored::Conflict => Ok(None),
            other => Err(EngineError::Refused(format!("a record was answered by {other:?}"))),
        }
    }

    /// Sends a result to the one that waits for it, if there is one.
    pub(super) async fn announce(&self, id: &JobId, outcome: &Outcome, reply: Option<&str>) {
        let Some(reply) = reply else { return };
        if let Ok((headers, body)) = wire::result(id, outcome) {
            self.connection.tell(reply.to_owned(), Some(headers), body).await;
        }
    }

    /// The last message of a job in a stream.
    pub(super) async fn last(
        &self,
        of: Of,
        id: &JobId,
    ) -> Result<Option<StreamMessage>, EngineError> {
        let stream = self.connection.stream(&self.names.stream(of)).await?;
        let subject = self.names.subject(of, id);
        let read = async {
            match stream.get_last_raw_message_by_subject(&subject).await {
                Ok(message) => Ok(Some(message)),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(EngineError::unreachable(error)),
            }
        };
        self.connection.answer(read).await
    }

    /// The first message of a stream from that number on.
    pub(super) async fn next(
        &self,
        of: Of,
        from: u64,
    ) -> Result<Option<StreamMessage>, EngineError> {
        let stream = self.connection.stream(&self.names.stream(of)).await?;
        let all = self.names.subjects(of);
        let read = async {
            let message = stream.raw_message_builder().next_by_subject(all).sequence(from);
            match message.send().await {
                Ok(message) => Ok(Some(message)),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
                Err(error) => Err(EngineError::unreachable(error)),
            }
        };
        self.connection.answer(read).await
    }

    /// Takes a message out of a stream. It may be gone already.
    pub(super) async fn delete(&self, of: Of, sequence: u64) -> Result<(), EngineError> {
        let stream = self.connection.stream(&self.names.stream(of)).await?;
        let deleted = async {
            use async_nats::jetstream::stream::DeleteMessageErrorKind::JetStream;
            match stream.delete_message(sequence).await {
                Err(error) if !matches!(error.kind(), JetStream(_)) => {
                    Err(EngineError::unreachable(error))
                }
                _ => Ok(()),
            }
        };
        self.connection.answer(deleted).await
    }

    /// Stores a message under a name of its own, or without.
    pub(super) async fn put(
        &self,
        of: Of,
        id: &JobId,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Stored, EngineError> {
        self.connection.store(self.names.subject(of, id), headers, body).await
    }
}
