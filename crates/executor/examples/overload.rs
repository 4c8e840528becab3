//! More work than can be done: what would wait too long is refused, and hears when to come back.
//!
//! ```text
//! cargo run -p executor --example overload
//! ```

use std::time::Duration;

use executor::{
    CheckAndReject, GreenThreadPoolExecutor, reject_when_reached, reject_when_wait_exceeds, sleep,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Duration::from_millis(50);
    let pool = GreenThreadPoolExecutor::builder()
        .max_workers(10)
        .check_and_reject(reject_when_wait_exceeds(target).and(reject_when_reached(100_000)))
        .build()?;
    // Ten at a time, 5 ms each: it can do 2000 a second at most. It is offered twice as many.
    let page = || sleep(Duration::from_millis(5));
    let (mut accepted, mut last) = (Vec::new(), None);
    let (mut refused, mut refused_guesses) = (0, 0);
    for number in 0..4000 {
        if number % 20 == 0 {
            sleep(target / 10)?;
        }
        // One in four is a guess at what will be asked for next. Guesses give way first.
        let is_guess = number % 4 == 0;
        let job = pool.job().fallible();
        match if is_guess { job.low() } else { job }.submit(page) {
            Ok(job) => accepted.push(job),
            Err(_) if is_guess => refused_guesses += 1,
            Err(error) => {
                refused += 1;
                last = error.retry_after();
            }
        }
    }
    println!("of 4000 jobs, {} were accepted", accepted.len());
    println!("refused: {refused_guesses} of 1000 guesses, {refused} of the 3000 others");
    println!("the last one was told to come back in {last:?}");
    for job in accepted {
        job.result()?;
    }
    let statistics = pool.statistics();
    println!(
        "99 % waited for less than {:.0?}",
        statistics.queue_wait().percentile(99.0).unwrap_or_default()
    );
    Ok(())
}
