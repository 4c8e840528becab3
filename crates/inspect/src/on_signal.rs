//! An inspection when a signal comes, also of a program that does nothing else any more.
//!
//! One plain OS thread waits for the signal and writes the dump. It needs no carrier: greenio lets a plain thread wait by
//! itself. What the handler does is no more than to write to a socket pair.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use executor::ExecutorHandle;
use executor::io::signal::{Signal, Signals};
use greenstd::thread;

use crate::inspect_all;

/// From now on, writes what all these executors do to the standard error stream whenever `signal` comes.
///
/// The text is that of [`inspect_all`]: the deadlocks, and one executor after the other. An OS thread of its own makes it, so it comes
/// also when all carriers are busy or blocked. Then it names the job that keeps each of them busy.
///
/// The thread is there until the process ends, and so are the handles. They do not keep the executors running. A signal
/// that comes during a dump leads to one more dump. Take one that nothing else uses: its default action, mostly to end
/// the process, is off from now on.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::executor::io::signal::Signal;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// inspect::on_signal(Signal::USER_1, [pool.handle()])?;
/// // From a terminal: kill -USR1 PID
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is no descriptor or no thread left, or the system does not let that signal be caught.
///
/// # Panics
/// For the signals for which [`Signals::new`] panics, such as `SIGKILL`.
///
/// # Blocking
/// Neither parks the green thread nor blocks the OS thread.
#[doc(alias = "SIGUSR1")]
#[doc(alias = "SIGQUIT")]
pub fn on_signal(
    signal: Signal,
    executors: impl IntoIterator<Item = ExecutorHandle>,
) -> io::Result<()> {
    let executors: Vec<_> = executors.into_iter().collect();
    // Before the thread starts: a signal that comes from now on is kept for it.
    let mut signals = Signals::new([signal])?;
    let name = format!("inspect-{signal}");
    thread::Builder::new().name(name).spawn(move || {
        // A wait on a plain thread is not interrupted. It fails if there is no descriptor left to wait by.
        while signals.wait().is_ok() {
            let dump = dump(signal, &executors);
            // If nobody reads the stream, there is nobody to tell.
            let _ = io::stderr().write_all(dump.as_bytes());
        }
    })?;
    Ok(())
}

/// In one piece, so that what others write does not come between.
fn dump(signal: Signal, executors: &[ExecutorHandle]) -> String {
    let mut text = format!("--- inspection after {signal}\n");
    let seen = inspect_all(executors.iter().cloned());
    writeln!(text, "{seen}").expect("a string takes everything");
    text.push_str("--- end of the inspection\n");
    text
}
