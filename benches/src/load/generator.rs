//! Our own generator of load: a few threads, each with an epoll of its own and its share of the
//! connections.

use std::io;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::event::{Timespec, epoll};

use crate::pin;

use super::connection::Connection;
use super::process::Server;
use super::{Plan, Seen, warm_up};

/// Two, as wrk is mostly told: one alone would be the bottleneck before a fast server is.
const THREADS: usize = 2;
/// So many requests are enough, should the clock have gone wrong.
const MOST_REQUESTS: u64 = 100_000_000;
/// A server that lets all connections wait for so long is broken.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };
/// Latencies are kept from 1 ns to so many, with three digits.
const LONGEST_NS: u64 = 60_000_000_000;

const WARMING_UP: u8 = 0;
const MEASURING: u8 = 1;
const OVER: u8 = 2;

/// What the threads and the one that looks at them share.
struct Shared {
    phase: AtomicU8,
    answered: AtomicU64,
    started: Barrier,
}

/// Asks for so long a time, after warming up. The server has so many `carriers`.
pub fn run(server: &Server, plan: &Plan, time: Duration, carriers: usize) -> io::Result<Seen> {
    let shared = Shared {
        phase: AtomicU8::new(WARMING_UP),
        answered: AtomicU64::new(0),
        started: Barrier::new(THREADS + 1),
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|index| {
                let share = (plan.connections + index) / THREADS;
                let shared = &shared;
                scope.spawn(move || {
                    let opened = open(server, share, plan.pipelined);
                    // Who has failed does not let the others wait.
                    shared.started.wait();
                    ask(opened?, shared)
                })
            })
            .collect();
        shared.started.wait();
        // Behind the server's, if there are processors enough.
        pin::spread(carriers);
        let mut seen = watch(server, &shared, time);
        let mut latencies = histogram();
        for thread in threads {
            let seen_by_thread = thread.join().expect("a thread of the load does not panic")?;
            latencies.add(seen_by_thread).expect("all have the same bounds");
        }
        seen.p50 = Duration::from_nanos(latencies.value_at_quantile(0.50));
        seen.p99 = Duration::from_nanos(latencies.value_at_quantile(0.99));
        Ok(seen)
    })
}

/// Lets the load warm up, and then looks at both ends of the time.
fn watch(server: &Server, shared: &Shared, time: Duration) -> Seen {
    std::thread::sleep(warm_up(time));
    shared.phase.store(MEASURING, Ordering::Relaxed);
    let look = || (Instant::now(), shared.answered.load(Ordering::Relaxed), server.cpu_time());
    let (start, answered, cpu) = look();
    std::thread::sleep(time);
    let (end, answered_then, cpu_then) = look();
    shared.phase.store(OVER, Ordering::Relaxed);
    Seen {
        time: end - start,
        requests: answered_then - answered,
        server_cpu: cpu_then.saturating_sub(cpu),
        p50: Duration::ZERO,
        p99: Duration::ZERO,
    }
}

fn open(server: &Server, count: usize, pipelined: usize) -> io::Result<Vec<Connection>> {
    (0..count).map(|_| Connection::open(server.address(), pipelined)).collect()
}

/// Asks on all connections until the time is over; the latencies of what was measured.
fn ask(mut connections: Vec<Connection>, shared: &Shared) -> io::Result<Histogram<u64>> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    for (index, connection) in connections.iter_mut().enumerate() {
        let token = epoll::EventData::new_u64(index as u64);
        epoll::add(&epoll, &*connection, token, epoll::EventFlags::IN)?;
        connection.ask()?;
    }
    let mut latencies = histogram();
    let mut events = Vec::with_capacity(256);
    let mut buffer = [0; 16 * 1024];
    loop {
        events.clear();
        epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), Some(&PATIENCE))?;
        let phase = shared.phase.load(Ordering::Relaxed);
        if phase == OVER {
            return Ok(latencies);
        }
        if events.is_empty() {
            return Err(io::Error::other("the server does not answer any more"));
        }
        let mut answered = 0;
        for event in &events {
            let connection = &mut connections[event.data.u64() as usize];
            let (answers, took) = connection.receive(&mut buffer)?;
            answered += answers as u64;
            if phase == MEASURING {
                latencies.saturating_record_n(took.as_nanos() as u64, answers as u64);
            }
            if connection.is_answered() {
                connection.ask()?;
            }
        }
        let before = shared.answered.fetch_add(answered, Ordering::Relaxed);
        if before > MOST_REQUESTS {
            return Err(io::Error::other("more requests were answered than are believable"));
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("the bounds are valid")
}
