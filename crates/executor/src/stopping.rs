//! Whether the caller has been asked to stop.

use crate::hosts;

/// Whether the job that the caller is in has been asked to stop: by [`cancel`](crate::TaskHandle::cancel) of its handle, by
/// its group, or by a shutdown. On a green thread that is no job, whether that has been cancelled.
///
/// It is for long computations, which come to no wait. A wait of a green thread ends by itself, with an error. A job of a
/// [`ThreadPoolExecutor`](crate::ThreadPoolExecutor) runs on an OS thread, whose waits go on: there this is the only way
/// to hear of it. In a plain thread it is always `false`, and so it is inside a [`shield`](crate::shield) of a green
/// thread.
///
/// ```
/// use executor::{ThreadPoolExecutor, is_cancelled};
/// use std::time::Duration;
///
/// let threads = ThreadPoolExecutor::builder().max_workers(1).build()?;
/// let job = threads.submit(|| {
///     let mut rounds = 0_u64;
///     while !is_cancelled() {
///         std::thread::sleep(Duration::from_millis(1)); // a part of the work
///         rounds += 1;
///     }
///     rounds
/// })?;
/// while !job.is_running() {
///     std::thread::yield_now();
/// }
/// job.cancel();
/// println!("stopped after {} rounds", job.result()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn is_cancelled() -> bool {
    greenctx::is_cancelled() || hosts::roll::is_cancelled_here()
}
