//! A group: the first failure stops the others, a race stops the slow ones, and a job's cancelling goes down its tree.
//!
//! ```text
//! cargo run -p executor --example group
//! ```

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use executor::{ExecutorHandle, GreenThreadPoolExecutor, sleep};

/// Stands for a request: it takes so many milliseconds.
fn fetch(part: &'static str, ms: u64) -> io::Result<&'static str> {
    sleep(Duration::from_millis(ms))?;
    if part == "prices" { Err(io::Error::other("prices: no route to host")) } else { Ok(part) }
}

/// The parts of a page are fetched side by side, two at a time: all of them, or the first failure.
fn page(pool: &ExecutorHandle, parts: &[(&'static str, u64)]) -> io::Result<Vec<&'static str>> {
    let group = pool.try_group().limit(NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN));
    for &(part, ms) in parts {
        group.try_submit(move || fetch(part, ms))?; // waits while two are in flight
    }
    Ok(group.finish()?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().build()?;
    println!("a page: {:?}", page(&pool, &[("head", 2), ("news", 5), ("foot", 1)])?);
    println!("another: {:?}", page(&pool, &[("head", 2), ("prices", 1), ("archive", 3_600_000)]));

    let mirrors = pool.try_group().first_success();
    for (mirror, ms) in [("far", 3_600_000), ("near", 5)] {
        mirrors.try_submit(move || fetch(mirror, ms))?;
    }
    println!("the first mirror: {}", mirrors.finish()?);

    let handle = pool.handle();
    let parent = pool.try_submit(move || {
        let group = handle.try_group();
        group.try_submit(|| sleep(Duration::from_secs(3600)))?;
        let _ = group.finish(); // cancelled with the parent, the member does not keep it waiting
        Ok::<_, io::Error>(sleep(Duration::from_secs(3600))?)
    })?;
    sleep(Duration::from_millis(5))?;
    parent.cancel();
    println!("the parent: {:?}; its member hears of it as well", parent.result());
    println!("cancelled: {} of {}", pool.statistics().cancelled(), pool.statistics().submitted());
    Ok(())
}
