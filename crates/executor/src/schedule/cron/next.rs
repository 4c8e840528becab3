//! The next moment at which a pattern is due, across changes of the clock.
//!
//! A pattern of fixed hours and minutes means what the clock on the wall shows. Each time of each day that matches is one
//! moment: one that falls into the gap as the clock is set forward is the end of the gap, and of two, as it is set back, the
//! first counts. Several that fall into one gap are one.
//!
//! Any other pattern means real time: a moment matches if what the clock shows then does. So it has no gap, and is due
//! in both halves of the doubled hour.
//!
//! Each is strictly later than the moment that is asked about.

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::pattern::Pattern;

/// After so many days without a match there is none: the 29th of February comes at least every eighth year, and on a
/// certain day of the week at least every fortieth.
const DAYS: usize = 41 * 366;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The first due time that is later than `before`.
pub(super) fn after(pattern: &Pattern, zone: &TimeZone, before: Timestamp) -> Option<Timestamp> {
    let second = Timestamp::from_second(before.as_second()).ok()?;
    if pattern.is_fixed() {
        // Not what the clock shows a second later: a gap may lie between.
        on_the_wall(pattern, zone, before, zone.to_datetime(second).checked_add(SECOND).ok()?)
    } else {
        in_real_time(pattern, zone, second.checked_add(SECOND).ok()?)
    }
}

/// Times of the clock from `from` on, of which the first counts that is a moment after `before`.
fn on_the_wall(
    pattern: &Pattern,
    zone: &TimeZone,
    before: Timestamp,
    mut from: DateTime,
) -> Option<Timestamp> {
    loop {
        let shown = match_from(pattern, from)?;
        let due = moment(zone, shown)?;
        if due > before {
            return Some(due);
        }
        from = shown.checked_add(SECOND).ok()?;
    }
}

/// When the clock shows that.
fn moment(zone: &TimeZone, shown: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            // By the clock as it is after the gap, this is before it. So the gap ends with the next change.
            let ahead = after.to_timestamp(shown).ok()?;
            zone.following(ahead).next().map(|change| change.timestamp())
        }
    }
}

/// From change to change, between which the clock goes as time does.
fn in_real_time(pattern: &Pattern, zone: &TimeZone, mut from: Timestamp) -> Option<Timestamp> {
    loop {
        let offset = zone.to_offset(from);
        let shown = match_from(pattern, offset.to_datetime(from))?;
        let due = offset.to_timestamp(shown).ok()?;
        match zone.following(from).next() {
            Some(change) if change.timestamp() <= due => from = change.timestamp(),
            _ => return Some(due),
        }
    }
}

/// The first time of the calendar that matches and is not before `from`.
fn match_from(pattern: &Pattern, from: DateTime) -> Option<DateTime> {
    let (mut date, mut time) = (from.date(), from.time());
    for _ in 0..DAYS {
        if !pattern.matches_month(date) {
            date = date.last_of_month();
        } else if pattern.matches_day(date)
            && let Some(matching) = pattern.time_from(time)
        {
            return Some(date.to_datetime(matching));
        }
        (date, time) = (date.tomorrow().ok()?, Time::midnight());
    }
    None
}
