//! Counts the lines of all files in a directory on a few plain OS threads, with a bound on what waits.
//!
//! Each entry of a directory is an item. A thread that comes upon a directory submits what is in it to
//! its own queue; threads with nothing to do steal from there. When the backlog is full the item is
//! refused and comes back, and the thread counts it there and then.
//!
//! ```text
//! cargo run -p workqueue --example threads -- DIR --threads 4 --limit 16
//! ```
//!
//! Without `DIR` it counts the sources of this workspace.

use std::env;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use greenstd::thread::{Builder, JoinHandle, Parker, available_parallelism};
use greenstd::time;
use workqueue::{Item, Local, Queue, Retirement};

const USAGE: &str = "\
usage: threads [DIR] [--threads N] [--limit N]
Counts the lines of all files below DIR on N threads, with at most --limit entries outstanding.";
const OWN_SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

struct Arguments {
    dir: PathBuf,
    threads: usize,
    limit: u64,
}

fn main() -> ExitCode {
    if env::args().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match arguments().and_then(|arguments| run(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("threads: {message}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let cpus = available_parallelism().map_or(2, usize::from);
    let mut arguments = Arguments { dir: OWN_SOURCES.into(), threads: cpus.max(2), limit: 64 };
    let mut words = env::args_os().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().unwrap_or_default().to_string_lossy().into_owned();
            let parsed = text.parse().ok().filter(|number: &u64| *number > 0);
            let option = word.display();
            parsed.ok_or_else(|| format!("{option} wants a number from 1, not '{text}'\n{USAGE}"))
        };
        match word.to_str() {
            Some("--threads") => arguments.threads = number()? as usize,
            Some("--limit") => arguments.limit = number()?,
            Some(option) if option.starts_with('-') => {
                return Err(format!("there is no option {option}\n{USAGE}"));
            }
            _ => arguments.dir = word.into(),
        }
    }
    if !arguments.dir.is_dir() {
        return Err(format!("{} is not a directory", arguments.dir.display()));
    }
    Ok(arguments)
}

/// An entry of a directory that waits to be looked at.
struct Entry {
    path: PathBuf,
    /// The thread that came upon it.
    found_by: usize,
}

impl Item for Entry {}

/// What one thread has done.
#[derive(Default)]
struct Tally {
    files: u64,
    lines: u64,
    bytes: u64,
    stolen: u64,
    refused: u64,
    failures: u64,
}

/// Counts everything and prints the table; whether all could be read.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let (queue, locals) = Queue::new(arguments.threads, arguments.threads);
    queue.set_limit(Some(arguments.limit));
    let start = time::now();
    let threads = locals.into_iter().map(start_thread).collect::<io::Result<Vec<_>>>();
    let threads = threads.map_err(|error| {
        queue.close();
        format!("cannot start a thread: {error}")
    })?;
    let root = Entry { path: arguments.dir.clone(), found_by: 0 };
    queue
        .submit(root)
        .map_err(|(refused, _)| format!("the first entry was refused: {refused:?}"))?;

    let parker = Parker::new();
    while !queue.is_quiet_or_wake(&parker.waker()) {
        parker.park();
    }
    queue.close();
    let tallies: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().map_err(|_| "a thread has panicked"))
        .collect::<Result<_, _>>()?;
    let took = time::since(start);
    print_table(&tallies);
    println!("{} entries waited in the queue; {took:.2?}", queue.accepted());
    Ok(tallies.iter().all(|tally| tally.failures == 0))
}

fn start_thread(mut local: Local<Entry>) -> io::Result<JoinHandle<Tally>> {
    let name = format!("count-{}", local.index());
    Builder::new().name(name).spawn(move || {
        let parker = Parker::new();
        local.set_waker(parker.waker());
        let mut tally = Tally::default();
        while !local.queue().is_exhausted() {
            if local.start_worker() {
                work(&mut local, &mut tally);
            }
            local.search_over();
            if local.announce_sleep() && !local.queue().is_exhausted() {
                parker.park();
            }
            local.end_sleep();
        }
        tally
    })
}

/// Looks at entries until there are no more.
fn work(local: &mut Local<Entry>, tally: &mut Tally) {
    let queue = local.queue();
    loop {
        while let Some(entry) = local.take() {
            // If we were woken to look for something, here it is: the next one may be woken.
            local.search_over();
            local.count_started();
            tally.stolen += u64::from(entry.found_by != local.index());
            look_at(&entry.path, &queue, local, tally);
            local.count_ended();
        }
        if local.retire_worker() == Retirement::Retired {
            return;
        }
    }
}

fn look_at(path: &Path, queue: &Queue<Entry>, local: &Local<Entry>, tally: &mut Tally) {
    // Links are left alone: they may lead in a circle.
    let result = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => look_into(path, queue, local, tally),
        Ok(metadata) if metadata.is_file() => count(path, tally),
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        eprintln!("threads: {}: {error}", path.display());
        tally.failures += 1;
    }
}

fn look_into(
    dir: &Path,
    queue: &Queue<Entry>,
    local: &Local<Entry>,
    tally: &mut Tally,
) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        match queue.admit() {
            Ok(admitted) => {
                let entry = Entry { path, found_by: local.index() };
                admitted.push_on(local, entry);
            }
            Err(_full) => {
                tally.refused += 1;
                look_at(&path, queue, local, tally);
            }
        }
    }
    Ok(())
}

fn count(path: &Path, tally: &mut Tally) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut bytes = vec![0; 64 * 1024];
    tally.files += 1;
    loop {
        let length = file.read(&mut bytes)?;
        if length == 0 {
            return Ok(());
        }
        tally.bytes += length as u64;
        tally.lines += bytes[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
    }
}

fn print_table(tallies: &[Tally]) {
    let mut total = Tally::default();
    println!(
        "{:<8} {:>8} {:>10} {:>12} {:>8} {:>8} {:>8}",
        "thread", "files", "lines", "bytes", "stolen", "refused", "failed"
    );
    for (number, tally) in tallies.iter().enumerate() {
        print_row(&number.to_string(), tally);
        total.files += tally.files;
        total.lines += tally.lines;
        total.bytes += tally.bytes;
        total.stolen += tally.stolen;
        total.refused += tally.refused;
        total.failures += tally.failures;
    }
    print_row("all", &total);
}

fn print_row(name: &str, tally: &Tally) {
    let Tally { files, lines, bytes, stolen, refused, failures } = tally;
    println!("{name:<8} {files:>8} {lines:>10} {bytes:>12} {stolen:>8} {refused:>8} {failures:>8}");
}
