//! The whole executor, its green threads with it, under a scheduler that chooses every step at
//! random (see `greenstd::model`). `GREEN_SCHEDULES` says how many schedules of each kind are run;
//! a failure prints what `GREEN_REPLAY` needs to repeat it.
//!
//! Every scenario ends in [`Ledger::settle`]. Each accepted job has ended exactly once, the counters add up, and
//! every closure is gone. The executor has come to its end (a hang is a deadlock to the checker).

mod cancelling;
mod delayed;
mod ending;
mod expiring;
mod faults;
mod forking;
mod grouping;
mod limits;
mod placing;
mod results;
mod waiting;

use std::any::Any;
use std::sync::Arc;

use executor::{Builder, ExecutorHandle, GreenThreadPoolExecutor, Shutdown};
use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Mutex;

/// Small stacks, and no histograms: they are many steps and no protocol.
fn executor(max_workers: usize, carriers: usize) -> Builder {
    GreenThreadPoolExecutor::builder()
        .max_workers(max_workers)
        .carriers(carriers)
        .stack_size(64 * 1024)
        .statistics(false)
}

fn build(max_workers: usize, carriers: usize) -> GreenThreadPoolExecutor {
    executor(max_workers, carriers).build().expect("the settings are in range")
}

/// What has become of the closures of a run. Its counters are not steps of the model.
#[derive(Default)]
struct Ledger {
    made: Counter,
    called: Counter,
    dropped: Counter,
}

/// Lives as long as the closure that holds it.
struct Entry(Arc<Ledger>);

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.dropped.add(1);
    }
}

impl Ledger {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A job whose calls and whose drop are counted.
    fn job<T>(
        self: &Arc<Self>,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> impl FnOnce() -> T + Send + 'static {
        self.made.add(1);
        let entry = Entry(self.clone());
        move || {
            entry.0.called.add(1);
            run()
        }
    }

    /// Drops the executor, which waits for its end, and checks that nothing is left of the run.
    fn settle(&self, pool: GreenThreadPoolExecutor) {
        let handle = pool.handle();
        drop(pool);
        self.check(&[&handle]);
    }

    /// Checks executors that have come to their end, and to which all closures were submitted.
    fn check(&self, ended: &[&ExecutorHandle]) {
        let mut executed = 0;
        for handle in ended {
            let statistics = handle.statistics();
            assert!(!handle.alive());
            assert_eq!(
                statistics.submitted(),
                statistics.executed() + statistics.cancelled() + statistics.abandoned(),
                "each accepted job ends once: {statistics:?}"
            );
            assert_eq!(statistics.running(), 0, "{statistics:?}");
            assert_eq!(handle.queue_size(), 0);
            assert_eq!(handle.num_workers(), 0);
            executed += statistics.executed();
        }
        assert_eq!(self.called.get(), executed, "a job that was executed was called once");
        assert_eq!(self.made.get(), self.dropped.get(), "every closure is dropped once");
    }
}

/// Ends the executor and waits, on a plain thread.
fn shut_down(pool: &ExecutorHandle) {
    pool.shutdown(Shutdown::wait()).expect("a plain thread may wait as long as it takes");
}

/// Panics without a word: thousands of schedules would fill the screen.
fn throw(payload: impl Any + Send) -> ! {
    std::panic::resume_unwind(Box::new(payload))
}

/// Panics in its drop.
struct Bang;

impl Drop for Bang {
    fn drop(&mut self) {
        throw("bang");
    }
}

/// A flag that a green thread waits for, and the thread to wake.
#[derive(Default)]
struct Gate {
    open: AtomicBool,
    waiting: Mutex<Option<greenctx::Thread>>,
}

impl Gate {
    fn pass(&self) {
        *self.waiting.lock() = Some(greenctx::current());
        while !self.open.load(Ordering::Acquire) {
            executor::park().unwrap();
        }
    }

    fn open(&self) {
        self.open.store(true, Ordering::Release);
        if let Some(thread) = self.waiting.lock().take() {
            thread.unpark();
        }
    }
}
