//! What a worker says of its job: it goes on, it has ended, or it is put back.
//!
//! An answer is first written into the record, and that decides; see [`Right`]. Then the message is acknowledged. If that
//! is lost, the job is delivered once more, and `settle.rs` finds the record and acknowledges it then.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use bytes::Bytes;
use greenstd::time;

use super::leases::Leases;
use super::names::Of;
use super::record::{Ended, How, Record, Right, ms, unix_ms};
use super::settle::REFRESH;
use super::store::Store;
use super::token::Token;
use super::wire;
use crate::engine::{
    Again, Answer, DeadLetter, Delivery, EngineError, Lease, LeaseState, Outcome, QueueOptions,
    Tally,
};

/// The lease of one job, and where its answers go.
pub(super) struct Answers<'a> {
    store: &'a Store,
    options: &'a QueueOptions,
    lease: &'a Lease,
    token: Token,
}

/// What an answer makes of the record, and the bytes of the result.
struct Change<'a> {
    apply: &'a (dyn Fn(Record) -> Record + Sync),
    result: &'a [u8],
    /// What says that the same answer was given before.
    repeated: Right,
}

impl<'a> Answers<'a> {
    /// For a lease of this engine.
    pub(super) fn new(
        store: &'a Store,
        options: &'a QueueOptions,
        lease: &'a Lease,
    ) -> Result<Self, EngineError> {
        let token = Token::read(lease);
        let token = token.ok_or_else(|| EngineError::Refused("no lease of this engine".into()))?;
        Ok(Answers { store, options, lease, token })
    }

    /// The job has ended.
    pub(super) async fn complete(&self, outcome: &Outcome) -> Result<Answer, EngineError> {
        self.end(outcome, false, Tally::default(), || Ok(None)).await
    }

    /// The job has ended, and people should look at it.
    pub(super) async fn bury(
        &self,
        delivery: &Delivery,
        outcome: &Outcome,
    ) -> Result<Answer, EngineError> {
        let letter = || {
            let (envelope, outcome) = (delivery.envelope.clone(), outcome.clone());
            Ok(Some(wire::dead_letter(&DeadLetter { envelope, outcome, tally: delivery.tally })?))
        };
        self.end(outcome, true, delivery.tally, letter).await
    }

    async fn end(
        &self,
        outcome: &Outcome,
        buried: bool,
        tally: Tally,
        letter: impl Fn() -> Result<Option<(async_nats::HeaderMap, Bytes)>, EngineError>,
    ) -> Result<Answer, EngineError> {
        let letter = letter()?;
        let (how, result) = How::of(outcome);
        let ended = Ended { by: self.token.turn.delivery, buried, how };
        let ends = |record| Record { tally, ended: Some(ended.clone()), ..record };
        let change = Change { apply: &ends, result, repeated: Right::Ended };
        let Some(record) = self.change(&change).await? else { return Ok(Answer::Fenced) };
        if record.ended != Some(ended) {
            // It has said something else before.
            return Ok(Answer::Fenced);
        }
        if let Some((headers, body)) = letter {
            let _ = self.store.put(Of::Dead, self.lease.id(), headers, body).await?;
        }
        self.store.announce(&record.id, outcome, self.token.reply.as_deref()).await;
        self.acknowledge(AckKind::Ack).await?;
        Ok(Answer::Stored)
    }

    /// The job is put back.
    pub(super) async fn again(&self, after: Duration, why: &Again) -> Result<Answer, EngineError> {
        let count = self.token.turn.count;
        let due_ms = if after.is_zero() { 0 } else { unix_ms().saturating_add(ms(after)) };
        let waits = |record: Record| {
            let mut tally = record.tally_before(self.token.turn);
            match why {
                Again::Failed(_) => tally.failures = tally.failures.saturating_add(1),
                Again::Unknown => tally.unknown = tally.unknown.saturating_add(1),
                Again::GivenBack => {}
            }
            Record { tally, settled: count, holder: 0, due_ms, ..record }
        };
        let change = Change { apply: &waits, result: &[], repeated: Right::PutBack };
        if self.change(&change).await?.is_none() {
            return Ok(Answer::Fenced);
        }
        let pause = after.min(self.options.keep_results / REFRESH);
        self.acknowledge(AckKind::Nak(Some(pause))).await?;
        Ok(Answer::Stored)
    }

