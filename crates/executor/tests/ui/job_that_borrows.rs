//! A job may outlive the frame that submitted it.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let text = String::from("on the stack");
    let _ = pool.submit(|| println!("{text}"));
}
