//! Work that is not for green threads: it takes long, and more stack than a small one has.

use executor::sync::oneshot;

/// Runs `work` on an OS thread: the caller's own, if that is one, or a new one.
///
/// # Blocking
/// Parks the green thread until `work` has ended, cancelled or not.
pub(crate) fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    if !greenctx::current().is_green() {
        return work();
    }
    let (sender, receiver) = oneshot();
    let thread = greenstd::thread::spawn(move || {
        // The receiver waits for it.
        let _ = sender.send(work());
    });
    match executor::shield(|| receiver.recv()) {
        Ok(result) => result,
        Err(_) => match thread.join() {
            Err(payload) => std::panic::resume_unwind(payload),
            Ok(()) => unreachable!("a thread that has not panicked has sent its result"),
        },
    }
}
