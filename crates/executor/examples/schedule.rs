//! Schedules: a sensor is read at a fixed rate, and a report is due later.
//!
//! ```text
//! cargo run -p executor --example schedule
//! ```

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use executor::schedule::{First, OnFailure};
use executor::sync::Mutex;
use executor::{GreenThreadPoolExecutor, Shutdown};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().max_workers(4).name("lab").build()?;
    let readings = Arc::new(Mutex::new(Vec::new()));

    let into = readings.clone();
    let sensor = pool
        .every(Duration::from_millis(20))
        .name("sensor")
        .first(First::Now)
        .on_failure(OnFailure::GoOn)
        .run(move |tick| {
            if tick.run() % 4 == 0 {
                return Err("the line is noisy"); // counted, and the schedule goes on
            }
            into.lock().push(20.0 + tick.run() as f64 / 10.0);
            Ok(if tick.run() < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;

    let from = readings.clone();
    let report = pool.job().name("report").submit_after(Duration::from_millis(100), move || {
        let readings = from.lock();
        format!("after 100 ms: {} readings", readings.len())
    })?;
    println!("{}", report.result()?);

    sensor.wait()?; // until its tenth run breaks off
    println!("{sensor}");
    println!("all readings: {:?}", readings.lock());

    let never = pool.submit_after(Duration::from_secs(3600), || ())?;
    pool.shutdown(Shutdown::wait())?; // does not wait for an hour
    println!("what was not due: {:?}", never.result());
    Ok(())
}
