//! Records what some jobs do, tells which of them waited longest, and writes a file for Perfetto's viewer.
//!
//! ```text
//! cargo run -p inspect --example trace -- /tmp/shop.perfetto-trace
//! ```
//!
//! Open the file at <https://ui.perfetto.dev>.

use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use inspect::Tracer;
use inspect::executor::sync::Mutex;
use inspect::executor::{GreenThreadPoolExecutor, Interrupted, sleep};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(2).build()?;
    let tracer = Tracer::start(&pool);

    // Customers look around for a while, and pay at the only till.
    let till = Arc::new(Mutex::new(0));
    let customers = (0..20u64).map(|number| {
        let till = till.clone();
        pool.job().name(format!("customer {number}")).fallible().submit(move || {
            sleep(Duration::from_millis(number % 7))?;
            let mut paid = till.lock()?;
            sleep(Duration::from_millis(1))?;
            *paid += number;
            Ok::<_, Interrupted>(())
        })
    });
    for customer in customers.collect::<Result<Vec<_>, _>>()? {
        customer.result()?;
    }

    let trace = tracer.snapshot(Duration::from_secs(10));
    println!("the longest waits:");
    for wait in trace.waits().iter().take(5) {
        println!("{:8.1?}  {} {}", wait.lasted, wait.job, wait.what);
    }
    if let Some(file) = env::args().nth(1) {
        trace.write_to(&file).map_err(|error| io::Error::other(format!("{file}: {error}")))?;
        println!("the trace is in {file}");
    }
    Ok(())
}
