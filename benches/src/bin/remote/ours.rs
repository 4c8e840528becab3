//! The same by the crate `remote`, as its users would write it.

use std::time::{Duration, Instant};

use executor::GreenThreadPoolExecutor;
use remote::engine::{JobId, NatsEngine};
use remote::{Queue, Registry, Remote, Worker, function};

function!(square(number: u64) -> u64);

pub(crate) fn run(url: &str, jobs: u64, outstanding: u64) -> Vec<Duration> {
    // A queue that nobody has used before.
    let name = JobId::unique().to_string();
    let submitters = pool(outstanding as usize);
    let workers = pool(257);
    let mut registry = Registry::new();
    registry.register(square, |number: u64| number * number);
    let worker = Worker::new(&workers, &queue(url, &name));
    let handle = worker.handle();
    let serving = std::thread::spawn(move || worker.serve(&registry).expect("it pulls"));

    let jobs_of = |first: u64, queue: Queue| {
        move || -> Vec<Duration> {
            let mut latencies = Vec::new();
            for number in (first..jobs).step_by(outstanding as usize) {
                let start = Instant::now();
                let result = queue.submit(square, (number,)).expect("it is stored").result();
                assert_eq!(result, Ok(number * number));
                latencies.push(start.elapsed());
            }
            latencies
        }
    };
    let queue = queue(url, &name);
    let submitters: Vec<_> = (0..outstanding)
        .map(|first| submitters.submit(jobs_of(first, queue.clone())).expect("there is room"))
        .collect();
    let latencies =
        submitters.into_iter().flat_map(|all| all.result().expect("no panic")).collect();
    handle.drain();
    let done = serving.join().expect("no panic");
    assert_eq!(done.succeeded, jobs);
    latencies
}

fn pool(max_workers: usize) -> GreenThreadPoolExecutor {
    let builder = GreenThreadPoolExecutor::builder().max_workers(max_workers).carriers(1);
    builder.build().expect("there are stacks")
}

fn queue(url: &str, name: &str) -> Queue {
    Remote::new(NatsEngine::connect(url).expect("the server answers")).queue(name)
}
