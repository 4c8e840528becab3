//! The result of a job goes to whoever waits for it, so it is sent.

use std::rc::Rc;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let _ = pool.submit(|| Rc::new(1));
}
