//! One test run again as a child process, for what ends or limits a process.

use std::env;
use std::process::{Command, Output, Stdio};

const CASE: &str = "GREEN_TEST_CASE";

/// In a child: which case it is to run. `None` in the test itself.
pub fn case() -> Option<String> {
    env::var(CASE).ok()
}

/// Runs `test` (its full name) again in a child process, for `case`.
pub fn run(test: &str, case: &str) -> Output {
    run_with_backtrace(test, case, "0")
}

/// As [`run`], with `backtrace` as `RUST_BACKTRACE`.
pub fn run_with_backtrace(test: &str, case: &str, backtrace: &str) -> Output {
    command(test, case)
        .env("RUST_BACKTRACE", backtrace)
        .stdin(Stdio::null())
        .output()
        .expect("a child process can be started")
}

/// The command that [`run`] runs, for a test that has to do with the child while it runs.
pub fn command(test: &str, case: &str) -> Command {
    let this = env::current_exe().expect("a running test has a path");
    let mut command = Command::new(this);
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CASE, case)
        .env("RUST_BACKTRACE", "0");
    command
}

/// As [`run`], for a case that is to succeed.
#[track_caller]
pub fn succeeds(test: &str, case: &str) {
    let output = run(test, case);
    let passed = String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(output.status.success() && passed, "{}", describe(&output));
}

/// What a child has said, for a failure's message.
pub fn describe(output: &Output) -> String {
    format!(
        "{}\n--- stdout\n{}--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
