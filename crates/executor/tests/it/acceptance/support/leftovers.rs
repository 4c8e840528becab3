//! What a shutdown says that has timed out.

use std::time::Duration;

use executor::{ExecutorHandle, Leftovers, Shutdown, ShutdownError};

/// Shuts down in too short a time, until as many carriers are busy as there should be. On a busy machine, one that has
/// nothing to do may come too late with its answer.
#[track_caller]
pub(crate) fn leftovers(pool: &ExecutorHandle, busy_carriers: usize) -> Leftovers {
    loop {
        let outcome = pool.shutdown(Shutdown::wait().timeout(Duration::from_millis(1)));
        let Err(ShutdownError::TimedOut(left)) = outcome else { panic!("{outcome:?}") };
        if left.busy_carriers.len() == busy_carriers {
            return left;
        }
    }
}
