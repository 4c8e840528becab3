//! ctrl-c ends a program in order, and a second one at once.
//!
//! Shared by the programs `chat`, `crawl` and `https`.

use std::process;

use executor::io::signal::{Signal, Signals};
use greenstd::thread;

/// The exit code of a program that was ended by ctrl-c, as shells have it.
const ENDED: i32 = 130;

/// From now on, the first ctrl-c calls `end`, on a thread of its own. If signals cannot be waited for,
/// ctrl-c does what it always does.
pub fn on_ctrl_c(end: impl FnOnce() + Send + 'static) {
    let Ok(mut signals) = Signals::new([Signal::INTERRUPT, Signal::TERMINATE]) else { return };
    thread::spawn(move || {
        if signals.wait().is_ok() {
            end();
        }
        if signals.wait().is_ok() {
            process::exit(ENDED);
        }
    });
}
