//! Each reader of a shared future gets a clone.

struct Single;

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let future = pool.submit(|| Single).unwrap();
    let _ = future.shared();
}
