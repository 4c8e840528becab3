//! What the tests share: functions, and a worker in a thread.

use std::time::Duration;

use executor::GreenThreadPoolExecutor;
use greenstd::thread::{self, JoinHandle};
use greenstd::time;
use remote::engine::EngineError;
use remote::{Registry, Worker, WorkerHandle, WorkerStatistics, function};

function!(pub(crate) square(number: u64) -> u64);
function!(pub(crate) divide(number: u64, by: u64) -> Result<u64, String>);
function!(pub(crate) fail_until(attempt: u32) -> Result<u32, String>);
function!(pub(crate) panics(text: String) -> u32);
function!(pub(crate) sleep_for(millis: u64) -> Result<u64, String>);
function!(pub(crate) note());

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// What most tests' workers know.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::new();
    registry
        .register(square, |number: u64| number * number)
        .register(divide, |number: u64, by: u64| {
            number.checked_div(by).ok_or_else(|| "by zero".to_owned())
        })
        .register(fail_until, |attempt: u32| match remote::current_job().unwrap().attempt {
            now if now >= attempt => Ok(now),
            now => Err(format!("attempt {now}")),
        })
        .register(panics, |text: String| -> u32 { panic!("{text}") })
        .register(sleep_for, |millis: u64| {
            executor::sleep(Duration::from_millis(millis)).map_err(|error| error.to_string())?;
            Ok::<_, String>(millis)
        });
    registry
}

pub(crate) fn pool(workers: usize) -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder().max_workers(workers).carriers(2).build().unwrap()
}

/// A worker that serves in a thread, and is drained at the end.
pub(crate) struct Serving {
    pub(crate) handle: WorkerHandle,
    thread: Option<JoinHandle<Result<WorkerStatistics, EngineError>>>,
}

pub(crate) fn serve(worker: Worker, registry: &Registry) -> Serving {
    let (handle, registry) = (worker.handle(), registry.clone());
    let thread = Some(thread::spawn(move || worker.serve(&registry)));
    Serving { handle, thread }
}

impl Serving {
    pub(crate) fn drain(mut self) -> WorkerStatistics {
        self.handle.drain();
        self.join()
    }

    pub(crate) fn join(&mut self) -> WorkerStatistics {
        self.thread.take().unwrap().join().unwrap().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.handle.drain();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Until `is_so`, which must come.
pub(crate) fn eventually(is_so: impl Fn() -> bool) {
    let start = time::now();
    while !is_so() {
        assert!(time::since(start) < LONG, "it has not come");
        thread::yield_now();
    }
}
