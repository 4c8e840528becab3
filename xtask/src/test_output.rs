//! What cargo and test binaries say while tests run, line by line.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Child;
use std::sync::mpsc;

use greenstd::thread;

use crate::test_count::TestCount;

/// What a line says about the run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// This binary starts, by the name of its file; or `Doc-tests CRATE`.
    Starts(String),
    /// It has so many tests.
    Has(u64),
    /// It has ended.
    Ends(TestCount),
}

impl Said {
    /// Reads a line of cargo's, from its stderr.
    fn of_cargo(line: &str) -> Option<Said> {
        let line = line.trim();
        if line.starts_with("Doc-tests ") {
            return Some(Said::Starts(line.to_owned()));
        }
        let (_, path) = line.strip_prefix("Running ")?.rsplit_once('(')?;
        let file = path.strip_suffix(')')?.rsplit('/').next()?;
        Some(Said::Starts(file.to_owned()))
    }

    /// Reads a line of a test binary, from its stdout.
    fn of_binary(line: &str) -> Option<Said> {
        if let Some(count) = TestCount::of_line(line) {
            return Some(Said::Ends(count));
        }
        let (number, _) = line.strip_prefix("running ")?.split_once(" test")?;
        number.parse().ok().map(Said::Has)
    }
}

/// Passes on what a call of cargo writes, until its streams have ended: those that are piped, which must be without
/// colours.
pub(crate) fn pass_on(cargo: &mut Child, mut tell: impl FnMut(Said)) {
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = cargo.stdout.take() {
        send_lines(stdout, sender.clone(), false);
    }
    if let Some(stderr) = cargo.stderr.take() {
        send_lines(stderr, sender.clone(), true);
    }
    // The lines end when no sender is left, and a stream that is not piped has none.
    drop(sender);
    for (line, is_stderr) in lines {
        let text = String::from_utf8_lossy(&line);
        // Should nobody read it, the verdict still counts.
        let said = if is_stderr {
            let _ = std::io::stderr().write_all(&line);
            Said::of_cargo(&text)
        } else {
            let _ = std::io::stdout().write_all(&line);
            Said::of_binary(&text)
        };
        if let Some(said) = said {
            tell(said);
        }
    }
}

/// Reads `stream` on a thread of its own: whoever waits for one of two pipes alone may wait forever.
fn send_lines(
    stream: impl Read + Send + 'static,
    sender: mpsc::Sender<(Vec<u8>, bool)>,
    is_stderr: bool,
) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            if sender.send((std::mem::take(&mut line), is_stderr)).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{Said, TestCount, pass_on};

    #[test]
    fn what_is_passed_on_ends_with_the_streams_that_are_piped() {
        let lines = |is_stderr_piped: bool| {
            let stderr = if is_stderr_piped { Stdio::piped() } else { Stdio::null() };
            let mut echo = Command::new("echo");
            let echo = echo.arg("running 3 tests").stdout(Stdio::piped()).stderr(stderr);
            let mut echo = echo.spawn().unwrap();
            let mut said = Vec::new();
            pass_on(&mut echo, |line| said.push(line));
            echo.wait().unwrap();
            said
        };
        assert_eq!(lines(true), [Said::Has(3)]);
        assert_eq!(lines(false), [Said::Has(3)]);
    }

    #[test]
    fn lines_of_cargo_name_the_binary_that_starts() {
        let starts = |name: &str| Some(Said::Starts(name.to_owned()));
        let unit = "     Running unittests src/lib.rs (target/debug/deps/stats-0a1b)";
        assert_eq!(Said::of_cargo(unit), starts("stats-0a1b"));
        assert_eq!(Said::of_cargo("   Doc-tests stats\n"), starts("Doc-tests stats"));
        assert_eq!(Said::of_cargo("    Finished `test` profile (x) in 1 s"), None);
    }

    #[test]
    fn lines_of_binaries_count_tests() {
        assert_eq!(Said::of_binary("running 12 tests\n"), Some(Said::Has(12)));
        assert_eq!(Said::of_binary("running 1 test\n"), Some(Said::Has(1)));
        let ended = "test result: ok. 2 passed; 0 failed; 1 ignored";
        assert_eq!(Said::of_binary(ended), Some(Said::Ends(TestCount { passed: 2, failed: 0 })));
        assert_eq!(Said::of_binary("running late"), None);
    }
}
