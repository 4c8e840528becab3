//! Values as strings of bytes.

use crate::call::Call;
use crate::failure::Failure;

/// The longest value that appending may make.
const MAX_VALUE_BYTES: usize = 64 * 1024 * 1024;

pub(super) fn get(call: &mut Call<'_>) -> Result<(), Failure> {
    let key = call.argument(1)?;
    call.database.store.with(key, |slot| call.answer.bytes_or_nothing(slot.get()))?;
    Ok(())
}

pub(super) fn mget(call: &mut Call<'_>) -> Result<(), Failure> {
    let keys = call.arguments.starting_at(1);
    let mut locked = call.database.store.lock(keys.clone())?;
    call.answer.array(call.arguments.len() - 1);
    for key in keys {
        call.answer.bytes_or_nothing(locked.slot(key).get());
    }
    Ok(())
}

pub(super) fn mset(call: &mut Call<'_>) -> Result<(), Failure> {
    if call.arguments.len().is_multiple_of(2) {
        return Err(Failure::WrongNumberOfArguments("mset"));
    }
    let keys = call.arguments.starting_at(1).step_by(2);
    let values = call.arguments.starting_at(2).step_by(2);
    let mut locked = call.database.store.lock(keys.clone())?;
    for (key, value) in keys.zip(values) {
        locked.slot(key).set(value);
    }
    call.answer.ok();
    Ok(())
}

pub(super) fn append(call: &mut Call<'_>) -> Result<(), Failure> {
    let (key, more) = (call.argument(1)?, call.argument(2)?);
    let length = call.database.store.with(key, |slot| {
        let present = slot.get().map_or(0, <[u8]>::len);
        (present + more.len() <= MAX_VALUE_BYTES).then(|| slot.append(more))
    })?;
    call.answer.integer(length.ok_or(Failure::TooLong)? as i64);
    Ok(())
}

pub(super) fn strlen(call: &mut Call<'_>) -> Result<(), Failure> {
    let key = call.argument(1)?;
    let length = call.database.store.with(key, |slot| slot.get().map_or(0, <[u8]>::len))?;
    call.answer.integer(length as i64);
    Ok(())
}
