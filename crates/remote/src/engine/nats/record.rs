//! What the engine notes about a job, and who may change it.
//!
//! A job has at most one record, the last message on its subject. It is written by compare-and-set: with the number of
//! the record that the writer has read, or zero for none. So of two writers that have read the same, one fails, reads
//! again, and decides anew.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::terse::is_default;
use crate::engine::{JobId, Outcome, Tally};

/// The note. A job that was never put back and whose workers live has none until its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: JobId,
    /// The number of the job's message. A later job by the same id has a larger one.
    pub(super) message: u64,
    /// What has happened to the job, except to its holder.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) tally: Tally,
    /// Of the deliveries of the message, so many have no say any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) settled: u64,
    /// The delivery that has claimed the job; 0 for none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) holder: u64,
    /// Not before that time, in milliseconds of Unix.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) due_ms: u64,
    /// When this was written, in milliseconds of Unix: old records are removed by the server.
    pub(super) written_ms: u64,
    /// Whether it is to be cancelled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) cancel: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) ended: Option<Ended>,
}

/// The job's end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ended {
    /// The delivery that has ended it; 0 if it was cancelled before.
    pub(super) by: u64,
    /// Whether there is to be a dead letter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) buried: bool,
    pub(super) how: How,
}

/// An outcome without its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum How {
    Succeeded,
    Failed(String),
    Panicked(String),
    Cancelled,
    Expired,
    WorkersDied(u32),
    UnknownFunction,
    Malformed(String),
}

/// A delivery, as the rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// The number of the delivery among all of the queue.
    pub(super) delivery: u64,
    /// The number of the job's message.
    pub(super) message: u64,
    /// Which delivery of the message it is, from 1.
    pub(super) count: u64,
}

/// What a record says to a delivery that wants to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    /// It may.
    Open,
    /// It has put the job back before.
    PutBack,
    /// It has ended the job before.
    Ended,
    /// Another one has the job, or has ended it.
    Fenced,
}

impl Record {
    /// Of a job of which nothing is noted.
    pub(super) fn new(id: JobId, message: u64) -> Self {
        Record {
            id,
            message,
            tally: Tally::default(),
            settled: 0,
            holder: 0,
            due_ms: 0,
            written_ms: unix_ms(),
            cancel: false,
            ended: None,
        }
    }

    /// Of a job that has no record at this delivery. The first delivery claims nothing, so it has died if this is not it.
    /// All others do; so if there were more, the record of one has been removed for its age, and all count as deaths.
    pub(super) fn unnoted(id: JobId, turn: Turn, is_old: bool) -> Self {
        let before = u32::try_from(turn.count.saturating_sub(1)).unwrap_or(u32::MAX);
        let deaths = if is_old { before } else { before.min(1) };
        let tally = Tally { deaths, ..Tally::default() };
        Record { tally, ..Record::new(id, turn.message) }
    }

    /// Whether a delivery may still say what becomes of the job.
    pub(super) fn right_of(&self, turn: Turn) -> Right {
        if self.message != turn.message {
            // That of an earlier job by the same id is replaced.
            return if self.message < turn.message { Right::Open } else { Right::Fenced };
        }
        match &self.ended {
            Some(ended) if ended.by == turn.delivery => Right::Ended,
            Some(_) => Right::Fenced,
            None if self.holder != 0 && self.holder != turn.delivery => Right::Fenced,
            None if self.settled == turn.count => Right::PutBack,
            None if self.settled > turn.count => Right::Fenced,
            None => Right::Open,
        }
    }

    /// The tally before this delivery: if another one has claimed the job, and left it so, it has died.
    pub(super) fn tally_before(&self, turn: Turn) -> Tally {
        let has_died = self.holder != 0 && self.holder != turn.delivery;
        let deaths = self.tally.deaths.saturating_add(u32::from(has_died));
        Tally { deaths, ..self.tally }
    }
}

