//! The emulated machine: how it is started, what runs in it, and what its console says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use greenstd::time;

use crate::cargo::TestBinary;
use crate::error::{Context, Error, Result};
use crate::test_count::TestCount;

/// A 64-bit Arm server of two processors with as much memory as the tests take, and nothing else.
const MACHINE: &[&str] = &[
    "-M",
    "virt",
    "-cpu",
    "neoverse-n1",
    "-smp",
    "2",
    "-m",
    "4G",
    "-nic",
    "none",
    "-nographic",
    "-no-reboot",
];

/// Few words of the kernel's own, so that those of the tests can be read; and an end if it cannot go on.
const KERNEL_WORDS: &str = "console=ttyAMA0 loglevel=3 panic=-1";

/// The script that the kernel runs, up to the tests. Lines that begin with [`MARK`] are for us.
pub(super) const PROLOGUE: &str = "\
#!/bin/busybox sh
export PATH=/bin HOME=/root GREEN_WATCHDOG_SECONDS=900
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ip link set lo up
ulimit -n 65536
echo \"@@ kernel $(uname -r)\"
echo \"@@ page $(grep -m 1 KernelPageSize /proc/1/smaps)\"
run() {
  seconds=$1 name=$2
  shift 2
  echo \"@@ begin $name\"
  timeout -s KILL $seconds /tests/$name \"$@\" </dev/null 2>&1
  echo \"@@ end $name $?\"
}
";

/// The end of the script.
pub(super) const EPILOGUE: &str = "poweroff -f\n";

const MARK: &str = "@@ ";

/// What the tests of a binary are called inside the machine.
pub(super) fn name(binary: &TestBinary) -> String {
    format!("{}-{}", binary.package, binary.target)
}

/// What the console has said.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The version of the kernel.
    pub(super) kernel: String,
    /// The size of its pages, in KiB.
    pub(super) page_kib: Option<u64>,
    binaries: BTreeMap<String, Of>,
    running: Option<String>,
}

/// What a test binary has said.
#[derive(Debug, Default)]
struct Of {
    count: TestCount,
    failed: Vec<String>,
    /// Its exit code, once it has ended.
    code: Option<String>,
}

/// Boots the machine, shows what its console says with the minute and second of each line, and waits
/// until it is switched off.
pub(super) fn boot(kernel: &Path, initramfs: &Path) -> Result<Outcome> {
    let start = time::now();
    let mut command = Command::new("qemu-system-aarch64");
    command.args(MACHINE).arg("-kernel").arg(kernel).arg("-initrd").arg(initramfs);
    command.args(["-append", KERNEL_WORDS]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut machine = command.spawn().context(|| format!("cannot start {command:?}"))?;
    let mut console = BufReader::new(machine.stdout.take().expect("stdout is piped"));
    let mut outcome = Outcome::default();
    let mut line = Vec::new();
    while console.read_until(b'\n', &mut line).context(|| "cannot read the console".into())? > 0 {
        let text = String::from_utf8_lossy(&line);
        let seconds = time::since(start).as_secs();
        println!("[{:>2}:{:02}] {}", seconds / 60, seconds % 60, text.trim_end());
        outcome.hear(text.trim_end());
        line.clear();
    }
    let status = machine.wait().context(|| "cannot wait for the machine".into())?;
    if status.success() { Ok(outcome) } else { Err(Error::new(format!("the machine: {status}"))) }
}

impl Outcome {
    /// Takes a line of the console.
    fn hear(&mut self, line: &str) {
        if let Some(words) = line.strip_prefix(MARK) {
            return self.hear_mark(words);
        }
        let Some(of) = self.running.as_ref().and_then(|name| self.binaries.get_mut(name)) else {
            return;
        };
        if let Some(count) = TestCount::of_line(line) {
            of.count += count;
        }
        let failed = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
        of.failed.extend(failed.map(str::to_owned));
    }

    fn hear_mark(&mut self, words: &str) {
        let words: Vec<_> = words.split_whitespace().collect();
        match words[..] {
            ["kernel", version] => self.kernel = version.to_owned(),
            ["page", _, kib, _] => self.page_kib = kib.parse().ok(),
            ["begin", name] => {
                self.binaries.insert(name.to_owned(), Of::default());
                self.running = Some(name.to_owned());
            }
            ["end", name, code] => {
                self.running = None;
                self.binaries.entry(name.to_owned()).or_default().code = Some(code.to_owned());
            }
            _ => {}
        }
    }

    /// The tests that have run in these binaries.
    pub(super) fn count(&self, names: &[String]) -> TestCount {
        let mut count = TestCount::default();
        names.iter().filter_map(|name| self.binaries.get(name)).for_each(|of| count += of.count);
        count
    }

    /// What failed in a binary: tests, or the whole of it.
    pub(super) fn failures(&self, name: &str) -> Vec<String> {
        let Some(of) = self.binaries.get(name) else {
            return vec![format!("{name} was never begun")];
        };
        let mut failures: Vec<_> = of.failed.iter().map(|test| format!("{name}: {test}")).collect();
        match of.code.as_deref() {
            Some("0") => {}
            Some(_) if !failures.is_empty() => {}
            Some(code) => failures.push(format!("{name} ended with code {code}")),
            None => failures.push(format!("{name} never ended")),
        }
        failures
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    fn heard(lines: &[&str]) -> Outcome {
        let mut outcome = Outcome::default();
        lines.iter().for_each(|line| outcome.hear(line));
        outcome
    }

    #[test]
    fn a_kernel_tells_its_version_and_the_size_of_its_pages() {
        let outcome = heard(&["@@ kernel 7.3.4", "@@ page KernelPageSize:       16 kB"]);
        assert_eq!(outcome.kernel, "7.3.4");
        assert_eq!(outcome.page_kib, Some(16));
    }

    #[test]
    fn tests_are_counted_for_the_binary_that_runs() {
        let outcome = heard(&[
            "@@ begin a-it",
            "test x::y ... ok",
            "test result: ok. 1 passed; 0 failed; 0 ignored",
            "@@ end a-it 0",
        ]);
        assert_eq!(outcome.count(&["a-it".to_owned()]).passed, 1);
        assert_eq!(outcome.failures("a-it"), [""; 0]);
    }

    #[test]
    fn what_failed_is_named_also_if_it_never_ended() {
        let outcome = heard(&[
            "@@ begin a-it",
            "test x::y ... FAILED",
            "test result: FAILED. 0 passed; 1 failed; 0 ignored",
            "@@ end a-it 101",
            "@@ begin b-it",
            "@@ end b-it 137",
            "@@ begin c-it",
        ]);
        assert_eq!(outcome.failures("a-it"), ["a-it: x::y"]);
        assert_eq!(outcome.failures("b-it"), ["b-it ended with code 137"]);
        assert_eq!(outcome.failures("c-it"), ["c-it never ended"]);
        assert_eq!(outcome.failures("d-it"), ["d-it was never begun"]);
    }
}
