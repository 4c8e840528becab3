//! Models of the protocol of OS threads for a queue: `workqueue/src/crew.rs` says what each of them checks.

use std::io;
use std::time::Duration;

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, Builder};
use workqueue::CrewSettings;

use super::tickets::Settings;
use super::{Offload, OffloadErrorKind};

/// A pool whose idle threads end at once, and which gets no more than `threads` of the system.
fn pool(seats: usize, threads: usize) -> Offload {
    let left = AtomicUsize::new(threads);
    let start = move |builder: Builder, main: Box<dyn FnOnce() + Send>| {
        if left.load(Ordering::Relaxed) == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        left.fetch_sub(1, Ordering::Relaxed);
        builder.spawn(main).map(drop)
    };
    let mut crew = CrewSettings::new("model");
    crew.keep_alive = Duration::ZERO;
    let settings = Settings { crew, start: Arc::new(start) };
    Offload::new(seats, 4, settings)
}

/// Runs a closure, or gets it back for want of a thread; nothing else.
fn run_or_not(offload: &Offload, number: u32) {
    match offload.run(move || number) {
        Ok(result) => assert_eq!(result, number),
        Err(error) => {
            assert_eq!(error.kind(), OffloadErrorKind::NoThread);
            assert_eq!(error.into_inner().map(|closure| closure()), Some(number));
        }
    }
}

/// *Leaving a seat against being woken:* the thread of the first closure ends, or is about to, while the
/// second is submitted.
#[test]
fn a_closure_is_run_whenever_its_thread_leaves() {
    explore(2, || {
        let offload = pool(1, 2);
        assert_eq!(offload.run(|| 1).ok(), Some(1));
        assert_eq!(offload.run(|| 2).ok(), Some(2));
    });
}

/// *When no thread can be started:* none at all, for two callers at once.
#[test]
fn without_a_thread_every_closure_is_refused() {
    explore(2, || {
        let offload = pool(2, 0);
        let other = thread::spawn({
            let offload = offload.clone();
            move || run_or_not(&offload, 1)
        });
        run_or_not(&offload, 2);
        other.join().unwrap();
        assert_eq!(offload.gauge().queued, 0);
    });
}

/// *When no thread can be started:* there is one, which comes and goes, and not a second.
#[test]
fn with_too_few_threads_no_closure_is_lost() {
    explore(1, || {
        let offload = pool(2, 1);
        let other = thread::spawn({
            let offload = offload.clone();
            move || run_or_not(&offload, 1)
        });
        run_or_not(&offload, 2);
        run_or_not(&offload, 3);
        other.join().unwrap();
    });
}

/// The end of the pool: whoever waits for it goes on when the last thread has gone.
#[test]
fn a_shutdown_waits_for_the_threads() {
    explore(2, || {
        let offload = pool(1, 1);
        assert_eq!(offload.run(|| 1).ok(), Some(1));
        offload.shutdown().unwrap();
        assert_eq!(offload.gauge().threads, 0);
    });
}
