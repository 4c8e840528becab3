//! The error of a job goes where its result would, so it is sent too.

use std::rc::Rc;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let _ = pool.try_submit(|| Err::<(), _>(Rc::new(1)));
}
