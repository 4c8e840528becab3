#![deny(unused_must_use)]

use executor::GreenThreadPoolExecutor;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().build()?;
    pool.map(0..10, |n| n)?;
    let few = std::num::NonZeroUsize::MIN;
    pool.map_buffered(few, 0..10, |n| n);
    pool.map_unordered(few, 0..10, |n| n);
    executor::as_completed([pool.submit(|| ())?]);
    pool.submit(|| ())?.shared();
    GreenThreadPoolExecutor::builder().build()?;
    pool.map(0..10, |n| n)?.detach();
    Ok(())
}
