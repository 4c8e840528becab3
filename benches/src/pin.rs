//! `--pin`: each thread has a processor of its own, as far as there are enough.
//!
//! Without it the kernel places the threads anew in each run, and two that talk lie on one processor or on two. The
//! threads of a runtime are found by the kernel's list of this process, since no peer tells them. They are pinned in
//! the order in which they were started; after them comes the main thread, which is the client.

use std::fs;
use std::sync::Mutex;

use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

/// What is known once pinning is asked for.
static PINNING: Mutex<Option<Pinning>> = Mutex::new(None);

struct Pinning {
    /// The processors that the process may use.
    processors: Vec<usize>,
    /// Threads that do none of the work.
    others: Vec<i32>,
}

/// From now on [`spread`] pins. Threads that run already are left alone, but for the main thread.
pub fn begin() {
    let set = sched_getaffinity(None).expect("a thread may look at itself");
    let processors = (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect();
    *lock() = Some(Pinning { processors, others: threads() });
}

/// A helper has been started, which is to be left alone.
pub fn leave_running_threads_alone() {
    if let Some(pinning) = &mut *lock() {
        pinning.others = threads();
    }
}

/// Pins the threads that were started, from processor number `first` of those that may be used, and the main thread
/// behind them. Does nothing unless that was asked for.
pub fn spread(first: usize) {
    let guard = lock();
    let Some(Pinning { processors, others }) = &*guard else { return };
    let main = std::process::id() as i32;
    let workers =
        threads().into_iter().filter(|thread| !others.contains(thread) && *thread != main);
    let in_order = workers.chain([main]);
    for (number, thread) in in_order.enumerate() {
        let mut set = CpuSet::new();
        set.set(processors[(first + number) % processors.len()]);
        // A thread may have ended since it was listed.
        let _ = sched_setaffinity(Pid::from_raw(thread), &set);
    }
}

/// The threads of this process, in the order in which they were started.
fn threads() -> Vec<i32> {
    let entries = fs::read_dir("/proc/self/task").expect("Linux has /proc");
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let mut threads: Vec<i32> = entries.flatten().filter_map(number).collect();
    threads.sort_unstable();
    threads
}

fn lock() -> std::sync::MutexGuard<'static, Option<Pinning>> {
    PINNING.lock().expect("no thread panics with it")
}
