//! Tests that end a process, or change what belongs to all of it: they run themselves again as a
//! child process.

use std::process::{Command, Output};

use super::watch;

const ROLE: &str = "GREEN_CHILD";
/// The exit code of a child whose body has come to its end: a child that did not even run its test
/// must not look like one.
const CAME_TO_ITS_END: i32 = 77;

/// What became of a child.
pub(crate) struct Ended {
    output: Output,
    pub(crate) stderr: String,
}

/// In the child: runs `body` and ends the process. In the test: runs this very test (`path` is its
/// name as the harness knows it) as a child, and says what became of it.
pub(crate) fn run(path: &str, body: impl FnOnce()) -> Ended {
    run_with(path, &[], body)
}

/// As [`run`], with variables for the child's environment.
pub(crate) fn run_with(path: &str, variables: &[(&str, &str)], body: impl FnOnce()) -> Ended {
    if std::env::var(ROLE).is_ok_and(|role| role == path) {
        // The child's own: should it hang, it fails, and so does the test that waits for it.
        let _watch = watch();
        body();
        std::process::exit(CAME_TO_ITS_END);
    }
    let output = Command::new(std::env::current_exe().expect("a test knows its own program"))
        .args(["--exact", path, "--nocapture", "--test-threads=1"])
        .env(ROLE, path)
        .envs(variables.iter().copied())
        .output()
        .expect("a test can run itself");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ended { output, stderr }
}

impl Ended {
    /// The body must have come to its end.
    #[track_caller]
    pub(crate) fn assert_done(&self) {
        assert_eq!(self.output.status.code(), Some(CAME_TO_ITS_END), "{self}");
    }

    /// The child must have exited with this code.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) {
        assert_eq!(self.output.status.code(), Some(code), "{self}");
    }

    /// The child must have been ended by this signal.
    #[track_caller]
    pub(crate) fn assert_signal(&self, signal: i32) {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(self.output.status.signal(), Some(signal), "{self}");
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = self.output.status;
        write!(f, "{status}\n--- stdout\n{}\n--- stderr\n{}", self.stdout(), self.stderr)
    }
}
