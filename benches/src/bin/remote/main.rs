//! Jobs through a server of NATS, by the crate `remote` and by a bare loop of `async-nats`, in one run on one machine.
//!
//! ```text
//! cargo run --release -p benches --bin remote -- [N] [OUTSTANDING] [PEER]
//! ```
//!
//! A job takes a number and gives its square. Submitters, as many as jobs may be outstanding, each submit one and wait for
//! its result. All store the job under an id and wait for that, take it by pulling no more than can start, and
//! acknowledge it. The server, submitters and workers share the machine.
//!
//! | peer | results |
//! | --- | --- |
//! | `remote` | stored by compare-and-set, then sent to the submitter |
//! | `stored` | the same by `async-nats` alone |
//! | `sent` | only sent: less is promised, and the server stores half |
//!
//! The second is what `remote` is measured by. Neither loop has retries, extended leases, fences, dead letters, or
//! looks for a result whose message was lost.

mod bare;
mod ours;

use std::time::{Duration, Instant};

use testkit::NatsServer;

/// What one peer does in a run: all latencies.
type Peer = fn(url: &str, jobs: u64, outstanding: u64) -> Vec<Duration>;

const PEERS: [(&str, Peer); 3] =
    [("remote", ours::run), ("stored", bare::stored), ("sent", bare::sent)];

/// How often each is measured; the peers take turns.
const ROUNDS: usize = 5;

fn main() {
    let mut words = std::env::args().skip(1);
    let jobs = words.next().map_or(20_000, |n| n.parse().expect("a number of jobs"));
    let only = words.next().map(|n| n.parse().expect("how many are outstanding"));
    let peer = words.next();
    let Some(server) = NatsServer::start() else { return };
    let peers: Vec<_> = PEERS
        .into_iter()
        .filter(|(name, _)| peer.as_ref().is_none_or(|peer| peer == name))
        .collect();
    println!("outstanding  peer     jobs/s    p50 us    p99 us  CPU us a job");
    for outstanding in only.map_or(vec![1, 100, 1000], |only| vec![only]) {
        let jobs = if outstanding == 1 { jobs / 10 } else { jobs };
        let mut rows: Vec<Vec<Row>> = peers.iter().map(|_| Vec::new()).collect();
        for _ in 0..ROUNDS {
            for ((_, peer), rows) in peers.iter().zip(&mut rows) {
                rows.push(measure(*peer, &server.url(), jobs, outstanding));
            }
        }
        for ((name, _), mut rows) in peers.iter().zip(rows) {
            rows.sort_by(|a, b| a.jobs_a_second.total_cmp(&b.jobs_a_second));
            let Row { jobs_a_second, p50, p99, cpu } = rows[ROUNDS / 2];
            println!(
                "{outstanding:>11}  {name:<7} {jobs_a_second:>7.0} {p50:>9.0} {p99:>9.0} {cpu:>13.1}"
            );
        }
    }
}

/// The times are in microseconds.
#[derive(Clone, Copy)]
struct Row {
    jobs_a_second: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

fn measure(peer: Peer, url: &str, jobs: u64, outstanding: u64) -> Row {
    let (start, cpu) = (Instant::now(), cpu_time());
    let mut latencies = peer(url, jobs, outstanding);
    let (elapsed, cpu) = (start.elapsed(), cpu_time() - cpu);
    assert_eq!(latencies.len() as u64, jobs, "each job has a result");
    latencies.sort_unstable();
    let at = |percent: usize| micros(latencies[latencies.len() * percent / 100]);
    Row {
        jobs_a_second: jobs as f64 / elapsed.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        cpu: micros(cpu) / jobs as f64,
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

/// Of this process: the server's is not counted.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("it is not negative")
}
