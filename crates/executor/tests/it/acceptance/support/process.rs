//! What the kernel says about this process.

use std::fs;

/// The numbers of the threads of this process whose names begin with `prefix`. The kernel keeps 15
/// bytes of a name.
pub(crate) fn threads_named(prefix: &str) -> Vec<u32> {
    // The kernel may leave threads out of its list while others end. So one that it gives twice is believed.
    let mut threads = list_threads_named(prefix);
    loop {
        let again = list_threads_named(prefix);
        if again == threads {
            return threads;
        }
        threads = again;
    }
}

fn list_threads_named(prefix: &str) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Vec::new() };
    tasks
        .flatten()
        .filter(|task| {
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            name.trim_end().starts_with(prefix)
        })
        .filter_map(|task| task.file_name().to_str()?.parse().ok())
        .collect()
}

/// A number that tells the calling OS thread from all others.
pub(crate) fn os_thread() -> String {
    let link = fs::read_link("/proc/thread-self").expect("/proc is mounted");
    link.to_string_lossy().into_owned()
}

/// What the kernel calls the calling OS thread.
pub(crate) fn os_thread_name() -> String {
    let name = fs::read_to_string("/proc/thread-self/comm").expect("/proc is mounted");
    name.trim_end_matches('\n').to_owned()
}

/// How often thread `number` has given up its CPU to wait.
pub(crate) fn voluntary_switches(number: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/self/task/{number}/status")).unwrap_or_default();
    field(&status, "voluntary_ctxt_switches:")
}

/// Memory in use, in bytes.
pub(crate) fn resident_bytes() -> u64 {
    status_kib("VmRSS:") * 1024
}

/// The size of a page, in bytes.
pub(crate) fn page_bytes() -> u64 {
    let maps = fs::read_to_string("/proc/self/smaps").expect("/proc is mounted");
    field(&maps, "KernelPageSize:") * 1024
}

/// Address space in use, in bytes.
pub(crate) fn virtual_bytes() -> u64 {
    status_kib("VmSize:") * 1024
}

fn status_kib(name: &str) -> u64 {
    field(&fs::read_to_string("/proc/self/status").expect("/proc is mounted"), name)
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
