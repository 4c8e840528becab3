//! Where the actors of a test run: side by side on one carrier, on carriers of their own, on plain threads.

use greenctx::{JoinHandle, spawn};
use greenstd::thread;

pub(crate) use crate::{let_others_run as let_others_wait, on_another_carrier, on_carrier};
use testkit::Watchdog;

/// What an actor does.
pub(crate) type Act = Box<dyn FnOnce() + Send>;

/// An actor from a closure.
pub(crate) fn act(act: impl FnOnce() + Send + 'static) -> Act {
    Box::new(act)
}

/// Runs all actors as green threads of one carrier.
#[track_caller]
pub(crate) fn on_one_carrier(actors: Vec<Act>) {
    on_carrier(move || run_green(actors));
}

/// Runs some actors on one carrier and the others on another.
#[track_caller]
pub(crate) fn face_to_face(these: Vec<Act>, those: Vec<Act>) {
    let _watchdog = Watchdog::start(|| String::from("actors of two carriers"));
    for carrier in [these, those].map(|part| on_another_carrier(|| run_green(part))) {
        carrier.join().unwrap();
    }
}

/// Runs all actors at once, in turn on one carrier, on another and on plain threads.
#[track_caller]
pub(crate) fn everywhere(actors: Vec<Act>) {
    let _watchdog = Watchdog::start(|| String::from("actors of two carriers, and plain ones"));
    let mut parts: [Vec<Act>; 3] = Default::default();
    for (index, actor) in actors.into_iter().enumerate() {
        parts[index % 3].push(actor);
    }
    let [first, second, plain] = parts;
    let plain: Vec<_> = plain.into_iter().map(thread::spawn).collect();
    let carriers = [first, second].map(|part| on_another_carrier(|| run_green(part)));
    for thread in plain {
        thread.join().unwrap();
    }
    for carrier in carriers {
        carrier.join().unwrap();
    }
}

fn run_green(actors: Vec<Act>) {
    let threads: Vec<JoinHandle<()>> = actors.into_iter().map(spawn).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
