//! How many tests have run, read from the closing lines of a test binary.

use std::fmt;
use std::ops::AddAssign;

/// Tests that have run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TestCount {
    /// Those that passed.
    pub(crate) passed: u64,
    /// Those that did not.
    pub(crate) failed: u64,
}

impl TestCount {
    /// What a line such as `test result: ok. 3 passed; 0 failed; …` says; nothing in other lines.
    pub(crate) fn of_line(line: &str) -> Option<TestCount> {
        let (_, counts) = line.split_once("test result: ")?;
        Some(TestCount { passed: before(counts, " passed")?, failed: before(counts, " failed")? })
    }
}

/// The number before `word`.
fn before(text: &str, word: &str) -> Option<u64> {
    let (head, _) = text.split_once(word)?;
    head.rsplit(' ').next()?.parse().ok()
}

impl AddAssign for TestCount {
    fn add_assign(&mut self, other: TestCount) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for TestCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tests passed", self.passed)?;
        if self.failed > 0 {
            write!(f, ", {} failed", self.failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::TestCount;

    #[test]
    fn closing_lines_are_counted_and_others_are_passed_over() {
        let ok = "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let failed = "test result: FAILED. 4 passed; 5 failed; 0 ignored; 0 measured";
        let count = |line| TestCount::of_line(line).map(|count| (count.passed, count.failed));
        assert_eq!(count(ok), Some((2, 0)));
        assert_eq!(count(failed), Some((4, 5)));
        assert_eq!(count("test a_result ... ok"), None);
    }
}
