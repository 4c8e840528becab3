//! Errands: a closure of a foreign thread that an executor runs as a job, while that thread waits.
//!
//! # Invariants
//!
//! 1. An [`Errand`] lies in the frame of [`run_in`], which does not end before its job has ended: by its call, or
//!    unrun.
//! 2. The job alone touches the closure and the result, until it has ended. Then both are the frame's again.

use std::cell::UnsafeCell;
use std::panic::resume_unwind;

use greenstd::bomb::Bomb;
use greenstd::panics::{self, Payload};

use crate::carrier;
use crate::executor::ExecutorHandle;
use crate::future::GreenFuture;

/// A closure, and what comes of it.
struct Errand<F, R> {
    closure: UnsafeCell<Option<F>>,
    result: UnsafeCell<Option<Result<R, Payload>>>,
}

/// Calls `run` as a job of the executor and waits for it. On one of the executor's own green threads it is just
/// called. So it is where the executor does not accept the job, or cancels it before it has started.
pub(super) fn run_in<F, R>(pool: &ExecutorHandle, run: F) -> R
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    if carrier::index_in(pool.pool()).is_some() || greenctx::is_parking_forbidden() {
        return run();
    }
    let deadline = greenctx::current_deadline();
    let run = || match deadline {
        Some(deadline) => greenctx::with_deadline(deadline, run),
        None => run(),
    };
    let errand = Errand { closure: UnsafeCell::new(Some(run)), result: UnsafeCell::new(None) };
    // SAFETY: this frame waits for the job's end (invariant 1); `F` and `R` are `Send`.
    let sent = unsafe { Sent::new(&errand) };
    if let Ok(job) = pool.submit(move || sent.run()) {
        wait_for(&job);
    }
    // The job has ended, or there was none.
    match errand.result.into_inner() {
        Some(Ok(result)) => result,
        Some(Err(payload)) => resume_unwind(payload),
        None => errand.closure.into_inner().expect("nobody has called it")(),
    }
}

/// Waits for the end of the job. A caller that is cancelled cancels the job; it waits all the same.
fn wait_for(job: &GreenFuture<()>) {
    let bomb = Bomb::arm("the wait for a job that borrows");
    while !job.is_done() {
        if job.wait().is_err() {
            if greenctx::is_cancelled() {
                job.cancel();
            }
            // The next look tells how this has ended.
            let _ = greenctx::shield(|| job.wait());
        }
    }
    bomb.disarm();
}

/// An errand whose types are forgotten, so that nothing in the job borrows.
struct Sent {
    errand: *const (),
    run: unsafe fn(*const ()),
}

// SAFETY: the errand's closure and result are `Send`, as `run_in` demands.
unsafe impl Send for Sent {}

impl Sent {
    /// # Safety
    /// The errand stays where it is, and is not touched, until this has been dropped. What its closure is and
    /// returns may be sent to another thread.
    unsafe fn new<F: FnOnce() -> R, R>(errand: &Errand<F, R>) -> Self {
        Sent { errand: (&raw const *errand).cast(), run: run_errand::<F, R> }
    }

    fn run(self) {
        // SAFETY: the errand is there, as `new` was promised, and of the types that `new` knew.
        unsafe { (self.run)(self.errand) }
    }
}

/// # Safety
/// It is an errand of these types, which the caller alone touches.
unsafe fn run_errand<F: FnOnce() -> R, R>(errand: *const ()) {
    // SAFETY: as our caller promises.
    let errand = unsafe { &*errand.cast::<Errand<F, R>>() };
    // SAFETY: likewise.
    let closure = unsafe { (*errand.closure.get()).take() };
    let result = closure.map(panics::contain);
    // SAFETY: likewise.
    unsafe { *errand.result.get() = result };
}
