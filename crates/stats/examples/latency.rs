//! Times real work: hashes every line of a file on a few threads and shows how long the lines
//! waited for a thread and how long their hashing took.
//!
//! ```text
//! cargo run -p stats --example latency [FILE]
//! ```

use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::ExitCode;
use std::str;

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};
use greenstd::thread;
use greenstd::time::{self, Instant};
use stats::{ExecutorStatistics, Gatherer, Gauges, Outcome, Recorder};

const THREADS: usize = 3;
const OWN_SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/latency.rs");

fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_else(|| OWN_SOURCE.to_owned());
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("latency: cannot read {path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let statistics = hash_lines(text);
    println!("{statistics:#}\n");

    let json = serde_json::to_string(&statistics).expect("a snapshot can always be written");
    let restored: ExecutorStatistics = serde_json::from_str(&json).expect("and be read again");
    assert_eq!(restored, statistics);
    println!("The same as {} bytes of JSON, from which it was restored:\n{json}", json.len());
    ExitCode::SUCCESS
}

/// A backlog of lines: all of them wait from the beginning, and each thread takes the next one.
struct Backlog {
    lines: Vec<Vec<u8>>,
    next: AtomicUsize,
    since: Instant,
}

fn hash_lines(text: Vec<u8>) -> ExecutorStatistics {
    let lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    drop(text);
    let submitted = lines.len() as u64;
    let gatherer = Arc::new(Gatherer::new(THREADS, true));
    let backlog = Arc::new(Backlog { lines, next: AtomicUsize::new(0), since: time::now() });

    let workers: Vec<_> = (0..THREADS)
        .map(|index| {
            let (gatherer, backlog) = (gatherer.clone(), backlog.clone());
            thread::spawn(move || work(&backlog, gatherer.recorder(index)))
        })
        .collect();
    let checksum = workers
        .into_iter()
        .map(|worker| worker.join().expect("hashing does not panic"))
        .fold(0, u64::wrapping_add);

    println!("{submitted} lines, checksum {checksum:016x}\n");
    let uptime = time::since(backlog.since);
    gatherer.snapshot(Gauges { submitted, uptime, ..Gauges::default() })
}

/// Hashes lines until none is left; a line that is not UTF-8 counts as failed.
fn work(backlog: &Backlog, recorder: &Recorder) -> u64 {
    let mut checksum = 0u64;
    let mut now = time::now();
    while let Some(line) = backlog.lines.get(backlog.next.fetch_add(1, Ordering::Relaxed)) {
        recorder.started(nanoseconds(backlog.since, now));
        let outcome = match str::from_utf8(line) {
            Ok(line) => {
                let mut hasher = DefaultHasher::new();
                line.hash(&mut hasher);
                checksum = checksum.wrapping_add(hasher.finish());
                Outcome::Succeeded
            }
            Err(_) => Outcome::Failed,
        };
        // One reading of the clock ends this line and starts the next.
        let end = time::now();
        recorder.finished(outcome, nanoseconds(now, end));
        now = end;
    }
    checksum
}

fn nanoseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_nanos()).unwrap_or(u64::MAX)
}
