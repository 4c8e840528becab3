//! A job that may fail returns a `Result`.

use executor::GreenThreadPoolExecutor;

fn main() {
    let pool = GreenThreadPoolExecutor::builder().build().unwrap();
    let _ = pool.job().fallible().submit(|| 42);
}
