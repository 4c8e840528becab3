//! Keys, whatever their values are.

use crate::call::Call;
use crate::failure::Failure;
use crate::glob;
use crate::request;
use crate::store::Store;

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
    let mut matching = Vec::new();
    for part in 0..Store::PARTS {
        gather(call, part, pattern, &mut matching)?;
    }
    list(call, &matching);
    Ok(())
}

/// The cursor is the part of the store that comes next. So a call may tell of no key, or of many, and
/// what is there all the time is told once.
pub(super) fn scan(call: &mut Call<'_>) -> Result<(), Failure> {
    let part = usize::try_from(call.integer(1)?).ok().filter(|part| *part < Store::PARTS);
    let part = part.ok_or(Failure::InvalidCursor)?;
    let mut pattern = b"*".as_slice();
    let mut is_any_kind = true;
    let mut options = call.arguments.starting_at(2);
    while let (Some(option), value) = (options.next(), options.next()) {
        let value = value.ok_or(Failure::Syntax)?;
        match option.to_ascii_lowercase().as_slice() {
            b"match" => pattern = value,
            b"type" => is_any_kind = value.eq_ignore_ascii_case(b"string"),
            b"count" => {
                request::integer(value).ok_or(Failure::NotAnInteger)?;
            }
            _ => return Err(Failure::Syntax),
        }
    }
    drop(options);
    let mut matching = Vec::new();
    if is_any_kind {
        gather(call, part, pattern, &mut matching)?;
    }
    let next = (part + 1) % Store::PARTS;
    call.answer.array(2);
    call.answer.bytes(next.to_string().as_bytes());
    list(call, &matching);
    Ok(())
}

fn gather(
    call: &Call<'_>,
    part: usize,
    pattern: &[u8],
    matching: &mut Vec<Box<[u8]>>,
) -> Result<(), Failure> {
    call.database.store.for_each_key(part, |key| {
        if glob::matches(pattern, key) {
            matching.push(key.into());
        }
    })?;
    Ok(())
}

fn list(call: &mut Call<'_>, keys: &[Box<[u8]>]) {
    call.answer.array(keys.len());
    for key in keys {
        call.answer.bytes(key);
    }
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
