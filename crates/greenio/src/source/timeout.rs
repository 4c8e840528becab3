//! A time limit of a socket, which any thread may change.

use std::io;
use std::time::Duration;

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::time::{self, Instant};

/// How long a read or a write may take; 0 stands for no limit.
#[derive(Debug)]
pub(crate) struct Timeout {
    nanos: AtomicU64,
}

impl Timeout {
    pub(crate) fn none() -> Self {
        Timeout { nanos: AtomicU64::new(0) }
    }

    /// # Errors
    /// `InvalidInput` for no time at all, as `std` has it.
    pub(crate) fn new(limit: Duration) -> io::Result<Self> {
        let timeout = Self::none();
        timeout.set(Some(limit))?;
        Ok(timeout)
    }

    /// # Errors
    /// `InvalidInput` for no time at all, as `std` has it.
    pub(crate) fn set(&self, limit: Option<Duration>) -> io::Result<()> {
        let nanos = match limit {
            None => 0,
            Some(Duration::ZERO) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "a timeout of zero would end every wait: take None for no limit",
                ));
            }
            Some(limit) => u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX),
        };
        self.nanos.store(nanos, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn get(&self) -> Option<Duration> {
        match self.nanos.load(Ordering::Relaxed) {
            0 => None,
            nanos => Some(Duration::from_nanos(nanos)),
        }
    }

    /// When a wait that begins now is over; `None` if never.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.get().and_then(time::after)
    }
}

impl Clone for Timeout {
    fn clone(&self) -> Self {
        Timeout { nanos: AtomicU64::new(self.nanos.load(Ordering::Relaxed)) }
    }
}
