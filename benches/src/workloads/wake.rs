//! Waking a parked thread on an idle carrier from a plain thread.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{Workload, peers};
use crate::measure::{Measured, Params, percentiles_us};

pub const WORKLOAD: Workload = Workload {
    name: "wake",
    about: "a plain thread wakes a parked one whose carrier sleeps: how long it takes (p50, p99)",
    n: 2_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio)],
};

/// Long enough for the carrier to fall asleep.
const PAUSE: Duration = Duration::from_micros(200);

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let (to_main, from_job) = mpsc::channel();
    let n = params.n;
    let job = pool.submit(move || {
        let mut woken = Vec::new();
        for _ in 0..n {
            to_main.send(greenctx::current()).expect("the main thread listens");
            executor::park().expect("nobody cancels it");
            woken.push(Instant::now());
        }
        woken
    });
    let mut unparked = Vec::new();
    for _ in 0..n {
        let thread: greenctx::Thread = from_job.recv().expect("the job goes on");
        std::thread::sleep(PAUSE);
        unparked.push(Instant::now());
        thread.unpark();
    }
    let woken = job.expect("nothing is refused").result().expect("it does not fail");
    latencies(&unparked, &woken)
}

fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let (to_main, from_task) = mpsc::channel();
    let n = params.n;
    let task = runtime.spawn(async move {
        let mut woken = Vec::new();
        for _ in 0..n {
            let (waker, wait) = tokio::sync::oneshot::channel::<()>();
            to_main.send(waker).expect("the main thread listens");
            wait.await.expect("the main thread sends");
            woken.push(Instant::now());
        }
        woken
    });
    let mut sent = Vec::new();
    for _ in 0..n {
        let waker = from_task.recv().expect("the task goes on");
        std::thread::sleep(PAUSE);
        sent.push(Instant::now());
        waker.send(()).expect("the task waits");
    }
    let woken = runtime.block_on(task).expect("it does not fail");
    latencies(&sent, &woken)
}

fn latencies(from: &[Instant], to: &[Instant]) -> Measured {
    let pairs = from.iter().zip(to);
    let took = pairs.map(|(from, to)| to.saturating_duration_since(*from)).collect();
    Measured::figures(percentiles_us(took))
}
