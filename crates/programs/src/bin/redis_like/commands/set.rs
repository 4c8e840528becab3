//! `SET` and its options.

use greenstd::time::Instant;

use super::expiry::Unit;
use crate::call::Call;
use crate::failure::Failure;
use crate::request;

/// What a call of `SET` asks for besides the value.
#[derive(Debug, Default)]
struct Options {
    condition: Option<Condition>,
    expiry: Option<Expiry>,
    /// Whether the answer is the old value.
    get: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    IsMissing,
    IsThere,
}

#[derive(Debug)]
enum Expiry {
    At(Instant),
    Keep,
}

pub(super) fn set(call: &mut Call<'_>) -> Result<(), Failure> {
    let (key, value) = (call.argument(1)?, call.argument(2)?);
    let options = Options::read(call)?;
    call.database.store.with(key, |slot| {
        let holds = match options.condition {
            None => true,
            Some(Condition::IsMissing) => slot.get().is_none(),
            Some(Condition::IsThere) => slot.get().is_some(),
        };
        match (options.get, holds) {
            (true, _) => call.answer.bytes_or_nothing(slot.get()),
            (false, true) => call.answer.ok(),
            (false, false) => call.answer.nothing(),
        }
        if !holds {
            return;
        }
        match options.expiry {
            None => slot.set(value),
            Some(Expiry::Keep) => slot.set_keeping_due(value),
            Some(Expiry::At(due)) => {
                slot.set_keeping_due(value);
                slot.set_due(Some(due));
            }
        }
    })?;
    Ok(())
}

impl Options {
    fn read(call: &Call<'_>) -> Result<Self, Failure> {
        let mut options = Options::default();
        let mut words = call.arguments.starting_at(3);
        while let Some(word) = words.next() {
            match word.to_ascii_lowercase().as_slice() {
                b"nx" => options.only_if(Condition::IsMissing)?,
                b"xx" => options.only_if(Condition::IsThere)?,
                b"get" => options.get = true,
                b"keepttl" => options.expire(Expiry::Keep)?,
                b"ex" => options.expire(after(words.next(), Unit::Seconds)?)?,
                b"px" => options.expire(after(words.next(), Unit::Milliseconds)?)?,
                _ => return Err(Failure::Syntax),
            }
        }
        Ok(options)
    }

    fn only_if(&mut self, condition: Condition) -> Result<(), Failure> {
        match self.condition.replace(condition) {
            None => Ok(()),
            Some(_) => Err(Failure::Syntax),
        }
    }

    fn expire(&mut self, expiry: Expiry) -> Result<(), Failure> {
        match self.expiry.replace(expiry) {
            None => Ok(()),
            Some(_) => Err(Failure::Syntax),
        }
    }
}

fn after(count: Option<&[u8]>, unit: Unit) -> Result<Expiry, Failure> {
    let count = request::integer(count.ok_or(Failure::Syntax)?).ok_or(Failure::NotAnInteger)?;
    let count = u64::try_from(count).ok().filter(|count| *count > 0);
    let due = count.and_then(|count| unit.after(count));
    due.map(Expiry::At).ok_or(Failure::InvalidExpiry("set"))
}
