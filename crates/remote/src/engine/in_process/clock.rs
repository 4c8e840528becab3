//! The time by which leases run out: the real one, or one that a test turns.

use std::fmt;
use std::time::Duration;

use greenstd::sync::{Arc, Mutex, Weak};
use greenstd::time::{self, Instant};

/// A clock that stands still until it is turned, for tests of what takes time.
///
/// ```
/// use remote::engine::{Engine, Envelope, InProcess, JobId, ManualClock, QueueOptions};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let queue = InProcess::with_clock(&clock).open("bills", &QueueOptions::default())?;
/// let mut tomorrow = Envelope::new(JobId::unique(), "bill", b"[17]".to_vec());
/// tomorrow.delay = Duration::from_secs(24 * 60 * 60);
/// let _accepted = queue.submit(&tomorrow)?;
/// assert!(queue.fetch(1, Duration::ZERO)?.is_empty());
/// clock.turn(tomorrow.delay); // and nobody has waited
/// assert_eq!(queue.fetch(1, Duration::ZERO)?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct ManualClock {
    face: Arc<Mutex<Face>>,
}

/// What a clock knows.
#[derive(Default)]
struct Face {
    /// Since it was made.
    turned: Duration,
    listeners: Vec<Weak<dyn Listener>>,
}

/// Looks again when the clock was turned.
pub(super) trait Listener: Send + Sync {
    fn clock_was_turned(&self);
}

/// The clock of one engine. A moment is what has passed since some beginning.
#[derive(Debug, Clone)]
pub(super) enum Clock {
    Real { beginning: Instant },
    Manual(ManualClock),
}

impl ManualClock {
    /// A clock at its beginning.
    ///
    /// ```
    /// use remote::engine::{InProcess, ManualClock};
    ///
    /// let engine = InProcess::with_clock(&ManualClock::new());
    /// # drop(engine);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets that much time pass. All engines that go by this clock do what is due.
    ///
    /// ```
    /// use remote::engine::ManualClock;
    /// use std::time::Duration;
    ///
    /// ManualClock::new().turn(Duration::from_secs(30));
    /// ```
    pub fn turn(&self, by: Duration) {
        let listeners = {
            let mut face = self.face.lock();
            face.turned = face.turned.saturating_add(by);
            face.listeners.retain(|listener| listener.strong_count() > 0);
            face.listeners.clone()
        };
        for listener in listeners.iter().filter_map(Weak::upgrade) {
            listener.clock_was_turned();
        }
    }
}

impl Clock {
    pub(super) fn real() -> Self {
        Clock::Real { beginning: time::now() }
    }

    pub(super) fn now(&self) -> Duration {
        match self {
            Clock::Real { beginning } => time::since(*beginning),
            Clock::Manual(manual) => manual.face.lock().turned,
        }
    }

    /// For how long to sleep until that moment; `None` if only a turn of the clock ends the sleep.
    pub(super) fn until(&self, moment: Duration) -> Option<Duration> {
        match self {
            Clock::Real { .. } => Some(moment.saturating_sub(self.now())),
            Clock::Manual(_) => None,
        }
    }

    pub(super) fn tell(&self, listener: Weak<dyn Listener>) {
        if let Clock::Manual(manual) = self {
            manual.face.lock().listeners.push(listener);
        }
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.face.lock().turned).finish()
    }
}
