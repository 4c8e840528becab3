//! Keys, whatever their values are.

use crate::call::Call;
use crate::failure::Failure;
use crate::glob;

pub(super) fn del(call: &mut Call<'_>) -> Result<(), Failure> {
    let keys = call.arguments.starting_at(1);
    let mut locked = call.database.store.lock(keys.clone())?;
    let removed = keys.filter(|key| locked.slot(key).remove()).count();
    call.answer.integer(removed as i64);
    Ok(())
}

/// A key that is named twice counts twice.
pub(super) fn exists(call: &mut Call<'_>) -> Result<(), Failure> {
    let keys = call.arguments.starting_at(1);
    let mut locked = call.database.store.lock(keys.clone())?;
    let found = keys.filter(|key| locked.slot(key).get().is_some()).count();
    call.answer.integer(found as i64);
    Ok(())
}

pub(super) fn kind(call: &mut Call<'_>) -> Result<(), Failure> {
    let key = call.argument(1)?;
    let is_there = call.database.store.with(key, |slot| slot.get().is_some())?;
    call.answer.text(if is_there { "string" } else { "none" });
    Ok(())
}

pub(super) fn keys(call: &mut Call<'_>) -> Result<(), Failure> {
    let pattern = call.argument(1)?;
    let mut matching: Vec<Box<[u8]>> = Vec::new();
    call.database.store.for_each_key(|key| {
        if glob::matches(pattern, key) {
            matching.push(key.into());
        }
    })?;
    call.answer.array(matching.len());
    for key in &matching {
        call.answer.bytes(key);
    }
    Ok(())
}

pub(super) fn dbsize(call: &mut Call<'_>) -> Result<(), Failure> {
    let (keys, _) = call.database.store.count()?;
    call.answer.integer(keys as i64);
    Ok(())
}

/// There is one database, so one and all are the same. It is done at once, also if asked to be done later.
pub(super) fn flush(call: &mut Call<'_>) -> Result<(), Failure> {
    let knows =
        |word: &[u8]| word.eq_ignore_ascii_case(b"sync") || word.eq_ignore_ascii_case(b"async");
    if call.arguments.len() > 2 || !call.arguments.starting_at(1).all(knows) {
        return Err(Failure::Syntax);
    }
    call.database.store.clear()?;
    call.answer.ok();
    Ok(())
}
