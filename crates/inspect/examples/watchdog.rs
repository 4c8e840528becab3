//! A report that takes long, a call that blocks, and what the watchdog says of both.
//!
//! Orders are booked on two carriers. One job adds up all numbers without a pause, and one sleeps as if it had an OS
//! thread for itself. Both hold up the orders on their carrier.

#![allow(clippy::disallowed_methods, reason = "it shows what not to do in a job")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use inspect::executor::{GreenThreadPoolExecutor, Interrupted, sleep};
use inspect::{HogCause, Inspect, Watchdog};

fn add_up(orders: u64) -> u64 {
    let start = Instant::now();
    let mut total = 0;
    while start.elapsed() < Duration::from_millis(1500) {
        total = (0..orders).map(black_box).sum();
    }
    total
}

fn ask_the_bank() {
    std::thread::sleep(Duration::from_millis(1500)); // blocks the carrier
}

fn book(number: u64) -> Result<u64, Interrupted> {
    sleep(Duration::from_millis(5))?; // parks the green thread
    Ok(number)
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(2).build()?;
    let watchdog = Watchdog::new().then(|hog| {
        print!("{hog}");
        match hog.cause() {
            HogCause::Computes => println!("  --> let others run: yield_now() now and then\n"),
            HogCause::Blocks => println!("  --> call it by offload(), or take what parks\n"),
            _ => println!("  --> the machine is busy\n"),
        }
    });
    let _watching = watchdog.watch([pool.handle()])?;

    let report = pool.job().name("report").submit(|| add_up(100_000))?;
    let bank = pool.job().name("bank").submit(ask_the_bank)?;
    let orders: Vec<_> =
        (0..100).map(|number| pool.try_submit(move || book(number))).collect::<Result<_, _>>()?;
    for order in orders {
        order.result()?;
    }
    println!("a report of {}, and the bank agrees: {:?}", report.result()?, bank.result());
    println!("a carrier was held for {:?} at most", pool.longest_hold().unwrap_or_default());
    Ok(())
}
