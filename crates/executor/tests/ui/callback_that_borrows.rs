//! A callback may be called when the frame that added it is gone.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let text = String::from("on the stack");
    let future = pool.submit(|| 1).unwrap();
    future.add_done_callback(|_| println!("{text}"));
}
