//! When keys expire.

use std::iter;
use std::time::Duration;

use greenstd::time::{self, Instant};

use crate::call::Call;
use crate::failure::Failure;

/// What is answered for a key that is not there, and for one that does not expire.
const MISSING: i64 = -2;
const NEVER: i64 = -1;

/// A unit of time in which clients speak.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
}

impl Unit {
    /// The moment after so many of them, if that can be told.
    pub(super) fn after(self, count: u64) -> Option<Instant> {
        let duration = match self {
            Unit::Seconds => Duration::from_secs(count),
            Unit::Milliseconds => Duration::from_millis(count),
        };
        time::after(duration)
    }

    fn until(self, due: Instant) -> i64 {
        let milliseconds = time::until(due).as_millis();
        let count = match self {
            Unit::Seconds => (milliseconds + 500) / 1000,
            Unit::Milliseconds => milliseconds,
        };
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}

pub(super) fn expire(call: &mut Call<'_>) -> Result<(), Failure> {
    expire_in(call, Unit::Seconds, "expire")
}

pub(super) fn pexpire(call: &mut Call<'_>) -> Result<(), Failure> {
    expire_in(call, Unit::Milliseconds, "pexpire")
}

/// A moment that has passed removes the key.
fn expire_in(call: &mut Call<'_>, unit: Unit, command: &'static str) -> Result<(), Failure> {
    let key = call.argument(1)?;
    let done = match u64::try_from(call.integer(2)?) {
        Ok(0) | Err(_) => call.database.store.lock(iter::once(key))?.slot(key).remove(),
        Ok(count) => {
            let due = unit.after(count).ok_or(Failure::InvalidExpiry(command))?;
            call.database.store.with(key, |slot| slot.set_due(Some(due)))?
        }
    };
    call.answer.integer(i64::from(done));
    Ok(())
}

pub(super) fn ttl(call: &mut Call<'_>) -> Result<(), Failure> {
    time_left(call, Unit::Seconds)
}

pub(super) fn pttl(call: &mut Call<'_>) -> Result<(), Failure> {
    time_left(call, Unit::Milliseconds)
}

fn time_left(call: &mut Call<'_>, unit: Unit) -> Result<(), Failure> {
    let key = call.argument(1)?;
    let left = call.database.store.with(key, |slot| match (slot.get(), slot.due()) {
        (None, _) => MISSING,
        (Some(_), None) => NEVER,
        (Some(_), Some(due)) => unit.until(due),
    })?;
    call.answer.integer(left);
    Ok(())
}

pub(super) fn persist(call: &mut Call<'_>) -> Result<(), Failure> {
    let key = call.argument(1)?;
    let persists =
        call.database.store.with(key, |slot| slot.due().is_some() && slot.set_due(None))?;
    call.answer.integer(i64::from(persists));
    Ok(())
}