impl How {
    /// The parts of an outcome.
    pub(super) fn of(outcome: &Outcome) -> (Self, &[u8]) {
        match outcome {
            Outcome::Succeeded(value) => (How::Succeeded, value),
            Outcome::Failed { error, text } => (How::Failed(text.clone()), error),
            Outcome::Panicked(text) => (How::Panicked(text.clone()), &[]),
            Outcome::Cancelled => (How::Cancelled, &[]),
            Outcome::Expired => (How::Expired, &[]),
            Outcome::WorkersDied(deaths) => (How::WorkersDied(*deaths), &[]),
            Outcome::UnknownFunction => (How::UnknownFunction, &[]),
            Outcome::Malformed(text) => (How::Malformed(text.clone()), &[]),
        }
    }

    /// The outcome of these parts.
    pub(super) fn outcome(&self, bytes: &[u8]) -> Outcome {
        match self {
            How::Succeeded => Outcome::Succeeded(bytes.to_vec()),
            How::Failed(text) => Outcome::Failed { error: bytes.to_vec(), text: text.clone() },
            How::Panicked(text) => Outcome::Panicked(text.clone()),
            How::Cancelled => Outcome::Cancelled,
            How::Expired => Outcome::Expired,
            How::WorkersDied(deaths) => Outcome::WorkersDied(*deaths),
            How::UnknownFunction => Outcome::UnknownFunction,
            How::Malformed(text) => Outcome::Malformed(text.clone()),
        }
    }
}

/// The time of the day, in milliseconds of Unix.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    ms(since)
}

/// Whole milliseconds.
pub(super) fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record::new(JobId::from("a"), 7)
    }

    fn turn(delivery: u64, count: u64) -> Turn {
        Turn { delivery, message: 7, count }
    }

    #[test]
    fn later_delivery_that_holds_the_job_fences_the_former_one() {
        let held = Record { holder: 20, settled: 1, ..record() };
        assert_eq!(held.right_of(turn(10, 1)), Right::Fenced);
        assert_eq!(held.right_of(turn(20, 2)), Right::Open);
    }

    #[test]
    fn answers_may_be_repeated_by_the_delivery_that_gave_them() {
        let put_back = Record { settled: 2, ..record() };
        assert_eq!(put_back.right_of(turn(20, 2)), Right::PutBack);
        assert_eq!(put_back.right_of(turn(10, 1)), Right::Fenced);
        assert_eq!(put_back.right_of(turn(30, 3)), Right::Open);
        let ended = Ended { by: 20, buried: false, how: How::Succeeded };
        let ended = Record { ended: Some(ended), ..record() };
        assert_eq!(ended.right_of(turn(20, 2)), Right::Ended);
        assert_eq!(ended.right_of(turn(10, 1)), Right::Fenced);
    }

    #[test]
    fn holder_that_gave_no_answer_has_died() {
        let tally = Tally { failures: 1, deaths: 1, unknown: 0 };
        let claimed = Record { tally, settled: 1, holder: 20, ..record() };
        assert_eq!(claimed.tally_before(turn(30, 3)).deaths, 2);
        assert_eq!(claimed.tally_before(turn(20, 2)), tally);
        let put_back = Record { tally, settled: 2, ..record() };
        assert_eq!(put_back.tally_before(turn(40, 4)), tally, "the third was given to nobody");
    }

    #[test]
    fn without_a_record_the_first_delivery_has_died_and_all_if_records_are_gone() {
        let deaths =
            |count, is_old| Record::unnoted(JobId::from("a"), turn(9, count), is_old).tally.deaths;
        assert_eq!([deaths(1, false), deaths(2, false), deaths(4, false)], [0, 1, 1]);
        assert_eq!([deaths(1, true), deaths(2, true), deaths(4, true)], [0, 1, 3]);
    }

    #[test]
    fn record_of_an_earlier_job_by_the_same_id_gives_way() {
        let ended = Ended { by: 20, buried: false, how: How::Succeeded };
        let ended = Record { ended: Some(ended), ..record() };
        let of = |message| Turn { delivery: 30, message, count: 1 };
        assert_eq!(ended.right_of(of(8)), Right::Open);
        assert_eq!(ended.right_of(of(6)), Right::Fenced);
    }
}
