//! A callback is called by a carrier, so it is sent.

use std::rc::Rc;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let future = pool.submit(|| 1).unwrap();
    let part = Rc::new(1);
    future.add_done_callback(move |_| drop(part));
}
