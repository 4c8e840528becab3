//! What a job made is gone when it has ended; its result is not a reference to that.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let text = String::from("moved into the job");
    let _ = pool.submit(move || text.as_str());
}
