//! A job of the executor calls both parts.

use std::rc::Rc;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let shared = Rc::new(1);
    pool.join(|| *shared, || 2);
}
