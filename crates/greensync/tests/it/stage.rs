//! Where the actors of a test run: side by side on one carrier, on carriers of their own, on plain threads.

use greenctx::{Carrier, JoinHandle, spawn, yield_now};
use greenstd::thread;

use crate::watchdog::Watchdog;

/// What an actor does.
pub(crate) type Act = Box<dyn FnOnce() + Send>;

/// An actor from a closure.
pub(crate) fn act(act: impl FnOnce() + Send + 'static) -> Act {
    Box::new(act)
}

/// Runs `main` on a carrier, under a watchdog.
#[track_caller]
pub(crate) fn on_carrier<T: 'static>(main: impl FnOnce() -> T + 'static) -> T {
    let _watchdog = Watchdog::start();
    Carrier::new().expect("the settings are good").run(main).expect("there is a stack for main")
}

/// Runs `main` on a carrier of an OS thread of its own.
pub(crate) fn on_another_carrier<T: Send + 'static>(
    main: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::spawn(move || {
        let carrier = Carrier::new().expect("the settings are good");
        carrier.run(main).expect("there is a stack for main")
    })
}

/// Lets the other green threads of the carrier run until they wait.
pub(crate) fn let_others_wait() {
    for _ in 0..4 {
        yield_now();
    }
}

/// Runs all actors as green threads of one carrier.
#[track_caller]
pub(crate) fn on_one_carrier(actors: Vec<Act>) {
    on_carrier(move || run_green(actors));
}

/// Runs all actors at once, in turn on one carrier, on another and on plain threads.
#[track_caller]
pub(crate) fn everywhere(actors: Vec<Act>) {
    let _watchdog = Watchdog::start();
    let mut parts: [Vec<Act>; 3] = Default::default();
    for (index, actor) in actors.into_iter().enumerate() {
        parts[index % 3].push(actor);
    }
    let [first, second, plain] = parts;
    let plain: Vec<_> = plain.into_iter().map(|act| thread::spawn(act)).collect();
    let carriers = [first, second].map(|part| on_another_carrier(|| run_green(part)));
    for thread in plain {
        thread.join().unwrap();
    }
    for carrier in carriers {
        carrier.join().unwrap();
    }
}

fn run_green(actors: Vec<Act>) {
    let threads: Vec<JoinHandle<()>> = actors.into_iter().map(|act| spawn(act)).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
