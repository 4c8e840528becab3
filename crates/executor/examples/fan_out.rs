//! One job splits its work among children and waits for them, in a pool of two workers.
//!
//! ```text
//! cargo run --release -p executor --example fan_out -- 100000
//! ```

use executor::{ExecutorHandle, GreenThreadPoolExecutor, TaskError};

/// The number of primes below `end`, from `start` on.
fn count_primes(pool: &ExecutorHandle, start: u64, end: u64) -> Result<usize, TaskError> {
    if end - start <= 1000 {
        return Ok((start..end).filter(|n| is_prime(*n)).count());
    }
    let middle = start.midpoint(end);
    let (left, right) = (pool.clone(), pool.clone());
    let left = pool.submit(move || count_primes(&left, start, middle));
    let right = pool.submit(move || count_primes(&right, middle, end));
    // A parent that waits for a child still in the queue runs it itself. So a full pool goes on.
    let count = |half: executor::GreenFuture<Result<usize, TaskError>>| half.result()?;
    Ok(count(left.expect("no limit on the backlog"))? + count(right.expect("the same"))?)
}

fn is_prime(n: u64) -> bool {
    n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let end = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let pool = GreenThreadPoolExecutor::builder().max_workers(2).build()?;
    let handle = pool.handle();
    let count = pool.submit(move || count_primes(&handle, 0, end))?.result()??;
    println!("{count} primes below {end}, by {} jobs", pool.statistics().executed());
    Ok(())
}
