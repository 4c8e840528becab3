//! Calls that fail now and then: `backon` tries them again, and sleeps as a green thread does.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backon::{BlockingRetryable, ExponentialBuilder};
use executor::{GreenThreadPoolExecutor, Interrupted, sleep};

fn main() -> io::Result<()> {
    let executor = GreenThreadPoolExecutor::builder().build()?;
    let tries = Arc::new(AtomicU32::new(0));
    let count = tries.clone();
    // Each of them fails twice. While one sleeps, the others go on.
    let answers = executor.try_map(0..100_u32, move |number| {
        let mut failures = 2;
        patiently(|| {
            count.fetch_add(1, Ordering::Relaxed);
            ask(number, &mut failures)
        })
    })?;
    let sum = answers.sum::<Result<u32, _>>()?;
    println!("sum {sum} after {} tries", tries.load(Ordering::Relaxed));

    // One that is cancelled does not try again.
    let down = executor.try_submit(|| {
        let mut failures = u32::MAX;
        patiently(|| ask(0, &mut failures))
    })?;
    down.cancel();
    println!("cancelled: {}", down.result().is_err_and(|error| error.is_cancelled()));
    Ok(())
}

/// Tries up to six times, after 1, 2, 4, 8 and 16 ms and some chance.
fn patiently<T>(call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let times = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(1))
        .with_max_times(5)
        .with_jitter();
    call.retry(times)
        // Parks the job. If the sleep is interrupted, the next call hears of that, and is the last one.
        .sleep(|time| _ = sleep(time))
        .when(is_worth_another_try)
        .call()
}

/// What may be better the next time. A cancellation and a deadline of ours stay what they are.
fn is_worth_another_try(error: &io::Error) -> bool {
    let is_interrupted = error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Interrupted>);
    !is_interrupted && error.kind() == io::ErrorKind::ConnectionReset
}

/// What would be a request to a server.
fn ask(number: u32, failures: &mut u32) -> io::Result<u32> {
    sleep(Duration::from_micros(100))?;
    if *failures > 0 {
        *failures -= 1;
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(number)
}
