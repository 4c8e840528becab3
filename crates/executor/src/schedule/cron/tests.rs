//! Patterns against a reference that looks at each minute of a year.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::Cron;
use super::pattern::Pattern;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Two hours and more forward and back in spring and autumn, north and south; half an hour; none.
const ZONES: [&str; 4] = ["Europe/Vienna", "America/Los_Angeles", "Australia/Lord_Howe", "UTC"];
const PATTERNS: [&str; 12] = [
    "30 2 * * *",
    "0 2 * * *",
    "0 3 * * *",
    "15,45 1-3 * * *",
    "*/15 * * * *",
    "7 * * * *",
    "*/20 2 * * *",
    "0 0 1 * *",
    "59 23 28-31 * *",
    "0 12 13 * 5",
    "10 2 * 3,4,10,11 sun",
    "0 4 29 feb *",
];

fn all(pattern: &str, zone: &str, year: i16) -> Vec<Timestamp> {
    let cron = Cron::new(pattern, zone).unwrap();
    let nanos = |moment: Timestamp| u64::try_from(moment.as_nanosecond()).unwrap();
    let (start, end) = bounds(year);
    let dues = std::iter::successors(cron.after(nanos(start) - 1), |due| cron.after(*due));
    let dues = dues.take_while(|due| *due < nanos(end));
    dues.map(|due| Timestamp::from_nanosecond(due.into()).unwrap()).collect()
}

fn bounds(year: i16) -> (Timestamp, Timestamp) {
    let first = |year| {
        let start = DateTime::new(year, 1, 1, 0, 0, 0, 0).unwrap();
        TimeZone::UTC.to_timestamp(start).unwrap()
    };
    (first(year), first(year + 1))
}

/// All minutes of a year: of the calendar, from days before until days after, and of real time with what the clock shows.
struct Year {
    zone: TimeZone,
    shown: Vec<DateTime>,
    real: Vec<(Timestamp, DateTime)>,
}

impl Year {
    fn new(zone: &str, year: i16) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let (start, end) = bounds(year);
        let first = DateTime::new(year - 1, 12, 30, 0, 0, 0, 0).unwrap();
        let next = |shown: &DateTime| Some(shown.checked_add(MINUTE).unwrap());
        let shown = std::iter::successors(Some(first), next);
        let shown = shown.take_while(|shown| shown.year() <= year || shown.day() < 3).collect();
        let next = |moment: &Timestamp| Some(moment.checked_add(MINUTE).unwrap());
        let real = std::iter::successors(Some(start), next).take_while(|moment| *moment < end);
        let real = real.map(|moment| (moment, zone.to_datetime(moment))).collect();
        Year { zone, shown, real }
    }

    /// Minute by minute, by the words of the guide.
    fn slowly(&self, pattern: &str, year: i16) -> Vec<Timestamp> {
        let (is_fixed, matches) = reference(pattern);
        let (start, end) = bounds(year);
        let dues: BTreeSet<Timestamp> = if is_fixed {
            let shown = self.shown.iter().filter(|shown| matches(**shown));
            shown.map(|shown| first_moment(&self.zone, *shown)).collect()
        } else {
            let real = self.real.iter().filter(|(_, shown)| matches(*shown));
            real.map(|(moment, _)| *moment).collect()
        };
        dues.into_iter().filter(|due| (start..end).contains(due)).collect()
    }
}

/// The first moment at which the clock shows `shown` or, as it leaves that out, has passed it.
fn first_moment(zone: &TimeZone, shown: DateTime) -> Timestamp {
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(shown).unwrap(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(shown).unwrap(),
        AmbiguousOffset::Gap { before, .. } => {
            // Minute by minute back to where the clock has not been set yet.
            let mut moment = before.to_timestamp(shown).unwrap();
            while zone.to_offset(moment) != before {
                moment = moment.checked_sub(MINUTE).unwrap();
            }
            moment.checked_add(MINUTE).unwrap()
        }
    }
}

