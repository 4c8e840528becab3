//! How numbers are written for people: three significant digits and a unit, or grouped digits.

use std::time::Duration;

/// Stands where there is no number.
pub(crate) const NONE: &str = "–";

/// A unit with its size. From the amount `below` on, the next larger unit reads better.
struct Unit {
    name: &'static str,
    size: f64,
    below: f64,
}

const fn unit(name: &'static str, size: f64, below: f64) -> Unit {
    Unit { name, size, below }
}

const TIME: &[Unit] = &[
    unit("ns", 1.0, 999.5),
    unit("µs", 1e3, 999.5),
    unit("ms", 1e6, 999.5),
    unit("s", 1e9, 99.95),
    unit("min", 60e9, 99.95),
    unit("h", 3600e9, 99.95),
    unit("d", 86400e9, f64::INFINITY),
];

const MEMORY: &[Unit] = &[
    unit("B", 1.0, 1023.5),
    unit("KiB", 1024.0, 1023.5),
    unit("MiB", 1048576.0, 1023.5),
    unit("GiB", 1073741824.0, f64::INFINITY),
];

/// `12,345,678`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `850 ns`, `1.25 ms`, `33.0 s`
pub(crate) fn duration(duration: Duration) -> String {
    with_unit(duration.as_nanos() as f64, TIME)
}

/// The same, or a dash.
pub(crate) fn optional_duration(given: Option<Duration>) -> String {
    given.map_or_else(|| NONE.to_owned(), duration)
}

/// `2 µs`, `1.2 ms`, `500 s`: a round number of nanoseconds, without needless decimals.
pub(crate) fn limit(ns: u64) -> String {
    let (name, size) = match ns {
        0..1_000 => ("ns", 1.0),
        1_000..1_000_000 => ("µs", 1e3),
        1_000_000..1_000_000_000 => ("ms", 1e6),
        1_000_000_000..1_000_000_000_000_000 => ("s", 1e9),
        _ => return format!("{:e} s", ns as f64 / 1e9),
    };
    format!("{} {name}", ns as f64 / size)
}

/// `980 B`, `12.5 KiB`
pub(crate) fn bytes(bytes: u64) -> String {
    with_unit(bytes as f64, MEMORY)
}

/// `81,220 /s`, `0.25 /s`
pub(crate) fn rate(per_second: f64) -> String {
    if per_second < 99.95 {
        format!("{} /s", three_digits(per_second))
    } else {
        format!("{} /s", count(per_second.round() as u64))
    }
}

/// `12.3 %`
pub(crate) fn share(part: u64, whole: u64) -> String {
    format!("{:.1} %", part as f64 * 100.0 / whole as f64)
}

fn with_unit(amount: f64, units: &[Unit]) -> String {
    let mut chosen = &units[0];
    for unit in units {
        chosen = unit;
        if amount / unit.size < unit.below {
            break;
        }
    }
    let amount = amount / chosen.size;
    // There is no part of the smallest unit.
    let digits = if chosen.size == 1.0 { format!("{amount:.0}") } else { three_digits(amount) };
    format!("{digits} {}", chosen.name)
}

fn three_digits(amount: f64) -> String {
    // The limits lie where rounding would add a digit.
    let decimals = match amount {
        amount if amount < 9.995 => 2,
        amount if amount < 99.95 => 1,
        _ => 0,
    };
    format!("{amount:.decimals$}")
}
