//! Reading a pattern, and which times of which days match it.

use std::error::Error;
use std::fmt;
use std::io;
use std::ops::RangeInclusive;

use jiff::civil::{Date, Time};

/// The values that a field has, as bits.
type Values = u64;

/// What a pattern says, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    seconds: Values,
    minutes: Values,
    hours: Values,
    days: Values,
    months: Values,
    weekdays: Values,
    /// Both kinds of days must match, since one of them is `*`; else one of them.
    both_days: bool,
    /// It has fixed hours and minutes, and so means the clock on the wall. Else it means real time.
    is_fixed: bool,
}

/// Why a pattern of wall time cannot be read.
///
/// ```
/// use executor::GreenThreadPoolExecutor;
/// use executor::schedule::ScheduleError;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let Err(ScheduleError::Pattern(error)) = pool.cron("0 24 * * *", "UTC").run(|_| {}) else {
///     unreachable!("there is no such hour")
/// };
/// assert_eq!(error.to_string(), "\"0 24 * * *\": the hour is from 0 to 23, and not \"24\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    pattern: String,
    what: String,
}

/// A field of a pattern: what it is called, and which values it may have.
struct Field {
    name: &'static str,
    range: RangeInclusive<u32>,
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", range: 0..=59, names: &[] };
const MINUTE: Field = Field { name: "minute", range: 0..=59, names: &[] };
const HOUR: Field = Field { name: "hour", range: 0..=23, names: &[] };
const DAY: Field = Field { name: "day of the month", range: 1..=31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    range: 1..=12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
/// 7 is Sunday too.
const WEEKDAY: Field = Field {
    name: "day of the week",
    range: 0..=7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

impl Pattern {
    pub(super) fn parse(pattern: &str) -> Result<Pattern, PatternError> {
        Self::read(pattern).map_err(|what| PatternError { pattern: pattern.into(), what })
    }

    fn read(pattern: &str) -> Result<Pattern, String> {
        let fields: Vec<&str> = pattern.split_whitespace().collect();
        let (second, [minute, hour, day, month, weekday]) = match fields[..] {
            [minute, hour, day, month, weekday] => ("0", [minute, hour, day, month, weekday]),
            [second, minute, hour, day, month, weekday] => {
                (second, [minute, hour, day, month, weekday])
            }
            _ => return Err(format!("it has {} fields, but must have 5 or 6", fields.len())),
        };
        let weekdays = WEEKDAY.values(weekday)?;
        let read = Pattern {
            seconds: SECOND.values(second)?,
            minutes: MINUTE.values(minute)?,
            hours: HOUR.values(hour)?,
            days: DAY.values(day)?,
            months: MONTH.values(month)?,
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            both_days: day.starts_with('*') || weekday.starts_with('*'),
            is_fixed: !minute.starts_with('*') && !hour.starts_with('*'),
        };
        if read.has_a_day() { Ok(read) } else { Err("no month has such a day".into()) }
    }

    pub(super) fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// Whether there is a day at all: the 30th of February never comes.
    fn has_a_day(&self) -> bool {
        const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let first = self.days.trailing_zeros();
        let is_in = |month: u32| has(self.months, month) && first <= LENGTHS[month as usize - 1];
        !self.both_days || (1..=12).any(is_in)
    }

    pub(super) fn matches_month(&self, date: Date) -> bool {
        has(self.months, date.month().unsigned_abs().into())
    }

    pub(super) fn matches_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day().unsigned_abs().into());
        let weekday = date.weekday().to_sunday_zero_offset().unsigned_abs();
        let weekday = has(self.weekdays, weekday.into());
        let is_right = if self.both_days { day && weekday } else { day || weekday };
        is_right && self.matches_month(date)
    }

    /// The first time of a day that matches and is not before `from`.
    pub(super) fn time_from(&self, from: Time) -> Option<Time> {
        let [hour, minute, second] =
            [from.hour(), from.minute(), from.second()].map(|part| u32::from(part.unsigned_abs()));
        let first = |values: Values| values.trailing_zeros();
        if has(self.hours, hour) {
            if has(self.minutes, minute)
                && let Some(second) = next(self.seconds, second)
            {
                return time(hour, minute, second);
            }
            if let Some(minute) = next(self.minutes, minute + 1) {
                return time(hour, minute, first(self.seconds));
            }
        }
        time(next(self.hours, hour + 1)?, first(self.minutes), first(self.seconds))
    }
}

fn time(hour: u32, minute: u32, second: u32) -> Option<Time> {
    Time::new(hour as i8, minute as i8, second as i8, 0).ok()
}

fn has(values: Values, value: u32) -> bool {
    values >> value & 1 == 1
}

/// The first of the values that is not before `from`.
fn next(values: Values, from: u32) -> Option<u32> {
    let rest = values.checked_shr(from)?;
    (rest != 0).then(|| from + rest.trailing_zeros())
}

impl Field {
    /// `*`, `5`, `1-5`, each with or without a step `/2`, and lists of them.
    fn values(&self, text: &str) -> Result<Values, String> {
        text.split(',').try_fold(0, |values, item| Ok(values | self.item(item)?))
    }

    fn item(&self, item: &str) -> Result<Values, String> {
        let (span, step) = match item.split_once('/') {
            Some((span, step)) => (span, Some(step)),
            None => (item, None),
        };
        let last = *self.range.end();
        let (from, to) = match span.split_once('-') {
            _ if span == "*" => (*self.range.start(), last),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if step.is_some() => (self.value(span)?, last),
            None => (self.value(span)?, self.value(span)?),
        };
        if from > to {
            return Err(format!("the {} begins after its end in {span:?}", self.name));
        }
        let step = match step.map(str::parse) {
            None => 1,
            Some(Ok(step)) if step > 0 => step,
            Some(_) => {
                return Err(format!("the step of the {} is no number in {item:?}", self.name));
            }
        };
        Ok((from..=to).step_by(step).fold(0, |values, value| values | 1 << value))
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        if let Some(index) = self.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(self.range.start() + index as u32);
        }
        // A sign would do for `parse`.
        let number = if text.starts_with('+') { None } else { text.parse().ok() };
        number.filter(|number| self.range.contains(number)).ok_or_else(|| {
            let (start, end) = (self.range.start(), self.range.end());
            format!("the {} is from {start} to {end}, and not {text:?}", self.name)
        })
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.pattern, self.what)
    }
}

impl Error for PatternError {}

impl From<PatternError> for io::Error {
    fn from(error: PatternError) -> Self {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}
