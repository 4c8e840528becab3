//! One time limit for everything that a piece of code waits for.
//!
//! ```text
//! cargo run -p executor --example deadline
//! ```

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, Interrupted, sleep, with_timeout};

/// Three steps, each of which may be slow. None of them knows of a limit.
fn three_steps(each: Duration) -> Result<u32, Interrupted> {
    for step in 1..=3 {
        sleep(each)?;
        println!("  step {step} of 3");
    }
    Ok(3)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().build()?;

    for each in [Duration::from_millis(5), Duration::from_secs(30)] {
        println!("steps of {each:?} under a limit of 200 ms:");
        let job =
            pool.submit(move || with_timeout(Duration::from_millis(200), || three_steps(each)))?;
        match job.result()? {
            Ok(steps) => println!("  all {steps} done"),
            Err(interrupted) if interrupted.is_timed_out() => println!("  out of time"),
            Err(interrupted) => println!("  cancelled: {interrupted}"),
        }
    }
    Ok(())
}
