//! `cargo xtask emulate aarch64`: the tests on Linux for another processor, in an emulated machine.
//!
//! ```text
//!   Debian's packages ──► rust/      the compiler that its std for aarch64 fits   (debian.rs)
//!   (taken apart below    busybox/   the commands inside the machine
//!    target/emulate,      kernel-*/  one kernel for each size of page
//!    never installed)          │
//!   cargo test --no-run ──► test binaries ──► initramfs ──► qemu ──► console ──► the tests that passed
//!   (mod.rs)                                  (archive.rs)  (machine.rs)
//! ```
//!
//! A whole machine with a real kernel is emulated, as the emulation of single programs proves little: it
//! has no guard pages, and answers the request for them by success; and it lacks `epoll_pwait2`.

mod archive;
mod debian;
mod machine;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::cargo::{Cargo, TestBinary};
use crate::error::{Context, Error, Result};
use crate::table::Table;
use crate::test_count::TestCount;
use crate::workspace;
use archive::Archive;
use debian::Packages;
use machine::Outcome;

/// The crates that are tested, the lower ones first.
const PACKAGES: &[&str] = &["greenctx", "workqueue", "stats", "greensync", "greenio", "executor"];

/// Tests that are not run there, by a part of their path, and why.
const SKIPPED: &[(&str, &str)] = &[
    ("compile_fail", "the compiler is tested, and it is not there"),
    ("storm::no_unpark_is_lost_in_a_storm", "slow: 300,000 hand-overs between OS threads"),
    ("storm::in_a_storm_of_submissions", "slow: 300,000 jobs that OS threads wake"),
];

/// The programs that must be installed, and the package of each.
const TOOLS: &[(&str, &str)] = &[
    ("apt-get", "apt"),
    ("dpkg", "dpkg"),
    ("qemu-system-aarch64", "qemu-system-arm"),
    ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"),
    ("aarch64-linux-gnu-strip", "binutils-aarch64-linux-gnu"),
];

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The libraries that the test binaries need, from libc6-dev-arm64-cross.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu/lib";
const LIBRARY_NAMES: &[&str] =
    &["ld-linux-aarch64.so.1", "libc.so.6", "libgcc_s.so.1", "libm.so.6"];

/// What `cargo xtask emulate` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The processor
    processor: Processor,
    /// Only with pages of that many KiB; both sizes without
    #[arg(long, value_name = "KIB")]
    pages: Option<PageSize>,
    /// Only the tests of this crate; may be given several times
    #[arg(short, long, value_name = "CRATE")]
    package: Vec<String>,
    /// For how long a test binary may run before it is killed, in minutes
    #[arg(long, value_name = "N", default_value_t = 30)]
    minutes: u64,
    /// Only tests with this in their path
    filter: Option<String>,
}

/// A processor that can be emulated.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Processor {
    /// 64-bit Arm, as a Neoverse N1
    Aarch64,
}

/// The size of a page, which is a matter of the kernel.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum PageSize {
    /// 4 KiB, as most distributions have it
    #[value(name = "4")]
    Small,
    /// 16 KiB, as on Apple's machines
    #[value(name = "16")]
    Large,
}

impl PageSize {
    /// The package that always names Debian's newest kernel with such pages.
    fn package(self) -> &'static str {
        match self {
            PageSize::Small => "linux-image-arm64",
            PageSize::Large => "linux-image-arm64-16k",
        }
    }

    fn kib(self) -> u64 {
        match self {
            PageSize::Small => 4,
            PageSize::Large => 16,
        }
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB", self.kib())
    }
}

/// Fetches what is missing, builds the tests, and runs them on each kernel.
pub(crate) fn run(arguments: &Arguments) -> Result<String> {
    // So far there is one: it says how the rest is called.
    let Processor::Aarch64 = arguments.processor;
    tools_are_there()?;
    let directory = workspace::target().join("emulate");
    let packages = Packages::at(&directory);
    let tests = build(&packages.rust()?, &directory)?;
    let tests = Tests { binaries: stripped(tests, arguments, &directory)?, arguments };
    let initramfs = tests.initramfs(&packages.busybox()?, &directory)?;
    for (name, reason) in SKIPPED {
        println!("not run there: tests named *{name}*: {reason}");
    }
    let sizes = arguments.pages.map_or_else(|| PageSize::value_variants().to_vec(), |it| vec![it]);
    let mut outcomes = Vec::new();
    for size in sizes {
        let kernel = packages.kernel(size.package())?;
        println!("\n=== {TARGET}, pages of {size}");
        let outcome = machine::boot(&kernel, &initramfs)?;
        if outcome.page_kib != Some(size.kib()) {
            return Err(Error::new(format!("the kernel has not said that its pages have {size}")));
        }
        outcomes.push((size, outcome));
    }
    verdict(&tests, &outcomes)
}

fn tools_are_there() -> Result<()> {
    let is_missing = |program: &str| Command::new(program).arg("--version").output().is_err();
    let missing: Vec<_> =
        TOOLS.iter().filter(|(program, _)| is_missing(program)).map(|tool| tool.1).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    Err(Error::new(format!("something is missing; on Debian: apt-get install {packages}")))
}

