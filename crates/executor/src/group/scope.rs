//! Scopes whose parts are jobs of a group: they borrow, and the first failure stops the others.
//!
//! The parts of a [`scope`](crate::scope) are parts of its caller's job: they have its identity, and end with it alone.
//! These here are jobs of their own, so that one can be cancelled and the caller go on. A group has them, does the
//! cancelling, and waits for them. What is here lends it closures that borrow.
//!
//! # Invariants
//!
//! 1. A [`TryScope`] lies in the frame of [`ExecutorHandle::try_scope`]. That frame is not left before all members of its
//!    group have ended, whether it returns or unwinds. [`Group::finish`](super::Group::finish) waits for them, and so does
//!    the drop of the group. There are two callers for whom these do not wait. A member of the group is none, as the
//!    group is made in the frame and its caller was there before. Where nobody may park when the scope is opened,
//!    nothing is submitted.
//! 2. A [`Lent`] owns the box of one closure. It is called or dropped before the end of its member is published (step 1
//!    of `task/end.rs`). So it is gone before the group hears of the end.
//! 3. What a member leaves behind is `()`, an `E`, or a panic's payload. These are `'static`, and borrow nothing.

use std::fmt;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::panic::resume_unwind;
use std::ptr::NonNull;

use greenstd::panics;

use super::GroupHandle;
use crate::admission::refusal::{Refusal, SubmitError};
use crate::error::TaskError;
use crate::executor::ExecutorHandle;
use crate::future::task_handle::TaskHandle;

impl ExecutorHandle {
    /// Calls `body` with a scope for jobs that may borrow and may fail, and returns when all of them have ended. The first
    /// failure cancels the others.
    ///
    /// It is a [group](crate::group) whose members borrow from the caller's frame. They are jobs like others: admitted,
    /// counted, and cancelled if the job that has called this is cancelled. A panic is a failure too. Members that were
    /// cancelled count as cancelled.
    ///
    /// `body` is not interrupted by a failure. It can look at [`is_stopped`](TryScope::is_stopped).
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, sleep};
    /// use std::io;
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let names = ["head".to_owned(), "prices".to_owned(), "news".to_owned()];
    /// let mut parts = [const { String::new() }; 3];
    /// let page = pool.try_scope(|scope| {
    ///     for (name, part) in names.iter().zip(&mut parts) {
    ///         scope.submit(move || {
    ///             if name == "prices" {
    ///                 return Err(io::Error::other("no prices today"));
    ///             }
    ///             sleep(Duration::from_secs(3600))?; // a slow request: the failure cancels it
    ///             part.push_str(name);
    ///             Ok(())
    ///         })?;
    ///     }
    ///     Ok::<(), executor::Refusal>(())
    /// });
    /// assert!(page.is_err_and(|error| error.to_string().contains("no prices today")));
    /// assert_eq!(pool.statistics().cancelled(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first failure: [`Failed`](TaskError::Failed), [`Panicked`](TaskError::Panicked) or
    /// [`Abandoned`](TaskError::Abandoned). If there is none, but a member was cancelled,
    /// [`Cancelled`](TaskError::Cancelled). If the caller was cancelled meanwhile, or a deadline around it has passed,
    /// [`Interrupted`](TaskError::Interrupted): then the members are cancelled, and it waits for them all the same.
    ///
    /// # Panics
    /// With the panic of `body`. The members are cancelled first, and have ended.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, until all members have ended.
    #[doc(alias = "errgroup")]
    #[doc(alias = "nursery")]
    #[doc(alias = "StructuredTaskScope")]
    pub fn try_scope<'env, E, F, R>(&self, body: F) -> Result<R, TaskError<E>>
    where
        E: Send + 'static,
        F: for<'scope> FnOnce(&'scope TryScope<'scope, 'env, E>) -> R,
    {
        let group = self.try_group();
        let scope = TryScope {
            members: group.handle(),
            may_wait: !greenctx::is_parking_forbidden(),
            scope: PhantomData,
            env: PhantomData,
        };
        // Dropped before the scope, should anything unwind: members may look at that.
        let group = group;
        match panics::contain(|| body(&scope)) {
            Ok(result) => group.finish().map(|_| result),
            Err(payload) => {
                drop(group);
                resume_unwind(payload)
            }
        }
    }
}

