//! Schedules: a sensor is read at a fixed rate, and a report is due later.
//!
//! ```text
//! cargo run -p executor --example schedule
//! ```

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use executor::schedule::{First, OnFailure};
use executor::sync::Mutex;
use executor::{GreenThreadPoolExecutor, Interrupted, Shutdown};

fn main() -> Result<(), Box<dyn Error>> {
    let pool = GreenThreadPoolExecutor::builder().max_workers(4).name("lab").build()?;
    let readings = Arc::new(Mutex::new(Vec::new()));

    let into = readings.clone();
    let sensor = pool
        .every(Duration::from_millis(20))
        .name("sensor")
        .first(First::Now)
        .on_failure(OnFailure::GoOn)
        .run(move |tick| -> Result<_, Box<dyn Error + Send + Sync>> {
            if tick.run() % 4 == 0 {
                return Err("the line is noisy".into()); // counted, and the schedule goes on
            }
            into.lock()?.push(20.0 + tick.run() as f64 / 10.0);
            Ok(if tick.run() < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;

    let from = readings.clone();
    let job = pool.job().name("report").fallible();
    let report = job.submit_after(Duration::from_millis(100), move || {
        let readings = from.lock()?.len();
        Ok::<_, Interrupted>(format!("after 100 ms: {readings} readings"))
    })?;
    println!("{}", report.result()?);

    sensor.wait()?; // until its tenth run breaks off
    println!("{sensor}");
    println!("all readings: {:?}", readings.lock()?);

    let never = pool.submit_after(Duration::from_secs(3600), || ())?;
    pool.shutdown(Shutdown::wait())?; // does not wait for an hour
    println!("what was not due: {:?}", never.result());
    Ok(())
}
