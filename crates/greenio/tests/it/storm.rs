//! A storm of reads, writes, closings and time limits on sockets that several threads share.
//!
//! `GREEN_SEED` repeats one.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use greenctx::with_timeout;
use greenio::Closed;
use greenio::net::{TcpStream, UnixStream};
use greenstd::sync::{Arc, OnceLock};

use crate::pairs::tcp;
use crate::{on_another_carrier, pairs};
use testkit::Random;
use testkit::Watchdog;

const ROUNDS: usize = 10;
const STREAMS: usize = 48;
const BYTES: usize = 150_000;

/// What the test needs of a stream.
trait Stream: Send + Sync {
    fn read(&self, bytes: &mut [u8]) -> std::io::Result<usize>;
    fn write(&self, bytes: &[u8]) -> std::io::Result<usize>;
    fn close(&self);
    fn end(&self);
    fn limit(&self, limit: Option<Duration>);
}

macro_rules! stream {
    ($socket:ty) => {
        impl Stream for $socket {
            fn read(&self, bytes: &mut [u8]) -> std::io::Result<usize> {
                Read::read(&mut &*self, bytes)
            }
            fn write(&self, bytes: &[u8]) -> std::io::Result<usize> {
                Write::write(&mut &*self, bytes)
            }
            fn close(&self) {
                self.close();
            }
            fn end(&self) {
                let _ = self.shutdown(Shutdown::Write);
            }
            fn limit(&self, limit: Option<Duration>) {
                self.set_read_timeout(limit).unwrap();
                self.set_write_timeout(limit).unwrap();
            }
        }
    };
}

stream!(TcpStream);
stream!(UnixStream);

type Shared = Arc<dyn Stream>;
type Task = Box<dyn FnOnce() + Send>;

/// What goes over every stream.
fn pattern() -> &'static [u8] {
    static PATTERN: OnceLock<Vec<u8>> = OnceLock::new();
    PATTERN.get_or_init(|| (0..BYTES).map(|place| (place * 31 % 251) as u8).collect())
}

/// Whether to go on after an error: interruptions only.
fn goes_on(error: &std::io::Error, closes: bool) -> bool {
    match error.kind() {
        ErrorKind::TimedOut => true,
        // The peer of one that is gone.
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset if closes => false,
        _ if closes && Closed::is_in(error) => false,
        _ => panic!("{error:?}"),
    }
}

fn interruptibly<R>(random: &mut Random, run: impl FnOnce() -> R) -> R {
    match random.below(4) {
        0 => with_timeout(Duration::from_micros(random.below(300) as u64), run),
        _ => run(),
    }
}

fn write_all(stream: &Shared, closes: bool, mut random: Random) {
    let mut place = 0;
    while place < BYTES {
        let count = (1 + random.below(20_000)).min(BYTES - place);
        let bytes = &pattern()[place..place + count];
        match interruptibly(&mut random, || stream.write(bytes)) {
            Ok(written) => place += written,
            Err(error) if goes_on(&error, closes) => {}
            Err(_) => return,
        }
    }
    stream.end();
}

fn read_all(stream: &Shared, closes: bool, mut random: Random) {
    let mut place = 0;
    let mut bytes = vec![0; 30_000];
    loop {
        let room = 1 + random.below(bytes.len());
        if random.below(50) == 0 {
            stream.limit(match random.below(2) {
                0 => None,
                _ => Some(Duration::from_micros(1 + random.below(200) as u64)),
            });
        }
        match interruptibly(&mut random, || stream.read(&mut bytes[..room])) {
            Ok(0) => break,
            Ok(count) => {
                let expected = pattern().get(place..place + count);
                assert!(expected == Some(&bytes[..count]), "in order, and nothing else");
                place += count;
            }
            Err(error) if goes_on(&error, closes) => {}
            Err(_) => return,
        }
    }
    assert!(closes || place == BYTES, "nothing is lost");
}

/// One pair's reader, writer and, perhaps, closers.
fn tasks(random: &mut Random) -> Vec<Task> {
    let (one, other): (Shared, Shared) = match random.below(2) {
        0 => {
            let (one, other) = tcp();
            (Arc::new(one), Arc::new(other))
        }
        _ => {
            let (one, other) = UnixStream::pair().unwrap();
            (Arc::new(one), Arc::new(other))
        }
    };
    let closes = random.below(3) == 0;
    let mut tasks: Vec<Task> = Vec::new();
    for (from, to) in [(&one, &other), (&other, &one)] {
        let (from, to) = (from.clone(), to.clone());
        let (ours, theirs) = (random.fork(), random.fork());
        tasks.push(Box::new(move || write_all(&from, closes, ours)));
        tasks.push(Box::new(move || read_all(&to, closes, theirs)));
    }
    if closes {
        let pause = Duration::from_micros(random.below(3000) as u64);
        let closed = if random.below(2) == 0 { one } else { other };
        tasks.push(Box::new(move || {
            greenctx::sleep(pause).unwrap();
            closed.close();
        }));
    }
    tasks
}

#[test]
fn a_storm_of_reads_writes_and_closings_loses_and_forgets_nothing() {
    let mut random = Random::for_test("the storm");
    let _watchdog = Watchdog::start(|| String::from("the storm"));
    for _ in 0..ROUNDS {
        let mut carriers: [Vec<Task>; 2] = Default::default();
        let mut plain: Vec<Task> = Vec::new();
        for _ in 0..STREAMS {
            for task in tasks(&mut random) {
                match random.below(20) {
                    0 => plain.push(task),
                    other => carriers[other % 2].push(task),
                }
            }
        }
        let carriers = carriers.map(|tasks| {
            on_another_carrier(move || {
                let threads: Vec<_> = tasks.into_iter().map(greenctx::spawn).collect();
                pairs::join_all(threads);
            })
        });
        let plain: Vec<_> = plain.into_iter().map(greenstd::thread::spawn).collect();
        carriers.into_iter().for_each(|carrier| carrier.join().unwrap());
        plain.into_iter().for_each(|thread| thread.join().unwrap());
    }
}
