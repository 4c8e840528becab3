//! The closure of a map is called by several carriers at once.

use std::cell::Cell;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let count = Cell::new(0);
    let _ = pool.map(0..3, move |n| count.set(count.get() + n));
}
