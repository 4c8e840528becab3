//! Jobs in the log: each line of a worker is in the span of its job, which says from where the job came.
//!
//! ```text
//! cargo run -p remote --features tracing --example spans
//! ```

use std::time::Duration;

use remote::executor::{GreenThreadPoolExecutor, sleep};
use remote::{Registry, Remote, function};
use tracing::{Level, info, info_span};

function!(
    /// Packs an order, which takes a moment.
    pack(order: u32) -> Result<u32, String>
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_ansi(false).without_time().init();

    // The workers' side: a span around each attempt, and the time it took.
    let pool = GreenThreadPoolExecutor::builder().max_workers(4).name("packers").build()?;
    let mut registry = Registry::new();
    registry.trace_jobs(Level::INFO).around(|job, attempt| {
        let attempted = attempt.run();
        let tenant = job.headers.get("tenant").map_or("nobody", String::as_str);
        info!(tenant, well = attempted.outcome().is_success(), "ended");
        attempted
    });
    registry.register(pack, |order: u32| {
        sleep(Duration::from_millis(10)).map_err(|error| error.to_string())?;
        info!(order, "packed"); // the spans of the other jobs do not show here
        Ok::<_, String>(order)
    });

    // The submitters' side: what goes along with every job.
    let remote = Remote::in_process(&pool, &registry).trace_jobs();
    let remote = remote.headers_from(|| [("tenant".to_owned(), "acme".to_owned())]);
    let queue = remote.queue("orders");
    let day = info_span!("monday").entered();
    let jobs = (1..=3).map(|order| queue.job().id(format!("order-{order}")).submit(pack, (order,)));
    let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
    drop(day);
    for job in jobs {
        job.result()?;
    }
    Ok(())
}
