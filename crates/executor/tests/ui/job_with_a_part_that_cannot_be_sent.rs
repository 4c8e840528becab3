//! Any carrier may run a job, so its closure is sent.

use std::rc::Rc;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let part = Rc::new(1);
    let _ = pool.submit(move || drop(part));
}
