//! Jobs with limits of time: how long one may run, and how long it may wait to start.
//!
//! ```text
//! cargo run -p executor --example limits
//! ```

use std::time::Duration;

use executor::{AbandonReason, GreenThreadPoolExecutor, Interrupted, TaskError, sleep};

/// Asks a server that may be slow. It knows of no limit.
fn ask(takes: Duration) -> Result<&'static str, Interrupted> {
    sleep(takes)?;
    Ok("the answer")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Two requests at a time. Whoever has waited for 100 ms has gone, and a request takes 50 ms at most.
    let pool = GreenThreadPoolExecutor::builder().max_workers(2).build()?;
    let request = pool
        .job()
        .expires(Duration::from_millis(100))
        .timeout(Duration::from_millis(50))
        .fallible();

    let mut requests = Vec::new();
    for number in 1..=20_u64 {
        let takes = if number % 5 == 0 { 3_600_000 } else { 15 };
        requests.push(request.clone().submit(move || ask(Duration::from_millis(takes)))?);
    }
    for (request, number) in requests.into_iter().zip(1..) {
        match request.result() {
            Ok(answer) => println!("{number:>2}: {answer}"),
            Err(TaskError::TimedOut) => println!("{number:>2}: the server is too slow"),
            Err(TaskError::Abandoned(AbandonReason::Expired)) => {
                println!("{number:>2}: not started, the client has gone");
            }
            Err(other) => return Err(other.into()),
        }
    }
    let now = pool.statistics();
    println!(
        "{} answered, {} timed out, {} expired",
        now.succeeded(),
        now.timed_out(),
        now.expired()
    );
    Ok(())
}
