//! An input goes to the carrier that works on it.

use std::rc::Rc;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let _ = pool.map([Rc::new(1)], |_| 1);
}
