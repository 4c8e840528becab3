//! Where a carrier gets work that is not yet a green thread.

use crate::carrier::Spawner;

/// A source of work outside of the carrier, such as a backlog that several carriers share.
///
/// All methods run on the scheduler's own stack: they must not park, and must run no user code.
///
/// ```
/// use greenctx::{Carrier, Found, Spawner, Work};
/// use std::sync::{Arc, Mutex};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// type Job = Box<dyn FnOnce() + Send>;
///
/// /// A queue that other threads fill, until it is closed by `None`.
/// #[derive(Clone, Default)]
/// struct Jobs(Arc<Mutex<(Vec<Job>, bool)>>);
/// impl Jobs {
///     fn lock(&self) -> std::sync::MutexGuard<'_, (Vec<Job>, bool)> {
///         self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
///     }
/// }
/// impl Work for Jobs {
///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
///         let Some(job) = self.lock().0.pop() else { return Found::Nothing };
///         let _ = spawner.spawn(None, job);
///         Found::Something
///     }
///     fn recheck(&mut self) -> bool {
///         !self.lock().0.is_empty()
///     }
///     fn is_exhausted(&self) -> bool {
///         let queue = self.lock();
///         queue.1 && queue.0.is_empty()
///     }
/// }
///
/// let (mut jobs, done) = (Jobs::default(), Arc::new(AtomicU32::new(0)));
/// let carrier = Carrier::new()?;
/// let submitter = std::thread::spawn({
///     let (jobs, done, carrier) = (jobs.clone(), done.clone(), carrier.handle());
///     move || {
///         jobs.lock().0.push(Box::new(move || _ = done.fetch_add(1, Ordering::Relaxed)));
///         jobs.lock().1 = true;
///         carrier.wake(); // after each change
///     }
/// });
/// carrier.run_with(&mut jobs);
/// assert_eq!(done.load(Ordering::Relaxed), 1);
/// # submitter.join().map_err(|_| "the submitter panicked")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Work {
    /// Starts green threads for what waits outside, by `spawner`.
    ///
    /// The scheduler calls it when no green thread is ready. It also calls it every few dozen switches although
    /// some are ready, so that the outside does not starve.
    fn find(&mut self, spawner: &Spawner<'_>) -> Found;

    /// The last look before the carrier sleeps, after it has announced itself as asleep. `true` if there is
    /// something to find after all.
    ///
    /// Whoever makes work available later must call [`CarrierHandle::wake`](crate::CarrierHandle::wake).
    fn recheck(&mut self) -> bool;

    /// The carrier has been asleep, or was about to sleep, and goes on.
    fn awake(&mut self) {}

    /// Whether no work can ever come again. The carrier then ends once its green threads have ended.
    fn is_exhausted(&self) -> bool;

    /// Two figures whose course a [trace](crate::trace) shows: how much work waits, say, and how many workers there are.
    ///
    /// Asked when the carrier looks around while it traces. Unless it is defined: zeros.
    fn figures(&self) -> [u32; 2] {
        [0, 0]
    }
}

/// What [`Work::find`] did.
///
/// ```
/// use greenctx::{Found, Spawner, Work};
/// # struct Jobs(Vec<fn()>);
/// impl Work for Jobs {
///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
///         match self.0.pop() {
///             Some(job) if spawner.spawn(None, job).is_ok() => Found::Something,
///             _ => Found::Nothing,
///         }
///     }
/// #     fn recheck(&mut self) -> bool {
/// #         !self.0.is_empty()
/// #     }
/// #     fn is_exhausted(&self) -> bool {
/// #         self.0.is_empty()
/// #     }
/// }
/// greenctx::Carrier::new()?.run_with(&mut Jobs(vec![|| ()]));
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Found {
    /// Green threads were started or made ready, or it is worth asking again at once.
    Something,
    /// Nothing to start now.
    Nothing,
}

/// No work but what the green threads spawn themselves.
pub(crate) struct NoWork;

impl Work for NoWork {
    fn find(&mut self, _: &Spawner<'_>) -> Found {
        Found::Nothing
    }

    fn recheck(&mut self) -> bool {
        false
    }

    fn is_exhausted(&self) -> bool {
        true
    }
}
