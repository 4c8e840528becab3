//! How long a wait may last.

use greenstd::thread::Wake;
use greenstd::time::{self, Instant};

use crate::context;
use crate::deadline::current_deadline;
use crate::interrupt::Interrupted;

/// How long a wait may last: until a deadline of its own, or that of a [scope](crate::with_deadline) around it.
///
/// [`park_deadline`](crate::park_deadline) keeps it. It is for code that waits in another way, in a system call say. It
/// is also for code that asks first, because it could not leave what it would begin on its own stack. Where no
/// answer about cancellation is wanted, take [`current_deadline`](crate::current_deadline).
///
/// ```
/// use greenctx::{Limit, with_timeout};
/// use std::time::Duration;
///
/// assert!(!Limit::of_wait(None)?.has_passed()); // nothing ends the wait
/// let limit = with_timeout(Duration::ZERO, || Limit::of_wait(None))?;
/// assert!(limit.has_passed());
/// assert!(limit.end_wait().is_err_and(|error| error.is_timed_out()));
/// # Ok::<(), greenctx::Interrupted>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The deadline that the call was given.
    own: Option<Instant>,
    /// The deadline of the scope around the call.
    scope: Option<Instant>,
}

impl Limit {
    /// Of a wait that the caller begins now, and that is to end at `own` at the latest.
    ///
    /// ```
    /// use greenctx::{Carrier, Limit, current};
    ///
    /// let cancelled = Carrier::new()?.run(|| {
    ///     current().cancel();
    ///     Limit::of_wait(None)
    /// })?;
    /// assert!(cancelled.is_err());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Errors
    /// [`Interrupted`] if the green thread has been cancelled: the wait would end at once.
    #[inline]
    pub fn of_wait(own: Option<Instant>) -> Result<Self, Interrupted> {
        match context::current() {
            Some(control) => Ok(Limit::new(own, control.scope_deadline()?)),
            None => Ok(Limit::new(own, current_deadline())),
        }
    }

    /// Of a wait that is to end at `own`, in a scope with the deadline `scope`.
    #[inline]
    pub(crate) fn new(own: Option<Instant>, scope: Option<Instant>) -> Self {
        Limit { own, scope }
    }

    /// When the wait ends at the latest. `None` if nothing but what it is for ends it.
    ///
    /// ```
    /// use greenctx::{Limit, with_timeout};
    /// use std::time::{Duration, Instant};
    ///
    /// let soon = Instant::now() + Duration::from_secs(1);
    /// let limit = with_timeout(Duration::from_secs(60), || Limit::of_wait(Some(soon)))?;
    /// assert_eq!(limit.earliest(), Some(soon));
    /// # Ok::<(), greenctx::Interrupted>(())
    /// ```
    #[inline]
    pub fn earliest(&self) -> Option<Instant> {
        match (self.own, self.scope) {
            (Some(own), Some(scope)) => Some(own.min(scope)),
            (own, scope) => own.or(scope),
        }
    }

    /// Whether the wait is over by now. Without a limit it does not look at the clock.
    ///
    /// ```
    /// use greenctx::Limit;
    /// use std::time::Instant;
    ///
    /// assert!(Limit::of_wait(Some(Instant::now()))?.has_passed());
    /// # Ok::<(), greenctx::Interrupted>(())
    /// ```
    #[inline]
    pub fn has_passed(&self) -> bool {
        time::has_passed(self.earliest())
    }

    /// What a wait returns that has lasted as long as it may: [`Wake::TimedOut`] if its own deadline was the first
    /// to pass.
    ///
    /// ```
    /// use greenctx::{Limit, Wake, with_timeout};
    /// use std::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// assert_eq!(Limit::of_wait(Some(now))?.end_wait(), Ok(Wake::TimedOut));
    /// let later = now + Duration::from_secs(3600);
    /// let limit = with_timeout(Duration::ZERO, || Limit::of_wait(Some(later)))?;
    /// assert!(limit.end_wait().is_err()); // that of the scope comes first
    /// # Ok::<(), greenctx::Interrupted>(())
    /// ```
    ///
    /// # Errors
    /// [`Interrupted`] if the deadline of the scope comes before the wait's own.
    #[inline]
    pub fn end_wait(&self) -> Result<Wake, Interrupted> {
        let is_of_scope = self.scope.is_some_and(|scope| self.own.is_none_or(|own| scope < own));
        match is_of_scope {
            true => Err(Interrupted::timed_out()),
            false => Ok(Wake::TimedOut),
        }
    }
}