/// Where jobs are submitted that borrow and may fail; see [`ExecutorHandle::try_scope`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, TryScope};
/// use std::num::ParseIntError;
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// /// Adds up the numbers of a line, in a job of its own.
/// fn add<'scope>(
///     scope: &'scope TryScope<'scope, '_, ParseIntError>,
///     line: &'scope str,
///     sum: &'scope AtomicU32,
/// ) -> Result<(), executor::Refusal> {
///     scope.submit(move || {
///         for word in line.split(' ') {
///             sum.fetch_add(word.parse()?, Relaxed);
///         }
///         Ok(())
///     })?;
///     Ok(())
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let (text, sum) = (String::from("1 2\n3 4"), AtomicU32::new(0));
/// pool.try_scope(|scope| text.lines().try_for_each(|line| add(scope, line, &sum)))??;
/// assert_eq!(sum.into_inner(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TryScope<'scope, 'env: 'scope, E: Send + 'static> {
    members: GroupHandle<(), E>,
    /// Whether the end of the members can be waited for.
    may_wait: bool,
    /// Neither of the two lifetimes may be shortened or stretched.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope, E: Send + 'static> TryScope<'scope, '_, E> {
    /// Submits a job, a member of the scope. It waits for room in the executor's backlog. Members may submit more.
    ///
    /// If the scope is stopped, the job is accepted and ends as cancelled, without having run.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::io;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let mut halves = [0; 2];
    /// let (left, right) = halves.split_at_mut(1);
    /// pool.try_scope::<io::Error, _, _>(|scope| {
    ///     scope.submit(|| Ok(left[0] = 1))?;
    ///     scope.submit(|| Ok(right[0] = 2))?;
    ///     Ok::<(), executor::Refusal>(())
    /// })??;
    /// assert_eq!(halves, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The job is refused, and the error gives the closure back: as by [`submit_wait`](ExecutorHandle::submit_wait), and
    /// with [`WouldDeadlock`](Refusal::WouldDeadlock) if the scope was opened inside [`no_park`](crate::no_park), where
    /// nobody can wait for its end.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while there is no room.
    #[doc(alias = "spawn")]
    #[doc(alias = "Go")]
    #[track_caller]
    pub fn submit<F>(&'scope self, job: F) -> Result<TaskHandle, SubmitError<F>>
    where
        F: FnOnce() -> Result<(), E> + Send + 'scope,
    {
        if !self.may_wait {
            return Err(SubmitError::new(Refusal::WouldDeadlock, job));
        }
        let job = NonNull::from(Box::leak(Box::new(job)));
        // SAFETY: the box is given to it alone. What the closure borrows is there until the member has ended (invariants 1
        // and 2). The closure is `Send`.
        let lent = unsafe { Lent::new(job) };
        self.members.try_submit(move || lent.call()).map_err(|refused| {
            refused.map(|unused| {
                // It has nothing but the `Lent`, which is not to drop what goes back.
                mem::forget(unused);
                // SAFETY: the box is ours again, and is not used any more.
                *unsafe { Box::from_raw(job.as_ptr()) }
            })
        })
    }

    /// Cancels all members, those that are to come too, and the members of their groups.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, Refusal, sleep};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let cancelled = pool.try_scope(|scope| {
    ///     scope.submit(|| sleep(Duration::from_secs(3600)))?;
    ///     scope.cancel();
    ///     Ok::<(), Refusal>(())
    /// });
    /// assert!(cancelled.is_err_and(|error| error.is_cancelled()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks by itself. It runs the drops of the closures that it cancels.
    pub fn cancel(&self) {
        self.members.cancel();
    }

    /// Whether the scope is stopped: by a failure, by [`cancel`](Self::cancel), or because the job that has opened it was
    /// cancelled.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let was_stopped = pool.try_scope::<(), _, _>(|scope| scope.is_stopped());
    /// assert!(matches!(was_stopped, Ok(false)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_stopped(&self) -> bool {
        self.members.is_stopped()
    }
}

impl<E: Send + 'static> fmt::Debug for TryScope<'_, '_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryScope").field(&self.members).finish()
    }
}

/// A closure in a box, whose type is forgotten, so that nothing in its job borrows.
struct Lent<E> {
    closure: NonNull<()>,
    call: unsafe fn(NonNull<()>) -> Result<(), E>,
    discard: unsafe fn(NonNull<()>),
}

// SAFETY: the closure is `Send`, as `new` demands.
unsafe impl<E> Send for Lent<E> {}

impl<E> Lent<E> {
    /// # Safety
    /// The closure is the value of a box that is given away. It is `Send`, and what it borrows is there for as long as this
    /// lives.
    unsafe fn new<F: FnOnce() -> Result<(), E>>(closure: NonNull<F>) -> Self {
        unsafe fn call<E, F: FnOnce() -> Result<(), E>>(closure: NonNull<()>) -> Result<(), E> {
            // SAFETY: it is a box of an `F`, and our caller gives it up.
            let closure = unsafe { Box::from_raw(closure.cast::<F>().as_ptr()) };
            closure()
        }
        unsafe fn discard<F>(closure: NonNull<()>) {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(closure.cast::<F>().as_ptr()) });
        }
        Lent { closure: closure.cast(), call: call::<E, F>, discard: discard::<F> }
    }

    fn call(self) -> Result<(), E> {
        let this = ManuallyDrop::new(self);
        // SAFETY: it owns the box (invariant 2), and is used up.
        unsafe { (this.call)(this.closure) }
    }
}

impl<E> Drop for Lent<E> {
    fn drop(&mut self) {
        // SAFETY: it owns the box (invariant 2), and was not called.
        unsafe { (self.discard)(self.closure) };
    }
}
