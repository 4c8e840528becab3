//! Five programs that hang, and what the report says about each: `cargo run -p inspect --example hang -- mutexes`, or
//! `pools`, `message`, `std-lock`, `channels`. Without an argument it shows all but `std-lock`, which never ends.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use inspect::executor::sync::{Barrier, Mutex, bounded, deadlock, unbounded};
use inspect::executor::{Builder, GreenThreadPoolExecutor, Interrupted, Shutdown, sleep};
use inspect::{Inspections, Watchdog, inspect_all};

type Outcome = Result<(), Box<dyn Error>>;

fn pool(name: &str) -> Builder {
    GreenThreadPoolExecutor::builder().name(name).carriers(1)
}

/// Looks until it hangs, prints the report, and lets go.
fn explain(pools: &[&GreenThreadPoolExecutor], hangs: impl Fn(&Inspections) -> bool) -> Outcome {
    loop {
        let seen = inspect_all(pools.iter().map(|pool| pool.handle()));
        if hangs(&seen) {
            println!("{seen}");
            break;
        }
    }
    for pool in pools {
        pool.shutdown(Shutdown::no_wait().cancel_pending().cancel_running())?;
    }
    Ok(())
}

fn is_deadlock(seen: &Inspections) -> bool {
    !seen.deadlocks.is_empty()
}

/// Whether so many jobs have waited for a while, for a thing of that kind.
fn wait_for(kind: &'static str, count: usize) -> impl Fn(&Inspections) -> bool {
    let old = Duration::from_millis(50);
    move |seen| {
        let waiting = seen.executors[0].jobs().filter(|job| {
            job.waited > old && job.waits_for.as_ref().is_some_and(|waits| waits.kind == kind)
        });
        waiting.count() == count
    }
}

fn mutexes() -> Outcome {
    deadlock::watch(true); // in debug builds it is on
    let shop = pool("shop").build()?;
    let (stock, till) = (Arc::new(Mutex::new(10)), Arc::new(Mutex::new(0)));
    let both_have_one = Arc::new(Barrier::new(2));
    let (s, t, met) = (stock.clone(), till.clone(), both_have_one.clone());
    let _sale = shop.job().name("sale").fallible().submit(move || {
        let mut stock = s.lock()?;
        met.wait()?;
        let mut till = t.lock()?;
        (*stock, *till) = (*stock - 1, *till + 1);
        Ok::<_, Interrupted>(())
    })?;
    let _refund = shop.job().name("refund").fallible().submit(move || {
        let mut till = till.lock()?;
        both_have_one.wait()?;
        let mut stock = stock.lock()?;
        (*stock, *till) = (*stock + 1, *till - 1);
        Ok::<_, Interrupted>(())
    })?;
    explain(&[&shop], is_deadlock)
}

fn pools() -> Outcome {
    let (shop, bank) = (pool("shop").max_workers(1).build()?, pool("bank").max_workers(1).build()?);
    let both_run = Arc::new(Barrier::new(2));
    let (theirs, met) = (bank.handle(), both_run.clone());
    let _order = shop.job().name("order").submit(move || {
        met.wait().ok()?;
        theirs.job().name("pay").submit(|| 1).ok()?.result().ok()
    })?;
    let theirs = shop.handle();
    let _payment = bank.job().name("payment").submit(move || {
        both_run.wait().ok()?;
        theirs.job().name("check").submit(|| 1).ok()?.result().ok()
    })?;
    explain(&[&shop, &bank], is_deadlock)
}

fn message() -> Outcome {
    let shop = pool("shop").build()?;
    let (order, orders) = unbounded::<u32>();
    let kept = order.clone(); // so the channel is never closed
    let _clerk = shop.job().name("clerk").submit(move || {
        let sum: u32 = orders.iter().sum(); // ends when all senders are gone
        drop(kept);
        sum
    })?;
    order.send(7)?;
    drop(order);
    explain(&[&shop], wait_for("channel (receive)", 1))
}

#[allow(clippy::disallowed_types, reason = "it shows what comes of that")]
fn std_lock() -> Outcome {
    let shop = pool("shop").build()?;
    let _watching = Watchdog::new().then(|_| ()).watch([shop.handle()])?;
    let total = Arc::new(std::sync::Mutex::new(0));
    let theirs = total.clone();
    let _slow = shop.job().name("slow").fallible().submit(move || {
        let mut total = theirs.lock().expect("nobody panics");
        sleep(Duration::from_secs(3600))?; // the guard is held across a wait
        *total += 1;
        Ok::<_, Interrupted>(())
    })?;
    let _quick = shop.job().name("quick").submit(move || {
        *total.lock().expect("nobody panics") += 1; // blocks the carrier, so `slow` never goes on
    })?;
    loop {
        let seen = inspect_all([shop.handle()]);
        if is_held(&seen) {
            println!("{seen}");
            std::process::exit(0); // the carrier never ends
        }
    }
}

fn channels() -> Outcome {
    let shop = pool("shop").build()?;
    let ((ask, asked), (answer, answered)) = (bounded::<u32>(1), bounded::<u32>(1));
    let _asker = shop.job().name("asker").submit(move || {
        for number in 0..10 {
            ask.send(number).ok()?; // sends all before it looks at an answer
        }
        answered.iter().max()
    })?;
    let _answerer = shop
        .job()
        .name("answerer")
        .submit(move || asked.iter().try_for_each(|number| answer.send(number * number)))?;
    explain(&[&shop], wait_for("channel (send)", 2))
}

/// Whether the carrier was asked in vain, and the watchdog knows what holds it.
fn is_held(seen: &Inspections) -> bool {
    let shop = &seen.executors[0];
    !shop.carriers[0].has_answered && shop.hogs.iter().any(|hog| !hog.stack.is_empty())
}

fn main() -> Outcome {
    match std::env::args().nth(1).as_deref() {
        Some("mutexes") => mutexes(),
        Some("pools") => pools(),
        Some("message") => message(),
        Some("std-lock") => std_lock(),
        Some("channels") => channels(),
        Some(other) => Err(format!("there is no program '{other}'").into()),
        None => [mutexes, pools, message, channels].iter().try_for_each(|hang| hang()),
    }
}
