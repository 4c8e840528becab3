//! What a run takes, and what it gives.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::pin;

/// Valgrind hides from programs what `rustix` reads the CPU time by.
static CPU_TIME_IS_LEFT_OUT: AtomicBool = AtomicBool::new(false);

/// From now on, [`Measured::time`] takes the time alone.
pub fn leave_cpu_time_out() {
    CPU_TIME_IS_LEFT_OUT.store(true, Ordering::Relaxed);
}

/// The size of a run.
#[derive(Debug, Clone)]
pub struct Params {
    /// How many operations.
    pub n: u64,
    /// How many OS threads do the work.
    pub carriers: usize,
    /// Whether callgrind counts the run.
    pub counted: bool,
    /// Whether each thread has a processor of its own.
    pub pin: bool,
    /// The program that serves, if it is not this one.
    pub server: Option<PathBuf>,
    /// Whether wrk makes the load for servers.
    pub wrk: bool,
}

/// What a run measured.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// The time of the whole run and the operations in it, where that is what counts.
    pub time: Option<(Duration, u64)>,
    /// Further figures, by the names that they have in the output.
    pub extra: Vec<(&'static str, f64)>,
}

impl Measured {
    /// Times `run`, which does `operations`, and takes the CPU time of all threads as well: on a busy
    /// machine that says more.
    pub fn time(operations: u64, run: impl FnOnce()) -> Self {
        pin::spread(0);
        if CPU_TIME_IS_LEFT_OUT.load(Ordering::Relaxed) {
            let start = Instant::now();
            run();
            return Measured { time: Some((start.elapsed(), operations)), extra: Vec::new() };
        }
        let (start, cpu) = (Instant::now(), cpu_time());
        run();
        let (elapsed, cpu) = (start.elapsed(), cpu_time() - cpu);
        let cpu_ns = cpu.as_nanos() as f64 / operations as f64;
        Measured { time: Some((elapsed, operations)), extra: vec![("cpu_ns_per_op", cpu_ns)] }
    }

    /// Only a figure of another kind.
    pub fn figures(extra: Vec<(&'static str, f64)>) -> Self {
        Measured { time: None, extra }
    }

    /// One line.
    pub fn to_json(&self, workload: &str, peer: &str, params: &Params) -> serde_json::Value {
        let mut line = json!({
            "workload": workload,
            "peer": peer,
            "n": params.n,
            "carriers": params.carriers,
        });
        if let Some((elapsed, operations)) = self.time {
            line["ns_per_op"] = json!(elapsed.as_nanos() as f64 / operations as f64);
        }
        for (name, value) in &self.extra {
            line[*name] = json!(value);
        }
        line
    }
}

/// The median, the 99th percentile and the largest of `samples`, in microseconds.
pub fn percentiles_us(mut samples: Vec<Duration>) -> Vec<(&'static str, f64)> {
    samples.sort_unstable();
    let at = |part: f64| {
        let index = ((samples.len() as f64 * part) as usize).min(samples.len() - 1);
        samples[index].as_nanos() as f64 / 1000.0
    };
    vec![("p50_us", at(0.50)), ("p99_us", at(0.99)), ("max_us", at(1.0))]
}

/// The memory of this process, page tables included, in bytes.
pub fn rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has /proc");
    let kib = |field: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with(field));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
    };
    (kib("VmRSS:") + kib("VmPTE:")) * 1024
}

/// The CPU time that this process has used so far, with that of threads that have ended.
pub fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("it is not negative")
}

/// The CPU time that another process has used so far, in user and in kernel mode, with that of threads
/// that have ended. It is counted in hundredths of a second.
pub fn cpu_time_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it is there");
    // The name of the program, in brackets, may hold blanks; the numbers come behind it.
    let (_, fields) = stat.rsplit_once(')').expect("the kernel writes the name in brackets");
    let ticks = |field: usize| -> u64 {
        let text = fields.split_whitespace().nth(field).expect("the kernel writes all fields");
        text.parse().expect("it is a number")
    };
    // utime and stime: fields 14 and 15 of the whole line.
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}

/// Lets this process open as many files, hence sockets, as it may.
pub fn allow_many_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // What is missing then shows where it is missed.
    let _ = setrlimit(Resource::Nofile, limit);
}
