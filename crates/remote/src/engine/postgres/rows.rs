//! What lies in the columns: texts and bytes, times, errors.

use std::mem;
use std::time::Duration;

use postgres::{Error, Row};

use crate::engine::{EngineError, Envelope, Outcome, Tally};

/// A hundred years, in milliseconds: a later moment may be beyond the server's calendar.
const FAR: i64 = 100 * 365 * 24 * 60 * 60 * 1000;

/// Longer ids have no place in an index.
const LONGEST_ID: usize = 2000;

/// A job as columns: its envelope as JSON, and the arguments as they are.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) id: String,
    pub(super) envelope: String,
    pub(super) payload: Vec<u8>,
    pub(super) durable: bool,
    pub(super) delay: f64,
    pub(super) expires: Option<f64>,
}

impl Written {
    pub(super) fn new(envelope: &Envelope) -> Result<Self, EngineError> {
        let id = envelope.id.as_str();
        if id.len() > LONGEST_ID {
            return Err(EngineError::Refused(format!("an id of {} bytes is too long", id.len())));
        }
        let mut rest = envelope.clone();
        let payload = mem::take(&mut rest.payload);
        Ok(Written {
            id: id.to_owned(),
            envelope: json(&rest)?,
            payload,
            durable: envelope.durable,
            delay: millis(envelope.delay) as f64,
            expires: envelope.expires.map(|expires| millis(expires) as f64),
        })
    }
}

/// The envelope of the columns `envelope` and `payload`.
pub(super) fn envelope(text: &str, payload: Vec<u8>) -> Result<Envelope, EngineError> {
    let rest: Envelope = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    Ok(Envelope { payload, ..rest })
}

/// An outcome as the columns `outcome` and `value`.
pub(super) fn write_outcome(outcome: &Outcome) -> Result<(String, Vec<u8>), EngineError> {
    let mut rest = outcome.clone();
    let value = bytes_of(&mut rest).map(mem::take).unwrap_or_default();
    Ok((json(&rest)?, value))
}

/// The outcome of the columns `outcome` and `value`.
pub(super) fn read_outcome(text: &str, value: Option<Vec<u8>>) -> Result<Outcome, EngineError> {
    let mut outcome: Outcome = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
    if let (Some(bytes), Some(value)) = (bytes_of(&mut outcome), value) {
        *bytes = value;
    }
    Ok(outcome)
}

fn bytes_of(outcome: &mut Outcome) -> Option<&mut Vec<u8>> {
    match outcome {
        Outcome::Succeeded(value) => Some(value),
        Outcome::Failed { error, .. } => Some(error),
        _ => None,
    }
}

/// The tally of the columns `failures`, `deaths` and `unknowns`.
pub(super) fn tally(row: &Row) -> Result<Tally, EngineError> {
    let count = |name| row.try_get::<_, i32>(name).map(i32::unsigned_abs).map_err(error);
    Ok(Tally {
        failures: count("failures")?,
        deaths: count("deaths")?,
        unknown: count("unknowns")?,
    })
}

/// Whole milliseconds, and no more than a hundred years.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(FAR).min(FAR)
}

/// The time of so many milliseconds; none for a time that has passed.
pub(super) fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// The driver's error as ours.
pub(super) fn error(error: Error) -> EngineError {
    if is_for_now(&error) {
        return EngineError::unreachable(error);
    }
    match error.as_db_error() {
        Some(said) => EngineError::Refused(said.message().to_owned()),
        None => EngineError::Refused(error.to_string()),
    }
}

/// Whether the same call may succeed a moment later: the connection was lost, or the server says so.
fn is_for_now(error: &Error) -> bool {
    // Connection, rollback, resources, locks, an operator, the system.
    const CLASSES: [&str; 6] = ["08", "40", "53", "55", "57", "58"];
    match error.code() {
        Some(code) => CLASSES.iter().any(|class| code.code().starts_with(class)),
        None => true,
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, EngineError> {
    serde_json::to_string(value).map_err(|error| EngineError::Refused(error.to_string()))
}

fn unreadable(error: &serde_json::Error) -> EngineError {
    EngineError::Refused(format!("a row cannot be read: {error}"))
}
