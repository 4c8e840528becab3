//! Every carrier calls the one initializer.

use std::cell::Cell;

fn main() {
    let calls = Cell::new(0);
    let _ = executor::GreenThreadPoolExecutor::builder().initializer(move || {
        calls.set(calls.get() + 1);
        Ok(())
    });
}
