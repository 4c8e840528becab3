//! ctrl-c ends the program in order, and a second one at once.

use std::io;

/// Waits for ctrl-c.
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
pub(crate) fn wait() -> io::Result<()> {
    loop {
        executor::park().expect("");
    }
}
