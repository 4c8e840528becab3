//! The dead letters of a queue.

use std::time::Duration;

use super::connection::Stored;
use super::names::{HEAD, MESSAGE_ID, Of, message_id};
use super::store::Store;
use super::wire::{self, Head};
use crate::engine::{DeadLetter, EngineError, JobId};

/// Up to `max` of them, the oldest first.
pub(super) async fn list(store: &Store, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
    let (mut letters, mut from) = (Vec::new(), 1);
    while letters.len() < max {
        let Some(message) = store.next(Of::Dead, from).await? else { break };
        from = message.sequence + 1;
        letters.extend(wire::read_dead_letter(&message.headers, &message.payload));
    }
    Ok(letters)
}

/// Submits the job of a letter anew. Broken off, it may be repeated: the letter goes last, and until then the server
/// knows the new submission by the number of the letter.
pub(super) async fn retry(store: &Store, id: &JobId) -> Result<bool, EngineError> {
    let Some(message) = store.last(Of::Dead, id).await? else { return Ok(false) };
    let letter = wire::read_dead_letter(&message.headers, &message.payload);
    let Some(DeadLetter { mut envelope, .. }) = letter else { return Ok(false) };
    envelope.delay = Duration::ZERO;
    let record = Of::record(envelope.durable);
    if let Some(noted) = store.read(id, envelope.durable).await?
        && noted.record.ended.is_some_and(|ended| ended.buried)
    {
        store.delete(record, noted.revision).await?;
    }
    let mut headers = wire::headers(HEAD, &Head::of(&envelope, None))?;
    headers.insert(MESSAGE_ID, format!("{}.{}", message_id(id), message.sequence));
    match store.put(Of::Jobs, id, headers, envelope.payload.into()).await? {
        Stored::At(_) | Stored::Duplicate => {}
        Stored::Full | Stored::Conflict => {
            return Err(EngineError::Refused("the queue is full".to_owned()));
        }
    }
    store.delete(Of::Dead, message.sequence).await?;
    Ok(true)
}

/// Forgets a letter.
pub(super) async fn forget(store: &Store, id: &JobId) -> Result<bool, EngineError> {
    let Some(message) = store.last(Of::Dead, id).await? else { return Ok(false) };
    store.delete(Of::Dead, message.sequence).await?;
    Ok(true)
}
