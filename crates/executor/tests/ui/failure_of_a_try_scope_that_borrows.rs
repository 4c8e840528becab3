//! A failure outlives the frames of the members.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let text = String::from("why");
    let _ = pool.try_scope(|scope| {
        let _ = scope.submit(|| Err(text.as_str()));
    });
}
