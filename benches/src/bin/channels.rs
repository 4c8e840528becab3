//! Numbers through one channel, for so many senders and receivers and so much room.
//!
//! ```text
//! cargo run --release -p benches --bin channels -- [N] [ROUNDS] [CARRIERS]
//! ```
//!
//! | peer | channel | each sender and receiver is |
//! | --- | --- | --- |
//! | greenpool | ours | a job |
//! | crossbeam | that of `crossbeam-channel` | an OS thread |
//! | flume | that of `flume` | a task of tokio |
//!
//! It prints a table: wall time and CPU time a number. The last column is our wall time by that of the faster peer. The
//! peers take turns, so that what disturbs one round of one disturbs all, and the medians count.

use std::time::{Duration, Instant};

use executor::GreenThreadPoolExecutor;
use rustix::time::{ClockId, clock_gettime};

/// One cell of the table.
#[derive(Debug, Clone, Copy)]
struct Cell {
    senders: u64,
    receivers: u64,
    /// `None` is a channel without a bound.
    room: Option<usize>,
    /// What each sender sends.
    each: u64,
}

/// Wall and CPU time of one run, in nanoseconds a number.
type Figures = (f64, f64);

const SIDES: [(u64, u64); 5] = [(1, 1), (1, 4), (4, 1), (4, 4), (16, 16)];
const ROOMS: [Option<usize>; 4] = [Some(1), Some(16), Some(1024), None];
/// Ours first.
const PEERS: [fn(Cell, usize) -> Figures; 3] = [green, threads, tokio];

fn main() {
    let n = argument(1, 200_000);
    let (rounds, carriers) = (argument(2, 9), argument(3, 2) as usize);
    println!("| room | senders + receivers | greenpool | crossbeam | flume | of the best |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for room in ROOMS {
        for (senders, receivers) in SIDES {
            // A number costs more where nearly each one waits.
            let n = if room == Some(1) { n / 10 } else { n };
            let cell = Cell { senders, receivers, room, each: n / senders };
            println!("{}", row(cell, rounds, carriers));
        }
    }
}

fn argument(place: usize, otherwise: u64) -> u64 {
    std::env::args().nth(place).map_or(otherwise, |number| number.parse().expect("a number"))
}

/// The medians of a cell. The peers take turns, so that what disturbs them disturbs all.
fn row(cell: Cell, rounds: u64, carriers: usize) -> String {
    let mut seen = vec![Vec::new(); PEERS.len()];
    for _ in 0..rounds {
        for (run, seen) in PEERS.iter().zip(&mut seen) {
            seen.push(run(cell, carriers));
        }
    }
    let medians: Vec<Figures> = seen.iter().map(|seen| medians(seen)).collect();
    let room = cell.room.map_or("no bound".to_owned(), |room| room.to_string());
    let figures: Vec<String> =
        medians.iter().map(|(wall, cpu)| format!("{wall:.0} / {cpu:.0} ns")).collect();
    let best = medians[1..].iter().map(|(wall, _)| *wall).fold(f64::INFINITY, f64::min);
    let Cell { senders, receivers, .. } = cell;
    let ratio = medians[0].0 / best;
    format!("| {room} | {senders} + {receivers} | {} | {ratio:.2} |", figures.join(" | "))
}

fn medians(seen: &[Figures]) -> Figures {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    (
        median(seen.iter().map(|seen| seen.0).collect()),
        median(seen.iter().map(|seen| seen.1).collect()),
    )
}

/// Times `run`, which returns the sum of what was received.
fn time(cell: Cell, run: impl FnOnce() -> u64) -> Figures {
    let (start, cpu) = (Instant::now(), cpu_time());
    let sum = run();
    let (wall, cpu) = (start.elapsed(), cpu_time() - cpu);
    let expected = cell.senders * (0..cell.each).sum::<u64>();
    assert_eq!(sum, expected, "a number was lost or came twice");
    let count = (cell.senders * cell.each) as f64;
    (wall.as_nanos() as f64 / count, cpu.as_nanos() as f64 / count)
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn green(cell: Cell, carriers: usize) -> Figures {
    let pool = GreenThreadPoolExecutor::builder().carriers(carriers).build().expect("it starts");
    time(cell, || {
        let (sender, receiver) = cell.room.map_or_else(greensync::unbounded, greensync::bounded);
        for _ in 0..cell.senders {
            let sender = sender.clone();
            let send = move || (0..cell.each).for_each(|n| sender.send(n).expect("it is open"));
            drop(pool.submit(send).expect("nothing is refused"));
        }
        drop(sender);
        let receive = || {
            let receiver = receiver.clone();
            pool.submit(move || receiver.iter().sum::<u64>()).expect("nothing is refused")
        };
        let sums: Vec<_> = (0..cell.receivers).map(|_| receive()).collect();
        sums.into_iter().map(|sum| sum.result().expect("none fails")).sum()
    })
}

fn threads(cell: Cell, _carriers: usize) -> Figures {
    time(cell, || {
        let (sender, receiver) =
            cell.room.map_or_else(crossbeam_channel::unbounded, crossbeam_channel::bounded);
        for _ in 0..cell.senders {
            let sender = sender.clone();
            std::thread::spawn(move || {
                (0..cell.each).for_each(|n| sender.send(n).expect("it is open"));
            });
        }
        drop(sender);
        let receive = || {
            let receiver = receiver.clone();
            std::thread::spawn(move || receiver.iter().sum::<u64>())
        };
        let sums: Vec<_> = (0..cell.receivers).map(|_| receive()).collect();
        sums.into_iter().map(|sum| sum.join().expect("none fails")).sum()
    })
}

fn tokio(cell: Cell, carriers: usize) -> Figures {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(carriers).build();
    let runtime = runtime.expect("it starts");
    time(cell, || {
        let (sender, receiver) = cell.room.map_or_else(flume::unbounded, flume::bounded);
        for _ in 0..cell.senders {
            let sender = sender.clone();
            runtime.spawn(async move {
                for n in 0..cell.each {
                    sender.send_async(n).await.expect("it is open");
                }
            });
        }
        drop(sender);
        let receive = || {
            let receiver = receiver.clone();
            runtime.spawn(async move {
                let mut sum = 0;
                while let Ok(n) = receiver.recv_async().await {
                    sum += n;
                }
                sum
            })
        };
        let sums: Vec<_> = (0..cell.receivers).map(|_| receive()).collect();
        sums.into_iter().map(|sum| runtime.block_on(sum).expect("none fails")).sum()
    })
}
