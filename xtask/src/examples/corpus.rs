//! A tree of files to be hashed: this repository, odd names, empty files, a large one, and thousands
//! of small ones.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::workspace;

const DIRECTORIES: u64 = 100;
const FILES_EACH: u64 = 200;
const LARGE_BYTES: u64 = 64 << 20;
/// How many files one call of `sha256sum` gets.
const BATCH: usize = 500;

/// Names that could be written wrongly. A carriage return is missing: not every `sha256sum` in use
/// escapes it.
const ODD_NAMES: &[&[u8]] = &[
    b"new\nline",
    b"back\\slash",
    b"\\\n",
    b"\xff\xfe not UTF-8",
    b" leading blank",
    b"trailing blank ",
    b"-dash",
    b"*star",
    b"quote\"'",
    b"tab\t",
    "\u{e9}\u{1f980}".as_bytes(),
];

/// Builds the tree; where it is.
pub(super) fn build() -> Result<PathBuf> {
    let tree = workspace::scratch().join("digest");
    fill(&tree).context(|| format!("cannot build the tree {}", tree.display()))?;
    Ok(tree)
}

/// What `sha256sum` prints for every file of the tree: its lines, sorted.
pub(super) fn expected(tree: &Path) -> Result<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    list(tree, Path::new("."), &mut files).context(|| "cannot read the tree".into())?;
    let mut output = Vec::new();
    for batch in files.chunks(BATCH) {
        let mut command = Command::new("sha256sum");
        command.arg("--").args(batch).current_dir(tree).stderr(Stdio::inherit());
        let ended = command.output().context(|| "cannot run sha256sum (of coreutils)".into())?;
        if !ended.status.success() {
            return Err(Error::new("sha256sum failed"));
        }
        output.extend(ended.stdout);
    }
    Ok(sorted_lines(&output))
}

/// The lines of an output, sorted.
pub(super) fn sorted_lines(output: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> =
        output.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort_unstable();
    lines
}

fn fill(tree: &Path) -> io::Result<()> {
    if tree.exists() {
        fs::remove_dir_all(tree)?;
    }
    copy(&workspace::root(), &tree.join("repository"))?;
    let odd = tree.join(OsStr::from_bytes(b"odd \xfe\n directory"));
    fs::create_dir_all(&odd)?;
    for name in ODD_NAMES {
        fs::write(odd.join(OsStr::from_bytes(name)), name)?;
    }
    for directory in 0..DIRECTORIES {
        let path = tree.join(format!("many/{directory}"));
        fs::create_dir_all(&path)?;
        for file in 0..FILES_EACH {
            fs::write(path.join(file.to_string()), content(directory * FILES_EACH + file))?;
        }
    }
    let mut large = File::create(tree.join("large"))?;
    for number in 0..LARGE_BYTES >> 16 {
        large.write_all(&number.to_le_bytes().repeat(1 << 13))?;
    }
    fs::create_dir_all(tree.join("empty directory"))?;
    // None of these is a regular file.
    symlink("large", tree.join("link to a file"))?;
    symlink("many", tree.join("link to a directory"))?;
    symlink("nowhere", tree.join("dangling link"))
}

/// A file's content: of any length up to some thousand bytes, every tenth empty.
fn content(number: u64) -> Vec<u8> {
    let length = if number.is_multiple_of(10) { 0 } else { number * 7919 % 5000 };
    (0..length).map(|at| (at.wrapping_mul(number + 1) >> 3) as u8).collect()
}

/// Copies the regular files below `from`, without what cargo has built.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        let is_built = path == workspace::target() || entry.file_name() == "target";
        if kind.is_dir() && !is_built {
            copy(&path, &to.join(entry.file_name()))?;
        } else if kind.is_file() {
            fs::copy(&path, to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Every regular file below `directory`, seen from `tree`.
fn list(tree: &Path, directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(tree.join(directory))? {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(tree, &path, files)?;
        } else if kind.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
