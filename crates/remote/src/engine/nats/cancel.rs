//! Cancelling a job.
//!
//! First the job is marked. Whoever takes it after that settles it as cancelled; whoever has it learns of the mark as it
//! extends its lease. Then, if the server has not delivered the job before the mark nor since, its message is removed, and
//! the job ends here.

use super::names::{CONSUMER, Of};
use super::record::{Ended, How, Record, unix_ms};
use super::store::Store;
use super::wire::Head;
use crate::engine::{Cancelled, EngineError, JobId, Outcome};

/// A job that was found in its stream.
struct Found<'a> {
    store: &'a Store,
    id: &'a JobId,
    head: Head<'static>,
    message: u64,
}

/// Cancels a job if it has not ended.
pub(super) async fn cancel(store: &Store, id: &JobId) -> Result<Cancelled, EngineError> {
    let Some(message) = store.last(Of::Jobs, id).await? else { return Ok(Cancelled::TooLate) };
    let Some(head) = Head::from_headers(&message.headers) else { return Ok(Cancelled::TooLate) };
    let found = Found { store, id, head, message: message.sequence };
    loop {
        if let Some(cancelled) = found.try_to_cancel().await? {
            return Ok(cancelled);
        }
    }
}

impl Found<'_> {
    /// `None` if another has written the record meanwhile.
    async fn try_to_cancel(&self) -> Result<Option<Cancelled>, EngineError> {
        let noted = self.store.read(self.id, self.head.durable).await?;
        let revision = noted.as_ref().map_or(0, |noted| noted.revision);
        let noted = noted.map(|noted| noted.record);
        let noted = noted.filter(|record| record.message >= self.message);
        let is_put_back =
            noted.as_ref().is_some_and(|record| record.settled > 0 && record.holder == 0);
        let is_held = noted.as_ref().is_some_and(|record| record.holder != 0);
        let record = noted.unwrap_or_else(|| Record::new(self.id.clone(), self.message));
        if record.ended.is_some() || record.message > self.message {
            return Ok(Some(Cancelled::TooLate));
        }
        if is_put_back {
            // Its next delivery would have to write the record before it is given out.
            return Ok(self.end(record, revision).await?.then_some(Cancelled::BeforeStart));
        }
        let marked = Record { cancel: true, written_ms: unix_ms(), ..record };
        let written = self.store.write(&marked, &[], self.head.durable, revision).await?;
        let Some(revision) = written else { return Ok(None) };
        if is_held || self.was_delivered().await? {
            return Ok(Some(Cancelled::Asked));
        }
        self.store.delete(Of::Jobs, self.message).await?;
        // Removed, it cannot be delivered any more. It may have been just before.
        let was_delivered = self.was_delivered().await?;
        let has_ended = self.end(marked, revision).await?;
        let cancelled = if was_delivered { Cancelled::Asked } else { Cancelled::BeforeStart };
        Ok(has_ended.then_some(cancelled))
    }

    /// Whether the server has ever given it to a worker.
    async fn was_delivered(&self) -> Result<bool, EngineError> {
        let connection = &self.store.connection;
        let jobs = connection.stream(&self.store.names.stream(Of::Jobs)).await?;
        let info = async { jobs.consumer_info(CONSUMER).await.map_err(EngineError::unreachable) };
        let info = connection.answer(info).await?;
        Ok(info.delivered.stream_sequence >= self.message)
    }

    /// The job ends as cancelled; `false` if another has written the record meanwhile.
    async fn end(&self, record: Record, revision: u64) -> Result<bool, EngineError> {
        let outcome = Outcome::Cancelled;
        let ended = Ended { by: 0, buried: false, how: How::Cancelled };
        let record = Record { ended: Some(ended), cancel: true, written_ms: unix_ms(), ..record };
        if self.store.write(&record, &[], self.head.durable, revision).await?.is_none() {
            return Ok(false);
        }
        self.store.delete(Of::Jobs, self.message).await?;
        self.store.announce(&record.id, &outcome, self.head.reply.as_deref()).await;
        Ok(true)
    }
}