/// Builds the tests with the compiler at `rust`: std for the target is Debian's, and each version of
/// std fits one compiler.
fn build(rust: &Path, directory: &Path) -> Result<Vec<TestBinary>> {
    let packages = PACKAGES.iter().flat_map(|package| ["-p", package]);
    Cargo::new("test --lib --tests --target")
        .args([TARGET])
        .args(packages)
        .env("CARGO_TARGET_DIR", directory.join("build"))
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc")
        .env("RUSTC", rust.join("usr/bin/rustc"))
        .env("LD_LIBRARY_PATH", debian::libraries(rust)?)
        .build_tests()
}

/// Those of `binaries` that are asked for, without what a debugger reads, in the order of [`PACKAGES`].
fn stripped(
    binaries: Vec<TestBinary>,
    arguments: &Arguments,
    directory: &Path,
) -> Result<Vec<TestBinary>> {
    let place = directory.join("tests");
    fs::create_dir_all(&place).context(|| format!("cannot make {}", place.display()))?;
    let is_asked_for =
        |package: &String| arguments.package.is_empty() || arguments.package.contains(package);
    let mut stripped = Vec::new();
    for binary in binaries.into_iter().filter(|binary| is_asked_for(&binary.package)) {
        let path = place.join(format!("{}-{}", binary.package, binary.target));
        let mut strip = Command::new("aarch64-linux-gnu-strip");
        strip.args(["--strip-debug", "-o"]).arg(&path).arg(&binary.path);
        debian::finish(&mut strip)?;
        stripped.push(TestBinary { path, ..binary });
    }
    if stripped.is_empty() {
        return Err(Error::new(format!("no such crate; there are {}", PACKAGES.join(", "))));
    }
    stripped.sort_by_key(|binary| PACKAGES.iter().position(|name| *name == binary.package));
    Ok(stripped)
}

/// What runs inside the machine.
struct Tests<'a> {
    binaries: Vec<TestBinary>,
    arguments: &'a Arguments,
}

impl Tests<'_> {
    /// An archive that the kernel unpacks into its first file system: the whole system.
    fn initramfs(&self, busybox: &Path, directory: &Path) -> Result<PathBuf> {
        let mut archive = Archive::default();
        for name in ["bin", "dev", "etc", "lib", "proc", "root", "sys", "tests", "tmp"] {
            archive.directory(name);
        }
        archive.console("dev/console");
        archive.program("init", self.script().as_bytes());
        archive.program("bin/busybox", &read(&busybox.join("bin/busybox"))?);
        archive.file("etc/hosts", b"127.0.0.1 localhost\n::1 localhost\n");
        archive.file("etc/nsswitch.conf", b"hosts: files\n");
        archive.file("etc/passwd", b"root::0:0:root:/root:/bin/sh\n");
        for name in LIBRARY_NAMES {
            archive.program(&format!("lib/{name}"), &read(&Path::new(LIBRARIES).join(name))?);
        }
        for binary in &self.binaries {
            archive.program(&format!("tests/{}", machine::name(binary)), &read(&binary.path)?);
        }
        let file = directory.join("initramfs");
        fs::write(&file, archive.finish()).context(|| format!("cannot write {file:?}"))?;
        Ok(file)
    }

    /// What the kernel runs first.
    fn script(&self) -> String {
        let mut script = machine::PROLOGUE.to_owned();
        let mut words: Vec<_> = SKIPPED.iter().map(|(name, _)| format!("--skip {name}")).collect();
        words.extend(self.arguments.filter.clone());
        let seconds = self.arguments.minutes * 60;
        for binary in &self.binaries {
            let name = machine::name(binary);
            script += &format!("run {seconds} {name} {}\n", words.join(" "));
        }
        script + machine::EPILOGUE
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).context(|| format!("cannot read {}", file.display()))
}

/// A table of what passed, crate by crate; an error if something did not.
fn verdict(tests: &Tests<'_>, outcomes: &[(PageSize, Outcome)]) -> Result<String> {
    let headings = outcomes.iter().map(|(size, _)| format!("pages of {size}"));
    let headings: Vec<_> = ["crate".to_owned()].into_iter().chain(headings).collect();
    let mut table = Table::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    let mut total = TestCount::default();
    let mut failures = Vec::new();
    for package in PACKAGES {
        let names: Vec<_> = tests.of(package).map(machine::name).collect();
        if names.is_empty() {
            continue;
        }
        let mut row = vec![(*package).to_owned()];
        for (_, outcome) in outcomes {
            let count = outcome.count(&names);
            total += count;
            row.push(count.to_string());
        }
        table.row(row);
        for (size, outcome) in outcomes {
            let failed = names.iter().flat_map(|name| outcome.failures(name));
            failures.extend(failed.map(|failed| format!("{failed} (pages of {size})")));
        }
    }
    println!("\n{table}");
    for (size, outcome) in outcomes {
        println!("pages of {size}: {}", outcome.kernel);
    }
    if failures.is_empty() && total.failed == 0 {
        return Ok(format!("{TARGET}: {total}"));
    }
    Err(Error::new(format!("{TARGET}: {total}:\n  {}", failures.join("\n  "))))
}

impl Tests<'_> {
    fn of(&self, package: &str) -> impl Iterator<Item = &TestBinary> {
        self.binaries.iter().filter(move |binary| binary.package == package)
    }
}
