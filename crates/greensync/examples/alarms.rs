//! A desk that serves orders as they come, reports each so often, and closes at a given time.
//!
//! `cargo run -p greensync --example alarms`

use std::time::{Duration, Instant};

use greensync::{Carrier, Interrupted, RecvError, after, bounded, select, sleep, spawn, tick};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (served, reports) = Carrier::new()?.run(desk)??;
    println!("{served} orders were served, and {reports} reports made");
    Ok(())
}

fn desk() -> Result<(u32, u32), RecvError> {
    let (orders, incoming) = bounded(4);
    spawn(move || -> Result<(), Interrupted> {
        for number in 1.. {
            sleep(Duration::from_millis(7))?;
            if orders.send(number).is_err() {
                break; // the desk is closed
            }
        }
        Ok(())
    });
    let report = tick(Duration::from_millis(20));
    let closing_time = after(Duration::from_millis(110)); // for all rounds: it is made once
    let (mut served, mut reports, mut before) = (0, 0, None);
    loop {
        select! {
            recv(incoming) -> order => served = order?,
            recv(report) -> due => {
                reports += 1;
                let due = due?;
                let later = before.map_or(0, |before: Instant| (due - before).as_millis());
                println!("report {reports}, {later:>2} ms after the last: {served:>2} orders so far");
                before = Some(due);
            }
            recv(closing_time) -> _ => return Ok((served, reports)),
            // The limit of one round alone needs no channel.
            default(Duration::from_millis(50)) => println!("nobody comes"),
        }
    }
}
