//! Whoever submits asks the hook, several at once.

use std::cell::Cell;

use executor::{Load, Verdict};

fn main() {
    let calls = Cell::new(0);
    let _ = executor::GreenThreadPoolExecutor::builder().check_and_reject(move |_: &Load| {
        calls.set(calls.get() + 1);
        Verdict::Accept
    });
}
