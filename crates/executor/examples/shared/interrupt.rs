//! ctrl-c ends a program in order, and a second one at once.
//!
//! Shared by the examples `chat`, `crawl` and `https`.

use std::process;

use greenstd::thread;

/// The exit code of who was ended by ctrl-c, as shells have it.
const ENDED: i32 = 130;

/// Calls `end` on the first ctrl-c, on a thread of its own. If ctrl-c cannot be waited for, it ends the
/// process as it always does.
pub(crate) fn on_ctrl_c(end: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        if wait().is_err() {
            return;
        }
        end();
        if wait().is_ok() {
            process::exit(ENDED);
        }
    });
}

fn wait() -> std::io::Result<()> {
    loop {
        let _ = executor::park();
    }
}
