//! What to do when the pool is full: refuse at once, or wait for room.
//!
//! ```text
//! cargo run -p executor --example backpressure
//! ```

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder()
        .max_workers(4) // jobs that run at once
        .check_and_reject(reject_when_reached(8)) // jobs that wait behind them
        .build()?;
    let work = |number: u32| {
        move || {
            sleep(Duration::from_millis(5))?;
            Ok::<_, executor::Interrupted>(number)
        }
    };

    // A server refuses: whoever asked hears "busy" at once, and nothing piles up.
    let accepted: Vec<_> = (0..100).filter_map(|n| pool.try_submit(work(n)).ok()).collect();
    println!("of 100 jobs at once, {} were accepted", accepted.len());

    // A batch waits: the loop runs at the speed of the workers, with bounded memory.
    let mut sum = 0;
    for number in 0..100 {
        let job = pool.job().wait().fallible().submit(work(number))?;
        sum += u64::from(job.result()?);
    }
    println!("all 100 jobs ran in turn: the sum is {sum}");
    println!("{} were refused in all", pool.statistics().rejected());
    Ok(())
}
