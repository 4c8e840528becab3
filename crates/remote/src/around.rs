//! What a worker does around each function.

use std::fmt;
use std::marker::PhantomData;

use greenstd::sync::Arc;

use crate::context::JobContext;
use crate::engine::Outcome;

/// What is called with each attempt, and has to run it.
pub(crate) type Around =
    Arc<dyn for<'j> Fn(&JobContext, Attempt<'j>) -> Attempted<'j> + Send + Sync>;

/// An attempt at a job that has not begun; see [`Registry::around`](crate::Registry::around).
///
/// ```
/// use remote::{Attempt, Attempted, JobContext};
///
/// fn with_a_note<'j>(job: &JobContext, attempt: Attempt<'j>) -> Attempted<'j> {
///     println!("{} begins", job.id);
///     attempt.run()
/// }
/// remote::Registry::new().around(with_a_note);
/// ```
#[must_use = "the job is not run without `run`"]
pub struct Attempt<'j> {
    /// What is called next; the function itself after all of these.
    rest: &'j [Around],
    job: &'j JobContext,
    function: &'j dyn Fn() -> Outcome,
}

/// An attempt that has ended: the proof that it was run.
///
/// ```
/// use remote::{Attempt, Attempted};
///
/// fn is_well(attempt: Attempt<'_>) -> bool {
///     let attempted: Attempted<'_> = attempt.run();
///     attempted.outcome().is_success()
/// }
/// # let _ = is_well;
/// ```
pub struct Attempted<'j> {
    outcome: Outcome,
    /// It is no proof for another attempt.
    of: PhantomData<fn(&'j ()) -> &'j ()>,
}

impl<'j> Attempt<'j> {
    pub(crate) fn new(
        arounds: &'j [Around],
        job: &'j JobContext,
        function: &'j dyn Fn() -> Outcome,
    ) -> Self {
        Attempt { rest: arounds, job, function }
    }

    /// Runs the function. If that panics, the panic comes out of here, and has to go on.
    ///
    /// ```
    /// use remote::Registry;
    ///
    /// Registry::new().around(|job, attempt| {
    ///     let attempted = attempt.run();
    ///     println!("{}: {:?}", job.id, attempted.outcome());
    ///     attempted
    /// });
    /// ```
    ///
    /// # Panics
    /// If the function does.
    ///
    /// # Blocking
    /// As the function does.
    pub fn run(self) -> Attempted<'j> {
        match self.rest.split_first() {
            Some((next, rest)) => next(self.job, Attempt { rest, ..self }),
            None => Attempted { outcome: (self.function)(), of: PhantomData },
        }
    }
}

impl Attempted<'_> {
    /// What the function has given. Whether it counts, or the job is run again, is not known yet.
    ///
    /// ```
    /// use remote::Registry;
    ///
    /// Registry::new().around(|_, attempt| {
    ///     let attempted = attempt.run();
    ///     if !attempted.outcome().is_success() {
    ///         println!("it was not well");
    ///     }
    ///     attempted
    /// });
    /// ```
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    pub(crate) fn into_outcome(self) -> Outcome {
        self.outcome
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attempt").field(&self.job).finish()
    }
}

impl fmt::Debug for Attempted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attempted").field(&self.outcome).finish()
    }
}
