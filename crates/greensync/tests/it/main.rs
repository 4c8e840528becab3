//! The locks and channels as their users see them.
#![allow(clippy::unwrap_used, reason = "in a test, an error is a failure")]

mod auto_traits;
mod barrier;
mod channel;
mod condvar;
mod deadlocks;
mod event;
mod everywhere;
mod fork;
mod giving_way;
mod histories;
mod interruption;
mod mutex;
mod no_park;
mod once;
mod oneshot;
mod pool;
mod rwlock;
mod select;
mod select_object;
mod semaphore;
mod stage;
mod timers;
mod wait_group;

use greenctx::{spawn, yield_now};
use greenstd::sync::Arc;
use testkit::{Watchdog, on_another_carrier, on_carrier};

/// How many green threads [`everywhere`] has on each carrier.
const GREEN: usize = 10;
/// How many plain threads it has.
const PLAIN: usize = 2;
/// How many threads it has.
const ALL: usize = 2 * GREEN + PLAIN;

/// Calls `run`, with a number of its own, on green threads of two carriers and on plain threads at once.
#[track_caller]
fn everywhere<R: Send + 'static>(run: impl Fn(usize) -> R + Send + Sync + 'static) -> Vec<R> {
    let _watchdog = Watchdog::start(|| String::from("threads of two carriers, and plain ones"));
    let run = Arc::new(run);
    let carriers: Vec<_> = (0..2)
        .map(|carrier| {
            let run = run.clone();
            on_another_carrier(move || {
                let threads: Vec<_> = (0..GREEN)
                    .map(|thread| {
                        let run = run.clone();
                        spawn(move || run(carrier * GREEN + thread))
                    })
                    .collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().expect("it does not panic"))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let plain: Vec<_> = (0..PLAIN)
        .map(|thread| {
            let run = run.clone();
            greenstd::thread::spawn(move || run(2 * GREEN + thread))
        })
        .collect();
    let green = carriers.into_iter().flat_map(|carrier| carrier.join().expect("it does not panic"));
    green.chain(plain.into_iter().map(|thread| thread.join().expect("it does not panic"))).collect()
}

/// Lets all others on this carrier go as far as they can without the caller.
fn let_others_run() {
    (0..20).for_each(|_| yield_now());
}
