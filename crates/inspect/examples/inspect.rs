//! A pool that gets nothing done, and what an inspection says about it.
//!
//! A thousand orders want the lock of the accounts. The audit holds it while it sleeps.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use inspect::executor::sync::Mutex;
use inspect::executor::{GreenThreadPoolExecutor, Interrupted, sleep};
use inspect::{Inspect, InspectOptions};

const ORDERS: usize = 1000;

type Accounts = Arc<Mutex<u64>>;

fn audit(accounts: &Accounts) -> Result<(), Interrupted> {
    let total = accounts.lock()?;
    sleep(Duration::from_secs(3600))?; // should have been done before
    println!("{} in all", *total);
    Ok(())
}

fn order(accounts: &Accounts) -> Result<(), Interrupted> {
    *accounts.lock()? += 1;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = GreenThreadPoolExecutor::builder().name("shop").max_workers(2000).build()?;
    let accounts = Accounts::default();
    let theirs = accounts.clone();
    let slow = pool.job().name("audit").fallible().submit(move || audit(&theirs))?;
    // It has the lock once it sleeps.
    let sleeps = || pool.inspect().jobs().any(|job| job.at_most.is_some());
    while !sleeps() {}
    let mut orders = Vec::new();
    for _ in 0..ORDERS {
        let accounts = accounts.clone();
        orders.push(pool.try_submit(move || order(&accounts))?);
    }
    let options = InspectOptions::new().stacks(false); // it is faster without
    let waiting =
        || pool.inspect_with(&options).jobs().filter(|job| job.waits_for.is_some()).count();
    while waiting() < ORDERS + 1 {}
    println!("{}", pool.inspect());

    slow.cancel();
    for order in orders {
        order.result()?;
    }
    println!("{} orders are done", *accounts.lock()?);
    Ok(())
}
