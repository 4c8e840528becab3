//! Running cargo: with its output where a person sees it, and an error that can be acted upon.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::test_count::TestCount;
use crate::test_output::{self, Said};
use crate::workspace;

/// One call of cargo.
pub(crate) struct Cargo {
    words: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl Cargo {
    /// `cargo WORDS`, the words separated by blanks.
    pub(crate) fn new(words: &str) -> Self {
        let words = words.split_whitespace().map(OsString::from).collect();
        Cargo { words, environment: Vec::new() }
    }

    /// Adds words that may contain blanks.
    pub(crate) fn args(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name, value.as_ref().to_owned()));
        self
    }

    /// Compiles with these flags instead of any that are set, in a target directory of their own, so
    /// that builds with other flags stay valid.
    pub(crate) fn rustflags(self, flags: &str, target_directory: &str) -> Self {
        self.env("RUSTFLAGS", flags)
            .env("CARGO_TARGET_DIR", workspace::target().join(target_directory))
    }

    /// Runs it.
    pub(crate) fn run(self) -> Result<()> {
        let mut command = self.announced();
        let status = command.status().context(|| format!("cannot start {}", self.line()))?;
        if status.success() { Ok(()) } else { Err(self.failed()) }
    }

    /// Runs tests: their output goes on to stdout, and the tests in it are counted.
    pub(crate) fn run_tests(self) -> Result<TestCount> {
        let command = self.announced();
        self.count_tests(command, |_| {})
    }

    /// The same. What cargo and the tests say about the run is told as it comes. Cargo shows no colours
    /// and no bar, so build first.
    pub(crate) fn run_tests_telling(self, tell: impl FnMut(Said)) -> Result<TestCount> {
        let mut command = self.announced();
        command.stderr(Stdio::piped()).env("CARGO_TERM_COLOR", "never");
        self.count_tests(command, tell)
    }

    fn count_tests(self, mut command: Command, mut tell: impl FnMut(Said)) -> Result<TestCount> {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().context(|| format!("cannot start {}", self.line()))?;
        let mut count = TestCount::default();
        test_output::pass_on(&mut child, |said| {
            if let Said::Ends(of_binary) = said {
                count += of_binary;
            }
            tell(said);
        });
        let status = child.wait().context(|| format!("cannot wait for {}", self.line()))?;
        if status.success() { Ok(count) } else { Err(self.failed()) }
    }

    /// Builds test binaries.
    pub(crate) fn build_tests(self) -> Result<Vec<TestBinary>> {
        let this = self.args(["--no-run", "--message-format=json-render-diagnostics"]);
        let mut command = this.announced();
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        let output = command.output().context(|| format!("cannot start {}", this.line()))?;
        if !output.status.success() {
            return Err(this.failed());
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        Ok(messages.lines().filter_map(TestBinary::of_message).collect())
    }

    fn announced(&self) -> Command {
        println!("$ {}", self.line());
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(&self.words).current_dir(workspace::root()).stdin(Stdio::null());
        if self.environment.iter().any(|(name, _)| *name == "RUSTFLAGS") {
            // It would take precedence.
            command.env_remove("CARGO_ENCODED_RUSTFLAGS");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn failed(&self) -> Error {
        Error::new(format!("this failed; it can be repeated by itself:\n  {}", self.line()))
    }

    /// The call as it could be typed into a shell.
    fn line(&self) -> String {
        let mut line = String::new();
        for (name, value) in &self.environment {
            line += &format!("{name}={} ", quoted(value));
        }
        line += "cargo";
        for word in &self.words {
            line += " ";
            line += &quoted(word);
        }
        line
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_=/.:,+%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into_owned()
    } else {
        format!("'{word}'")
    }
}

/// A program that runs tests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TestBinary {
    /// The package, by the name of its directory.
    pub(crate) package: String,
    /// Which of the package's targets: that of the library has the package's name, the other is `it`.
    pub(crate) target: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl TestBinary {
    /// The one that a message of cargo is about, if it is about one.
    fn of_message(message: &str) -> Option<Self> {
        let message: serde_json::Value = serde_json::from_str(message).ok()?;
        let path = message["executable"].as_str()?.into();
        let manifest = Path::new(message["manifest_path"].as_str()?);
        let package = manifest.parent()?.file_name()?.to_str()?.to_owned();
        let target = message["target"]["name"].as_str()?.to_owned();
        Some(TestBinary { package, target, path })
    }
}

#[cfg(test)]
mod tests {
    use super::{Cargo, TestBinary};

    #[test]
    fn a_call_is_shown_as_it_could_be_typed() {
        let call = Cargo::new("test -p x").args(["a b"]).env("RUSTFLAGS", "--cfg y");
        assert_eq!(call.line(), "RUSTFLAGS='--cfg y' cargo test -p x 'a b'");
    }

    #[test]
    fn executables_are_found_in_the_messages() {
        let message = |executable: &str| {
            let manifest = r#""manifest_path":"/w/crates/x/Cargo.toml","target":{"name":"it"}"#;
            TestBinary::of_message(&format!(r#"{{{manifest},"executable":{executable}}}"#))
        };
        let binary =
            TestBinary { package: "x".to_owned(), target: "it".to_owned(), path: "/t/it-1".into() };
        assert_eq!(message(r#""/t/it-1""#), Some(binary));
        assert_eq!(message("null"), None);
    }
}
