//! What the operating system says about this process.

use std::fs;
use std::io;

const STATUS: &str = "/proc/self/status";

/// The memory in use, in bytes.
pub(crate) fn rss_bytes() -> io::Result<u64> {
    Ok(field("VmRSS:")? * 1024)
}

/// How many OS threads there are.
pub(crate) fn threads() -> io::Result<u64> {
    field("Threads:")
}

fn field(name: &str) -> io::Result<u64> {
    let status = fs::read_to_string(STATUS)?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("{STATUS} has no number at {name}")))
}
