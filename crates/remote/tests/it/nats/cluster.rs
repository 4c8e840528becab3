//! Several servers that keep each queue.

use greenstd::thread;
use remote::engine::NatsEngine;
use remote::{Remote, Worker};
use testkit::NatsServer;

use crate::nats::PAUSE;
use crate::support::{pool, registry, serve, square};

/// So many jobs are submitted for each server's end.
const TURN: u64 = 60;

const JOBS: u64 = 3 * TURN;

/// A cluster has no leader at first, and none for a while after it has lost one.
fn until_led<T, E>(mut call: impl FnMut() -> Result<T, E>) -> T {
    loop {
        match call() {
            Ok(answer) => return answer,
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

#[test]
fn a_queue_on_three_servers_outlives_the_end_of_any_of_them() {
    let Some(mut servers) = NatsServer::start_cluster(3) else { return };
    let urls = servers.iter().map(NatsServer::url).collect::<Vec<_>>().join(",");
    let connect = || Remote::new(NatsEngine::connect(&urls).unwrap().replicas(3));
    let (here, there) = (connect().queue("numbers"), connect().queue("numbers"));
    until_led(|| here.counts());
    let pool = pool(4);
    let serving = serve(Worker::new(&pool, &there), &registry());
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        // Each server ends once, with the queues that it leads, while the two others keep them.
        if number % TURN == TURN / 2 {
            let server = &mut servers[(number / TURN) as usize];
            server.kill();
            server.start_again();
        }
        let job = || here.job().id(number.to_string()).submit(square, (number,));
        jobs.push(until_led(job));
    }
    for (number, job) in (0..JOBS).zip(jobs) {
        assert_eq!(job.result(), Ok(number * number));
    }
    drop(serving);
}
