//! What is settled before a job is given out: whether it has ended, is due, is cancelled, and who has it now.

use std::time::Duration;

use async_nats::Message;
use async_nats::jetstream::AckKind;
use bytes::Bytes;

use super::names::Of;
use super::record::{Ended, How, Record, ms, unix_ms};
use super::store::Store;
use super::token::{Stamp, Token};
use super::wire::{self, Head};
use crate::engine::{DeadLetter, Delivery, EngineError, Envelope, Lease, Outcome, Tally};

/// A record is written anew after this part of the time that it is kept.
pub(super) const REFRESH: u32 = 3;

/// A job as it was delivered, and what is to be known about it.
pub(super) struct Arrived {
    head: Head<'static>,
    stamp: Stamp,
    ack: String,
    payload: Bytes,
}

impl Arrived {
    /// `None` for what is no job of ours. It stays where it is, and comes again.
    pub(super) fn read(message: Message) -> Option<Self> {
        let ack = message.reply?.to_string();
        let stamp = Stamp::read(&ack)?;
        let head = Head::from_headers(message.headers.as_ref()?)?;
        Some(Arrived { head, stamp, ack, payload: message.payload })
    }

    /// The usual case: nothing has happened to it, and nothing is noted.
    pub(super) fn needs_no_look(&self) -> bool {
        self.stamp.turn.count == 1 && self.head.delay.is_zero() && !self.has_expired()
    }

    /// The job for a worker, if it needs no look.
    pub(super) fn unseen(self) -> Delivery {
        self.delivery(0, Tally::default())
    }

    /// The job for a worker; `None` if it has ended, or is not due, or cannot be settled now.
    pub(super) async fn settle(self, store: &Store, keep: Duration) -> Option<Delivery> {
        loop {
            match self.try_to_settle(store, keep).await {
                // Somebody else has written meanwhile.
                Ok(Settled::Again) => {}
                Ok(Settled::Claimed(revision, tally)) => {
                    return Some(self.delivery(revision, tally));
                }
                // An error is none of the caller's: the job comes again.
                Ok(Settled::Done) | Err(_) => return None,
            }
        }
    }

    async fn try_to_settle(&self, store: &Store, keep: Duration) -> Result<Settled, EngineError> {
        let turn = self.stamp.turn;
        let noted = store.read(&self.head.id, self.head.durable).await?;
        let revision = noted.as_ref().map_or(0, |noted| noted.revision);
        let noted = noted.filter(|noted| noted.record.message >= turn.message);
        let record = match noted {
            Some(noted) => match (noted.record, noted.outcome) {
                (record, Some(outcome)) => {
                    self.finish(store, &record, &outcome).await?;
                    return Ok(Settled::Done);
                }
                (record, None) => record,
            },
            None => self.unnoted(keep),
        };
        if record.message > turn.message || record.settled >= turn.count {
            // A later delivery has it, and this one was under way for too long.
            return Ok(Settled::Done);
        }
        let tally = record.tally_before(turn);
        let now = unix_ms();
        let open = Record { tally, written_ms: now, ..record };
        let ends = if open.cancel {
            Some(Outcome::Cancelled)
        } else {
            self.has_expired().then_some(Outcome::Expired)
        };
        if let Some(outcome) = ends {
            let ended = Ended { by: turn.delivery, buried: false, how: How::of(&outcome).0 };
            let record = Record { ended: Some(ended), ..open };
            if store.write(&record, &[], self.head.durable, revision).await?.is_none() {
                return Ok(Settled::Again);
            }
            self.finish(store, &record, &outcome).await?;
            return Ok(Settled::Done);
        }
        let due_ms = open.due_ms.max(self.stamp.stored_ms + ms(self.head.delay));
        if due_ms > now {
            let waits = Record { settled: turn.count, holder: 0, due_ms, ..open };
            if store.write(&waits, &[], self.head.durable, revision).await?.is_none() {
                return Ok(Settled::Again);
            }
            let pause = Duration::from_millis(due_ms - now).min(keep / REFRESH);
            self.say(store, AckKind::Nak(Some(pause))).await;
            return Ok(Settled::Done);
        }
        let claim = Record { settled: turn.count - 1, holder: turn.delivery, ..open };
        let claimed = store.write(&claim, &[], self.head.durable, revision).await?;
        Ok(claimed.map_or(Settled::Again, |revision| Settled::Claimed(revision, tally)))
    }

    /// Puts back what nobody waits for any more, as if it had not been delivered.
    pub(super) async fn put_back(self, store: &Store, keep: Duration) -> Result<(), EngineError> {
        let turn = self.stamp.turn;
        loop {
            let noted = store.read(&self.head.id, self.head.durable).await?;
            let revision = noted.as_ref().map_or(0, |noted| noted.revision);
            let record = noted.map(|noted| noted.record);
            let record = record.filter(|record| record.message >= turn.message);
            let record = record.unwrap_or_else(|| self.unnoted(keep));
            if record.ended.is_some() || record.settled >= turn.count {
                return Ok(());
            }
            let tally = record.tally_before(turn);
            let written_ms = unix_ms();
            let waits = Record { tally, settled: turn.count, holder: 0, written_ms, ..record };
            if store.write(&waits, &[], self.head.durable, revision).await?.is_some() {
                let pause = Duration::from_millis(waits.due_ms.saturating_sub(unix_ms()));
                self.say(store, AckKind::Nak(Some(pause.min(keep / REFRESH)))).await;
                return Ok(());
            }
        }
    }

    /// What is known of a job without a record.
    fn unnoted(&self, keep: Duration) -> Record {
        let is_old = self.stamp.stored_ms.saturating_add(ms(keep)) < unix_ms();
        Record::unnoted(self.head.id.clone(), self.stamp.turn, is_old)
    }

    /// Does what its end has left undone.
    async fn finish(
        &self,
        store: &Store,
        record: &Record,
        outcome: &Outcome,
    ) -> Result<(), EngineError> {
        if record.ended.as_ref().is_some_and(|ended| ended.buried) {
            let letter = DeadLetter {
                envelope: self.envelope(),
                outcome: outcome.clone(),
                tally: record.tally,
            };
            let (headers, body) = wire::dead_letter(&letter)?;
            let _ = store.put(Of::Dead, &self.head.id, headers, body).await?;
        }
        store.announce(&record.id, outcome, self.head.reply.as_deref()).await;
        self.say(store, AckKind::Ack).await;
        Ok(())
    }

    async fn say(&self, store: &Store, what: AckKind) {
        store.connection.tell(self.ack.clone(), None, what.into()).await;
    }

    fn has_expired(&self) -> bool {
        let expires = self.head.expires.map(|after| self.stamp.stored_ms.saturating_add(ms(after)));
        expires.is_some_and(|at| at <= unix_ms())
    }

    fn envelope(&self) -> Envelope {
        self.head.clone().into_envelope(self.payload.to_vec())
    }

    fn delivery(self, revision: u64, tally: Tally) -> Delivery {
        let token = Token {
            turn: self.stamp.turn,
            revision,
            durable: self.head.durable,
            reply: self.head.reply.as_deref().map(str::to_owned),
            ack: self.ack,
        };
        let lease = Lease::new(self.head.id.clone(), token.turn.delivery, token.write());
        let envelope = self.head.into_envelope(self.payload.into());
        Delivery { envelope, lease, tally }
    }
}

enum Settled {
    /// The record was written, with this number.
    Claimed(u64, Tally),
    /// It is not for a worker, now or ever.
    Done,
    /// Another has written it meanwhile.
    Again,
}