/// A pattern read again, value by value.
fn reference(pattern: &str) -> (bool, impl Fn(DateTime) -> bool) {
    let fields: Vec<&str> = pattern.split(' ').collect();
    let is_fixed = !fields[0].starts_with('*') && !fields[1].starts_with('*');
    let either = fields[2] != "*" && fields[4] != "*";
    let tables: Vec<[bool; 60]> = fields
        .iter()
        .map(|field| std::array::from_fn(|value| is_in(field, i8::try_from(value).unwrap())))
        .collect();
    let matches = move |shown: DateTime| {
        let is = |field: usize, value: i8| tables[field][value.unsigned_abs() as usize];
        let (day, weekday) = (is(2, shown.day()), is(4, shown.weekday().to_sunday_zero_offset()));
        let is_day = if either { day || weekday } else { day && weekday };
        is(0, shown.minute()) && is(1, shown.hour()) && is_day && is(3, shown.month())
    };
    (is_fixed, matches)
}

fn is_in(field: &str, value: i8) -> bool {
    field.split(',').any(|item| {
        let (span, step) = item.split_once('/').unwrap_or((item, "1"));
        let step: i8 = step.parse().unwrap();
        let number = |text: &str| match text {
            "sun" => 0,
            "feb" => 2,
            number => number.parse::<i8>().unwrap(),
        };
        match span.split_once('-') {
            _ if span == "*" => value % step == 0,
            Some((from, to)) => (number(from)..=number(to)).contains(&value),
            None => number(span) == value,
        }
    })
}

/// The first place at which two lists differ.
fn differing(one: &[Timestamp], other: &[Timestamp]) -> Option<usize> {
    let longest = one.len().max(other.len());
    (0..longest).find(|place| one.get(*place) != other.get(*place))
}

#[test]
fn a_year_across_both_changes_of_the_clock_is_as_minute_by_minute() {
    // A leap year.
    const YEAR: i16 = 2024;
    for zone in ZONES {
        let minutes = Year::new(zone, YEAR);
        for pattern in PATTERNS {
            let (fast, slow) = (all(pattern, zone, YEAR), minutes.slowly(pattern, YEAR));
            assert!(!slow.is_empty());
            assert!(fast == slow, "{pattern} in {zone}: {:?}", differing(&fast, &slow));
        }
    }
}