    /// The job goes on.
    pub(super) async fn extend(&self, leases: &Leases) -> Result<LeaseState, EngineError> {
        let turn = self.token.turn;
        let start = time::now();
        if !leases.runs(turn.delivery) {
            return Ok(LeaseState::Lost);
        }
        let noted = self.store.read(self.lease.id(), self.token.durable).await?;
        let noted = noted.filter(|noted| noted.record.message >= turn.message);
        let mut state = LeaseState::Extended;
        if let Some(noted) = noted {
            if noted.record.right_of(turn) != Right::Open {
                return Ok(LeaseState::Lost);
            }
            if noted.record.cancel {
                state = LeaseState::Cancelled;
            }
            self.renew(noted.record, noted.revision).await?;
        }
        self.confirmed(AckKind::Progress).await?;
        leases.begin(turn.delivery, start, self.options.lease);
        Ok(state)
    }

    /// Writes an old record anew, so that the server does not remove it.
    async fn renew(&self, record: Record, revision: u64) -> Result<(), EngineError> {
        let now = unix_ms();
        let keep = self.options.keep_results / REFRESH;
        if now.saturating_sub(record.written_ms) >= ms(keep) {
            let renewed = Record { written_ms: now, ..record };
            // If another has written it, it is new.
            let _ = self.store.write(&renewed, &[], self.token.durable, revision).await?;
        }
        Ok(())
    }

    /// Changes the record, if this delivery still has the right to. It gives the record as it is now; `None` if another
    /// delivery has the job.
    async fn change(&self, change: &Change<'_>) -> Result<Option<Record>, EngineError> {
        let turn = self.token.turn;
        let mut record = Record::new(self.lease.id().clone(), turn.message);
        let mut revision = self.token.revision;
        if revision != 0 {
            // What the delivery has written itself, as far as its end needs it.
            record = Record { settled: turn.count - 1, holder: turn.delivery, ..record };
        }
        // The first try goes without a look, as long as the record's tally does not matter.
        let mut known = change.repeated == Right::Ended;
        loop {
            if known {
                let written_ms = unix_ms();
                let changed = (change.apply)(Record { written_ms, ..record.clone() });
                let written =
                    self.store.write(&changed, change.result, self.token.durable, revision).await?;
                if written.is_some() {
                    return Ok(Some(changed));
                }
            }
            known = true;
            let noted = self.store.read(self.lease.id(), self.token.durable).await?;
            let Some(noted) = noted else {
                if revision != 0 {
                    // It was removed: the job has been submitted anew.
                    return Ok(None);
                }
                continue;
            };
            match noted.record.right_of(turn) {
                right if right == change.repeated => return Ok(Some(noted.record)),
                Right::Open => {
                    revision = noted.revision;
                    record = if noted.record.message == turn.message {
                        noted.record
                    } else {
                        Record::new(self.lease.id().clone(), turn.message)
                    };
                }
                Right::PutBack | Right::Ended | Right::Fenced => return Ok(None),
            }
        }
    }

    /// Tells the server. With a limit on jobs, it has to have heard of it before there is room for another.
    async fn acknowledge(&self, what: AckKind) -> Result<(), EngineError> {
        if self.options.max_jobs.is_some() {
            return self.confirmed(what).await;
        }
        self.store.connection.tell(self.token.ack.clone(), None, what.into()).await;
        Ok(())
    }

    async fn confirmed(&self, what: AckKind) -> Result<(), EngineError> {
        let told = self.store.connection.request(self.token.ack.clone(), None, what.into());
        told.await.map(drop)
    }
}
