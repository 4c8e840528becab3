//! Waiting for what the kernel announces by no event.
//!
//! There are two such waits, both of Unix sockets. One is to connect to a listener whose queue is full. The other is
//! to send to a socket with a full queue that is not connected to this one. The kernel says *would block*, and
//! no event tells when to try again. So the operation is tried again after pauses, which grow.

use std::io;
use std::time::Duration;

use greenstd::time;

use crate::reactor;
use crate::source::Timeout;

const FIRST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// Performs `operation` until it does not say *would block*.
///
/// # Errors
/// Those of `operation`; `TimedOut` after `timeout`; if a pause is interrupted, unless the operation succeeds
/// then; if the thread is interrupted when it has used its share of operations up.
pub(super) fn perform<R>(
    timeout: Option<&Timeout>,
    mut operation: impl FnMut() -> io::Result<R>,
) -> io::Result<R> {
    reactor::count_operation()?;
    let deadline = timeout.and_then(Timeout::deadline);
    let mut pause = FIRST_PAUSE;
    let mut given_up: Option<io::Error> = None;
    loop {
        match operation() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        if let Some(error) = given_up {
            return Err(error);
        }
        let next = time::now() + pause;
        let until = deadline.map_or(next, |deadline| deadline.min(next));
        given_up = match greenctx::sleep_until(until) {
            Err(interrupted) => Some(interrupted.into()),
            Ok(()) if Some(until) == deadline => Some(io::ErrorKind::TimedOut.into()),
            Ok(()) => None,
        };
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
