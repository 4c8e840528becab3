//! What runs now, and how long is left.

use std::time::Duration;

use greenstd::time::Instant;

use super::times::Times;

/// A run of the tests: parts, one after the other.
pub(super) struct Progress {
    times: Times,
    /// The parts of the last run that have not ended in this one.
    left: Vec<String>,
    current: Option<Part>,
}

struct Part {
    name: String,
    start: Instant,
    is_told: bool,
}

impl Progress {
    /// A run that is to begin, and the times of the last one.
    pub(super) fn new(times: Times) -> Self {
        let left = times.names().map(str::to_owned).collect();
        Progress { times, left, current: None }
    }

    /// The times that are known by now.
    pub(super) fn times(&self) -> &Times {
        &self.times
    }

    /// A part begins, so the one before has ended.
    pub(super) fn start(&mut self, name: String, now: Instant) {
        self.end(now);
        self.current = Some(Part { name, start: now, is_told: false });
    }

    /// The current part has ended.
    pub(super) fn end(&mut self, now: Instant) {
        if let Some(Part { name, start, .. }) = self.current.take() {
            self.left.retain(|left| *left != name);
            self.times.set(name, now.saturating_duration_since(start));
        }
    }

    /// The current part has so many tests. What to say about it; nothing if it was said before, since
    /// examples in docs may come in several lots.
    pub(super) fn has(&mut self, tests: u64) -> Option<String> {
        let part = self.current.as_mut().filter(|part| !part.is_told && tests > 0)?;
        part.is_told = true;
        let name = part.name.clone();
        let takes = self.times.get(&name).map(rounded);
        let takes = takes
            .map_or_else(|| "timed for the first time".to_owned(), |time| format!("about {time}"));
        Some(format!("{name}, {} tests, {takes}; {}", grouped(tests), self.left()))
    }

    /// How long is left.
    pub(super) fn left(&self) -> String {
        let times = self.left.iter().filter_map(|name| self.times.get(name));
        let left: Duration = times.sum();
        if left.is_zero() {
            return "no time is known from before".to_owned();
        }
        format!("about {} left", rounded(left))
    }
}

/// As exact as an estimate deserves.
fn rounded(time: Duration) -> String {
    match time.as_secs() {
        0 => "1 s".to_owned(),
        seconds @ 1..=89 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

/// With a comma before each group of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use greenstd::time::{self, Instant};

    use super::super::times::Times;
    use super::{Progress, grouped};

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn run(progress: &mut Progress, start: Instant, last: u64) -> Vec<Option<String>> {
        progress.start("a: it".to_owned(), start);
        let first = progress.has(1203);
        progress.start("b: it".to_owned(), after(start, 40));
        let second = progress.has(3);
        let again = progress.has(4);
        progress.end(after(start, 40 + last));
        vec![first, second, again]
    }

    #[test]
    fn the_first_run_knows_no_times_and_the_second_those_of_the_first() {
        let start = time::now();
        let mut progress = Progress::new(Times::default());
        let told = run(&mut progress, start, 300);
        let unknown = "timed for the first time; no time is known from before";
        assert_eq!(told[0], Some(format!("a: it, 1,203 tests, {unknown}")));

        let mut second = Progress::new(progress.times().clone());
        let told = run(&mut second, start, 1);
        let line = "a: it, 1,203 tests, about 40 s; about 6 min left";
        assert_eq!(told[0].as_deref(), Some(line));
        assert_eq!(told[1].as_deref(), Some("b: it, 3 tests, about 5 min; about 5 min left"));
        assert_eq!(told[2], None);
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        let grouped = [0, 12, 123, 1234, 1_234_567].map(grouped);
        assert_eq!(grouped, ["0", "12", "123", "1,234", "1,234,567"]);
    }
}
