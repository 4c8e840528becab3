//! Waiting for an async future.

use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use greenctx::{Interrupted, Thread, Waiting, park, waiting};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;

use crate::errands::Errands;

/// Waits until an async future is ready, and returns its output. So blocking code can call async crates.
///
/// ```
/// assert_eq!(greenio::block_on(async { 6 * 7 })?, 42);
/// # Ok::<(), greenio::Interrupted>(())
/// ```
///
/// The future is polled on the calling thread, first at once and then whenever it has been woken. What it
/// needs of a runtime (a reactor, timers) must run elsewhere. With tokio, let its own threads poll it, and
/// wait for the task:
///
/// ```
/// use greenio::block_on;
/// use std::time::Duration;
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
/// let handle = runtime.handle().clone();
/// greenio::Carrier::new()?.run(move || {
///     let task = handle.spawn(async {
///         tokio::time::sleep(Duration::from_millis(1)).await;
///         42
///     });
///     assert_eq!(block_on(task)?.expect("it does not panic"), 42);
///     Ok::<_, greenio::Interrupted>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A task goes on when the wait for it is interrupted; its `abort_handle`, taken before, can end it.
///
/// Do not hold the guard of tokio's `Handle::enter` across this call on a green thread. It is a scoped
/// thread-local, which the siblings on the same OS thread would meet and drop out of order. Where a future has
/// to be polled here and inside a run time, enter it in each poll, as `TokioContext` of the crate `tokio-util`
/// does.
///
/// # Errors
/// [`Interrupted`] if the calling green thread is cancelled, or a [deadline](greenctx::with_timeout) around the
/// call has passed, and the future is not ready. It is dropped then, which cancels what it was doing as in
/// async code.
///
/// # Panics
/// With the panic of the future, or of an [`Errand`](crate::Errand) that it has left. Inside [`no_park`](greenctx::no_park), if it has to wait.
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "await")]
#[track_caller]
pub fn block_on<F: Future>(future: F) -> Result<F::Output, Interrupted> {
    let mut future = pin!(future);
    let signal = Arc::new(Signal { woken: AtomicBool::new(true), thread: greenctx::current() });
    let waker = Waker::from(signal.clone());
    let mut context = Context::from_waker(&waker);
    let mut errands = Errands::default();
    let what = Waiting::on("future").at(Location::caller());
    loop {
        let interrupted = signal.wait(&what, &mut errands).err();
        // Once more in any case if the wait is over: if the output is there, it wins.
        if (signal.take() || interrupted.is_some())
            && let Poll::Ready(output) = errands.collect(|| future.as_mut().poll(&mut context))
        {
            return Ok(output);
        }
        if let Some(interrupted) = interrupted {
            return Err(interrupted);
        }
    }
}

/// A permit alone does not do: the poll itself may park, for a lock say, and use up the permit that was
/// granted for the next one.
struct Signal {
    woken: AtomicBool,
    thread: Thread,
}

impl Signal {
    /// Waits until it is woken, if it is not; for nothing now and then.
    fn wait(&self, what: &Waiting, errands: &mut Errands) -> Result<(), Interrupted> {
        if self.woken.load(Ordering::Relaxed) {
            return Ok(());
        }
        errands.wait_begins();
        let waited = if self.woken.load(Ordering::Relaxed) { Ok(()) } else { waiting(what, park) };
        errands.wait_ends();
        waited
    }

    fn take(&self) -> bool {
        // What the waker did before it woke is seen by the poll.
        self.woken.swap(false, Ordering::Acquire)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}
