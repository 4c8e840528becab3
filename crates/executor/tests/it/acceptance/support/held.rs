//! Workers that are kept busy.

use executor::{ExecutorHandle, GreenFuture};

use super::{Gate, Progress};

/// Jobs that run and wait until they are released (at the latest when this is dropped).
pub(crate) struct Held {
    gate: Gate,
    futures: Vec<GreenFuture<()>>,
}

impl Held {
    /// Submits `count` such jobs and waits until all of them run.
    pub(crate) fn workers(pool: &ExecutorHandle, count: usize) -> Self {
        let gate = Gate::new();
        let started = Progress::new();
        let futures = (0..count)
            .map(|_| {
                let (pass, started) = (gate.pass(), started.clone());
                pool.submit(move || {
                    started.advance();
                    pass.wait();
                })
                .expect("there is room for jobs that are to run at once")
            })
            .collect();
        started.wait_until(count);
        Held { gate, futures }
    }

    /// Lets them end, and waits until they have.
    pub(crate) fn release(mut self) {
        self.gate.open();
        for future in self.futures.drain(..) {
            future.result().expect("a held job ends well");
        }
    }
}
