//! A lazy map has a place at least.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let _ = pool.map_buffered(0, 0..3, |n| n);
}
