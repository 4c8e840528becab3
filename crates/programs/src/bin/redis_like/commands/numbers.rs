//! Values as integers.

use crate::call::Call;
use crate::failure::Failure;
use crate::request;

pub(super) fn incr(call: &mut Call<'_>) -> Result<(), Failure> {
    add(call, 1)
}

pub(super) fn decr(call: &mut Call<'_>) -> Result<(), Failure> {
    add(call, -1)
}

pub(super) fn incrby(call: &mut Call<'_>) -> Result<(), Failure> {
    add(call, call.integer(2)?)
}

pub(super) fn decrby(call: &mut Call<'_>) -> Result<(), Failure> {
    add(call, call.integer(2)?.checked_neg().ok_or(Failure::Overflow)?)
}

/// What is not there counts as 0.
fn add(call: &mut Call<'_>, change: i64) -> Result<(), Failure> {
    let key = call.argument(1)?;
    let sum = call.database.store.with(key, |slot| {
        let number = match slot.get() {
            Some(text) => request::integer(text).ok_or(Failure::NotAnInteger)?,
            None => 0,
        };
        let sum = number.checked_add(change).ok_or(Failure::Overflow)?;
        slot.set_keeping_due(sum.to_string().as_bytes());
        Ok::<i64, Failure>(sum)
    })??;
    call.answer.integer(sum);
    Ok(())
}
