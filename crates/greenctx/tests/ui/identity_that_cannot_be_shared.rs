//! An identity is read by whoever cancels or reports, on any thread.

use std::cell::Cell;
use std::fmt;

struct Job(Cell<bool>);

impl greenctx::Identity for Job {
    fn id(&self) -> u64 {
        1
    }

    fn write_name(&self, _: &mut dyn fmt::Write) -> fmt::Result {
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.0.get()
    }
}

fn main() {}
