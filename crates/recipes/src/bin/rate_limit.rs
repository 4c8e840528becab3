//! Calls that must not come too fast: `governor` says when the next one may, and the job sleeps until then.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;

use executor::{GreenThreadPoolExecutor, Interrupted, sleep};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

const PER_SECOND: NonZeroU32 = NonZeroU32::new(200).unwrap();
const AT_ONCE: NonZeroU32 = NonZeroU32::new(10).unwrap();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let executor = GreenThreadPoolExecutor::builder().build()?;
    let limiter = RateLimiter::direct(Quota::per_second(PER_SECOND).allow_burst(AT_ONCE));
    let limiter = Arc::new(limiter); // all jobs share it
    let begin = Instant::now();
    let calls = executor.try_map(0..50_u32, move |number| {
        wait_for_turn(&limiter)?;
        Ok::<_, Interrupted>(number) // the call itself
    })?;
    let sum = calls.sum::<Result<u32, _>>()?;
    // Ten at once, and forty more at 200 a second.
    let was_slow = begin.elapsed().as_millis() >= 190;
    println!("sum {sum}, not too fast: {was_slow}");
    Ok(())
}

/// Parks the job until it may go. The turn is taken then.
fn wait_for_turn(limiter: &DefaultDirectRateLimiter) -> Result<(), Interrupted> {
    let clock = DefaultClock::default();
    while let Err(not_yet) = limiter.check() {
        sleep(not_yet.wait_time_from(clock.now()))?;
    }
    Ok(())
}
