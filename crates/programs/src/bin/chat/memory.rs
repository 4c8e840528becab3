//! What the kernel says of the memory of this process.

use std::fs;

/// Memory in use, in bytes; 0 if the kernel does not say.
pub(crate) fn resident_bytes() -> u64 {
    status("VmRSS:")
}

/// The most that was in use at any time, in bytes.
pub(crate) fn most_resident_bytes() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
