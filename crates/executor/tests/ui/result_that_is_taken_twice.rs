//! Taking the result uses the future up.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let future = pool.submit(|| String::from("once")).unwrap();
    drop(future.result());
    drop(future.result());
}
