//! Numbers as people read them.

/// A time, from nanoseconds to days, in three digits.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-9 => "0".to_owned(),
        s if s < 999.5e-9 => format!("{} ns", three_digits(s * 1e9)),
        s if s < 999.5e-6 => format!("{} µs", three_digits(s * 1e6)),
        s if s < 999.5e-3 => format!("{} ms", three_digits(s * 1e3)),
        s if s < 119.5 => format!("{} s", three_digits(s)),
        s if s < 119.5 * 60.0 => format!("{:.0} min", s / 60.0),
        s if s < 47.5 * 3600.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{} d", count(s / 86400.0)),
    }
}

/// How often something happens in a second, in three digits.
pub(crate) fn rate(per_second: f64) -> String {
    if per_second < 999.5 { three_digits(per_second) } else { count(per_second) }
}

/// A number of things, with a comma between thousands.
pub(crate) fn count(number: impl IntoCount) -> String {
    let digits = number.into_count().to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What can be counted; a fraction is rounded.
pub(crate) trait IntoCount {
    fn into_count(self) -> u64;
}

impl IntoCount for u64 {
    fn into_count(self) -> u64 {
        self
    }
}

impl IntoCount for usize {
    fn into_count(self) -> u64 {
        self as u64
    }
}

impl IntoCount for f64 {
    fn into_count(self) -> u64 {
        // What is too large becomes the largest.
        self.round() as u64
    }
}

/// `1 job`, `2 jobs`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

fn three_digits(number: f64) -> String {
    match number {
        n if n < 0.005 => "0".to_owned(),
        n if n < 9.995 => format!("{n:.2}"),
        n if n < 99.95 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, counted, rate, time};

    #[test]
    fn times_have_three_digits_and_a_unit() {
        let times = [
            (0.0, "0"),
            (8e-9, "8.00 ns"),
            (8.04e-6, "8.04 µs"),
            (0.000_999_6, "1.00 ms"),
            (0.0123, "12.3 ms"),
            (1.0, "1.00 s"),
            (100.4, "100 s"),
            (150.0, "2 min"),
            (7200.0, "2 h"),
            (200_000.0, "2 d"),
            (-1.0, "0"),
        ];
        for (seconds, text) in times {
            assert_eq!(time(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn absurd_numbers_are_shown_too() {
        for absurd in [f64::MAX, f64::INFINITY, f64::NAN, f64::MIN] {
            assert!(!time(absurd).is_empty() && !rate(absurd).is_empty());
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(count(7_u64), "7");
        assert_eq!(count(1000_u64), "1,000");
        assert_eq!(count(1_234_567_u64), "1,234,567");
        assert_eq!(rate(12.345), "12.3");
        assert_eq!(rate(123_456.7), "123,457");
        assert_eq!((counted(1, "job"), counted(2, "job")), ("1 job".into(), "2 jobs".into()));
    }
}
