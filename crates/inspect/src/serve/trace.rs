//! A trace of the next seconds.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

use executor::ExecutorHandle;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::time;

use super::timed::Timed;
use crate::Tracer;

/// How long is recorded if nothing is said, and at most.
const SECONDS: f64 = 5.0;
const MOST_SECONDS: f64 = 60.0;

/// Whether somebody records: one at a time.
#[derive(Default)]
pub(super) struct Recording(AtomicBool);

impl Recording {
    pub(super) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Until what it returns is dropped; `None` if another one records.
    pub(super) fn begin(&self) -> Option<Recorder<'_>> {
        let was_on = self.0.swap(true, Ordering::Relaxed);
        (!was_on).then(|| Recorder(&self.0))
    }
}

/// Whoever records.
pub(super) struct Recorder<'a>(&'a AtomicBool);

impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// How long to record, as a client has asked for it.
pub(super) fn duration(seconds: Option<&str>) -> Option<Duration> {
    let seconds = seconds.map_or(Ok(SECONDS), str::parse).ok()?;
    (0.0..=MOST_SECONDS).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// Records for so long, and returns the file for Perfetto. `None` if the client goes away meanwhile.
pub(super) fn record(
    executor: &ExecutorHandle,
    duration: Duration,
    client: &TcpStream,
) -> Option<Vec<u8>> {
    let start = time::now();
    let tracer = Tracer::start(executor);
    let mut waiting = Timed::new(client, duration);
    loop {
        match waiting.read(&mut [0; 512]) {
            // It has ended, or this page is being stopped.
            Ok(0) => return None,
            // It need not say more.
            Ok(_) => {}
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => break,
                ErrorKind::Interrupted => {}
                _ => return None,
            },
        }
    }
    Some(tracer.snapshot(time::since(start)).to_bytes())
}
