//! Cancelling: a job that has not started never will; a running one hears of it where it waits.
//!
//! ```text
//! cargo run -p executor --example cancel
//! ```

use std::time::Duration;

use executor::sync::Event;
use executor::{GreenThreadPoolExecutor, Interrupted, sleep};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().max_workers(1).build()?;
    let started = Arc::new(Event::new());
    let is_started = started.clone();

    let running = pool.try_submit(move || {
        is_started.set();
        // Every wait ends with `Interrupted` then; `?` passes it on, so the job ends.
        loop {
            sleep(Duration::from_secs(60))?;
        }
        #[expect(unreachable_code, reason = "it says what the job returns")]
        Ok::<(), Interrupted>(())
    })?;
    let waiting = pool.submit(|| println!("this is never printed"))?;

    started.wait()?;
    println!("cancel what waits: {}", waiting.cancel()); // true: it is gone from the queue
    println!("cancel what runs: {}", running.cancel()); // false: it has been asked to stop
    println!("the first ended: {:?}", running.result());
    println!("the second ended: {:?}", waiting.result());
    Ok(())
}