fn dues(pattern: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let cron = Cron::new(pattern, zone).unwrap();
    let tz = TimeZone::get(zone).unwrap();
    let mut at = u64::try_from(from.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap();
    let mut dues = Vec::new();
    for _ in 0..count {
        at = cron.after(at).unwrap();
        let due = Timestamp::from_nanosecond(at.into()).unwrap();
        dues.push(tz.to_datetime(due).to_string());
    }
    dues
}

#[test]
fn what_falls_in_the_gap_runs_once_at_its_end() {
    let vienna = dues("30 2 * * *", "Europe/Vienna", "2026-03-28T12:00:00Z", 2);
    assert_eq!(vienna, ["2026-03-29T03:00:00", "2026-03-30T02:30:00"]);
    let several = dues("0,10,20 2-3 * * *", "Europe/Vienna", "2026-03-29T00:00:00Z", 3);
    assert_eq!(several, ["2026-03-29T03:00:00", "2026-03-29T03:10:00", "2026-03-29T03:20:00"]);
    let half_an_hour = dues("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T10:00:00Z", 2);
    assert_eq!(half_an_hour, ["2026-10-04T02:30:00", "2026-10-05T02:15:00"]);
}

#[test]
fn what_falls_in_the_doubled_hour_runs_at_the_first_of_both() {
    let vienna = dues("30 2 * * *", "Europe/Vienna", "2026-10-24T12:00:00Z", 2);
    assert_eq!(vienna, ["2026-10-25T02:30:00", "2026-10-26T02:30:00"]);
    let cron = Cron::new("30 2 * * *", "Europe/Vienna").unwrap();
    let first = "2026-10-25T00:30:00Z".parse::<Timestamp>().unwrap();
    let between = u64::try_from(first.as_nanosecond()).unwrap() + 1;
    let next = cron.after(between).unwrap() - between;
    assert!(next > 24 * 3_600_000_000_000, "not an hour later: {next}");
}

#[test]
fn patterns_with_a_star_go_on_with_real_time() {
    let gap = dues("*/30 * * * *", "Europe/Vienna", "2026-03-29T00:40:00Z", 2);
    assert_eq!(gap, ["2026-03-29T03:00:00", "2026-03-29T03:30:00"]);
    let doubled = dues("0 * * * *", "Europe/Vienna", "2026-10-24T23:30:00Z", 3);
    assert_eq!(doubled, ["2026-10-25T02:00:00", "2026-10-25T02:00:00", "2026-10-25T03:00:00"]);
}

#[test]
fn with_six_fields_the_first_is_the_second() {
    let dues = dues("*/20 5 4 * * *", "UTC", "2026-01-01T00:00:00Z", 4);
    let expected = ["T04:05:00", "T04:05:20", "T04:05:40"].map(|time| format!("2026-01-01{time}"));
    assert_eq!(dues[..3], expected);
    assert_eq!(dues[3], "2026-01-02T04:05:00");
}

#[test]
fn names_lists_ranges_and_steps_are_read() {
    let same = |one: &str, other: &str| {
        assert_eq!(Pattern::parse(one), Pattern::parse(other), "{one}, {other}");
        assert!(Pattern::parse(one).is_ok());
    };
    same("0 0 * jan-MAR,dec mon", "0 0 * 1-3,12 1");
    same("0 0 * * sun", "0 0 * * 7");
    same("0 0 * * 0-7", "0 0 * * sun-7");
    same("5/20 1,3 * * *", "5,25,45 1-4/2 * * *");
}

#[test]
fn what_cannot_be_read_or_never_comes_says_why() {
    for (pattern, why) in [
        ("", "it has 0 fields, but must have 5 or 6"),
        ("* * * *", "it has 4 fields, but must have 5 or 6"),
        ("60 * * * *", "the minute is from 0 to 59, and not \"60\""),
        ("* 24 * * *", "the hour is from 0 to 23, and not \"24\""),
        ("* * 0 * *", "the day of the month is from 1 to 31, and not \"0\""),
        ("* * * 13 *", "the month is from 1 to 12, and not \"13\""),
        ("* * * * 8", "the day of the week is from 0 to 7, and not \"8\""),
        ("+5 * * * *", "the minute is from 0 to 59, and not \"+5\""),
        ("5- * * * *", "the minute is from 0 to 59, and not \"\""),
        ("9-5 * * * *", "the minute begins after its end in \"9-5\""),
        ("*/0 * * * *", "the step of the minute is no number in \"*/0\""),
        ("0 0 30 2 *", "no month has such a day"),
        ("0 0 31 4,6 *", "no month has such a day"),
    ] {
        let error = Pattern::parse(pattern).unwrap_err();
        assert_eq!(error.to_string(), format!("{pattern:?}: {why}"));
    }
    assert!(Cron::new("* * * * *", "Europe/Atlantis").is_err());
}

#[test]
fn the_next_due_time_is_strictly_later_than_the_last() {
    for zone in ZONES {
        for pattern in PATTERNS {
            let cron = Cron::new(pattern, zone).unwrap();
            let mut due = cron.after(0).unwrap();
            for _ in 0..100 {
                assert_eq!(cron.after(due - 1), Some(due), "{pattern} in {zone}");
                let next = cron.after(due).unwrap();
                assert!(next > due);
                due = next;
            }
        }
    }
}

#[test]
fn a_leap_day_comes_although_a_century_has_none() {
    let dues = dues("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1);
    assert_eq!(dues, ["2104-02-29T00:00:00"]);
}
