//! Counts the lines, words and bytes of files by three green threads that hand data on: one reads, one
//! counts, the first one prints. All on the one OS thread that `main` runs on, so that nothing needs a
//! lock; whoever has nothing to do parks.
//!
//! ```text
//! cargo run -p greenctx --example pipeline -- README.md Cargo.toml
//! ```
//!
//! Without arguments it counts the sources of this crate.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::{env, fmt};

use greenctx::{Carrier, Thread, current, park, shield, spawn_local};

const USAGE: &str = "\
usage: pipeline [FILE]...
Prints the lines, words and bytes of each FILE, as wc does; of this crate's sources without any.";
const OWN_SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
const CHUNK_BYTES: usize = 16 * 1024;
/// How much one stage may be ahead of the next.
const PIPE_CAPACITY: usize = 4;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match files(arguments).and_then(run) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // Whoever read our output has had enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pipeline: {error}");
            ExitCode::FAILURE
        }
    }
}

fn files(arguments: Vec<PathBuf>) -> io::Result<Vec<PathBuf>> {
    if !arguments.is_empty() {
        return Ok(arguments);
    }
    let entries = fs::read_dir(OWN_SOURCES)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

/// Runs the pipeline, and says how many files could not be read.
fn run(files: Vec<PathBuf>) -> io::Result<usize> {
    let carrier = Carrier::builder().name("pipeline").build().map_err(io::Error::from)?;
    let handle = carrier.handle();
    let failures = carrier.run(|| {
        let chunks = Rc::new(Pipe::new());
        let counts = Rc::new(Pipe::new());
        let (to_count, counted) = (chunks.clone(), counts.clone());
        spawn_local(move || read(files, &to_count));
        spawn_local(move || count(&chunks, &counted));
        print(&counts)
    });
    let failures = failures.map_err(io::Error::from)??;
    let counters = handle.counters();
    eprintln!("{} parks, {} wakes", counters.parks(), counters.unparks());
    Ok(failures)
}

/// A piece of a file, or its end.
enum Chunk {
    Bytes(Vec<u8>),
    End(PathBuf, io::Result<()>),
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    lines: u64,
    words: u64,
    bytes: u64,
}

/// The first stage.
fn read(files: Vec<PathBuf>, chunks: &Pipe<Chunk>) {
    for path in files {
        let ended = read_one(&path, chunks);
        chunks.send(Chunk::End(path, ended));
    }
    chunks.close();
}

fn read_one(path: &PathBuf, chunks: &Pipe<Chunk>) -> io::Result<()> {
    let mut file = File::open(path)?;
    loop {
        let mut bytes = vec![0; CHUNK_BYTES];
        let length = file.read(&mut bytes)?;
        if length == 0 {
            return Ok(());
        }
        bytes.truncate(length);
        chunks.send(Chunk::Bytes(bytes));
    }
}

/// The second stage.
fn count(chunks: &Pipe<Chunk>, counts: &Pipe<(PathBuf, io::Result<Counts>)>) {
    let mut sum = Counts::default();
    // A word may go on from one chunk to the next.
    let mut in_word = false;
    while let Some(chunk) = chunks.receive() {
        match chunk {
            Chunk::Bytes(bytes) => {
                for byte in bytes {
                    let space = byte.is_ascii_whitespace() || byte == b'\x0b';
                    sum.words += u64::from(!space && !in_word);
                    in_word = !space;
                    sum.lines += u64::from(byte == b'\n');
                    sum.bytes += 1;
                }
            }
            Chunk::End(path, ended) => {
                in_word = false;
                let sum = std::mem::take(&mut sum);
                counts.send((path, ended.map(|()| sum)));
            }
        }
    }
    counts.close();
}

/// The third stage: how many files could not be read.
fn print(counts: &Pipe<(PathBuf, io::Result<Counts>)>) -> io::Result<usize> {
    let mut output = Ok(());
    let (mut total, mut failures) = (Counts::default(), 0);
    // To the end also when nobody reads our output: the other stages are to end.
    while let Some((path, counted)) = counts.receive() {
        match counted {
            Ok(sum) => {
                total += sum;
                output = output.and_then(|()| writeln!(io::stdout(), "{sum} {}", path.display()));
            }
            Err(error) => {
                failures += 1;
                eprintln!("pipeline: {}: {error}", path.display());
            }
        }
    }
    output.and_then(|()| writeln!(io::stdout(), "{total} total"))?;
    Ok(failures)
}

/// Hands items from one green thread to another on the same carrier; a full pipe parks the sender, an
/// empty one the receiver.
struct Pipe<T> {
    items: RefCell<VecDeque<T>>,
    closed: Cell<bool>,
    /// The side that is parked.
    parked: RefCell<Option<Thread>>,
}

impl<T> Pipe<T> {
    fn new() -> Self {
        Pipe { items: RefCell::default(), closed: Cell::new(false), parked: RefCell::default() }
    }

    fn send(&self, item: T) {
        while self.items.borrow().len() == PIPE_CAPACITY {
            self.wait();
        }
        self.items.borrow_mut().push_back(item);
        self.wake();
    }

    fn close(&self) {
        self.closed.set(true);
        self.wake();
    }

    /// The next item; `None` once the pipe is closed and empty.
    fn receive(&self) -> Option<T> {
        loop {
            let item = self.items.borrow_mut().pop_front();
            if item.is_some() || self.closed.get() {
                self.wake();
                return item;
            }
            self.wait();
        }
    }

    fn wait(&self) {
        *self.parked.borrow_mut() = Some(current());
        // A stage that was asked to stop comes to its end all the same: the others wait for that. So nothing
        // interrupts the wait, and whoever is woken looks again.
        let _ = shield(park);
    }

    fn wake(&self) {
        if let Some(thread) = self.parked.take() {
            thread.unpark();
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8} {:>8} {:>8}", self.lines, self.words, self.bytes)
    }
}
