//! An orderly end: with patience, then without.
//!
//! ```text
//! cargo run -p executor --example shutdown
//! ```

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, Shutdown, ShutdownError, sleep};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().max_workers(2).build()?;
    let quick = pool.map(0..10, |n| n * n)?;
    let slow = pool.job().name("slow").submit(|| sleep(Duration::from_secs(3600)))?;

    // Closed for new work, what was accepted goes on. After the time limit it says what is left.
    match pool.shutdown(Shutdown::wait().timeout(Duration::from_millis(100))) {
        Err(ShutdownError::TimedOut(left)) => println!("not ended yet: {left}"),
        other => println!("ended: {other:?}"),
    }
    if let Err(refused) = pool.submit(|| ()) {
        println!("a new job is refused: {refused}");
    }
    println!("the quick jobs have ended: {:?}", quick.collect::<Result<Vec<_>, _>>()?);

    // The slow one is asked to stop; its sleep ends with an error. Then all have ended.
    slow.cancel();
    pool.shutdown(Shutdown::wait())?;
    println!("{}", pool.statistics());
    Ok(())
}
