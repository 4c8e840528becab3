//! Looking at a carrier from outside.

use std::fs;
use std::time::Duration;

use greenctx::CarrierHandle;
use greenstd::time::{self, Instant};

use super::judge::{Judge, Reading};

/// Looks at a carrier. `None` if it has no OS thread.
///
/// The progress is read before the clock of the CPU: what is spent in between counts for nobody.
pub(super) fn read(carrier: &CarrierHandle, judge: &Judge, start: Instant) -> Option<Reading> {
    let begun = time::since(start);
    let thread = carrier.os_thread()?;
    let (progress, is_asleep) = (carrier.progress(), carrier.is_asleep());
    let cpu = if is_asleep { Duration::ZERO } else { carrier.cpu_time()? };
    // Asked only where it matters: it takes longer than all the rest.
    let is_held = !is_asleep && judge.progress() == Some(progress);
    let is_runnable = is_held && is_runnable(thread);
    Some(Reading { begun, progress, is_asleep, cpu, is_runnable, ended: time::since(start) })
}

/// Whether an OS thread of this process runs or could run. If that cannot be known, it is taken to: then a carrier is
/// blamed for what it computes alone.
fn is_runnable(thread: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat"));
    stat.map_or(true, |stat| state(&stat) == Some('R'))
}

/// The letter of the state: it follows the name, which is in brackets and may have any character.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

#[cfg(test)]
mod tests {
    use super::state;

    #[test]
    fn the_state_follows_the_name() {
        assert_eq!(state("12 (shop-0) S 1 12 12 0 -1"), Some('S'));
        assert_eq!(state("12 (a) R (b) R 1 12 12 0 -1"), Some('R'));
        assert_eq!(state("12"), None);
    }
}
