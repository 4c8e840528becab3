//! What a watcher sees of a carrier that a green thread holds.

#![allow(clippy::disallowed_methods, reason = "the watcher is a plain thread")]

use greenstd::atomic::{AtomicBool, Ordering};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use greenctx::{
    Builder, Capture, CaptureSignal, CaptureSignalError, Carrier, CarrierHandle, Doze, current,
    park, spawn, yield_now,
};
use testkit::Watchdog;

const LONG: Duration = Duration::from_secs(60);

/// Runs `main` on a carrier of another OS thread, and `look` meanwhile. `main` gets a flag that is set when `look` has
/// returned.
fn beside<R>(
    main: impl FnOnce(Arc<AtomicBool>) + Send + 'static,
    look: impl FnOnce(&CarrierHandle) -> R,
) -> R {
    let (tell, told) = mpsc::channel();
    let is_seen = Arc::new(AtomicBool::new(false));
    let seen = is_seen.clone();
    let running = thread::spawn(move || {
        let carrier = Carrier::builder().name("held").build().unwrap();
        tell.send(carrier.handle()).unwrap();
        carrier.run(move || main(seen)).unwrap();
    });
    let handle = told.recv().unwrap();
    while handle.os_thread().is_none() {
        thread::yield_now();
    }
    let result = look(&handle);
    is_seen.store(true, Ordering::Release);
    running.join().unwrap();
    result
}

/// Captures until somebody runs.
fn capture(carrier: &CarrierHandle, is_wanted: impl Fn(&Capture) -> bool) -> Capture {
    let signal = CaptureSignal::urgent().unwrap();
    loop {
        if let Some(capture) = carrier.capture(signal, LONG)
            && is_wanted(&capture)
        {
            return capture;
        }
    }
}

fn spin(until: &AtomicBool) {
    while !until.load(Ordering::Acquire) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_capture_says_who_runs_and_who_is_ready() {
    let _watchdog = Watchdog::start(|| "a capture of one that spins".to_owned());
    let hog = |seen: Arc<AtomicBool>| {
        for _ in 0..3 {
            spawn(|| ());
        }
        let hog = Builder::new().name("hog").spawn(move || spin(&seen));
        hog.unwrap().join().unwrap();
    };
    let captured = beside(hog, |carrier| {
        let is_hog = |capture: &Capture| capture.name.as_deref() == Some("hog");
        let captured = capture(carrier, is_hog);
        assert_eq!(captured.switches, carrier.progress().switches, "it has not switched since");
        assert!(!carrier.is_asleep());
        captured
    });
    assert_eq!(captured.identity, None);
    assert!(captured.thread.is_some());
    let stack = captured.stack().unwrap();
    let end = stack.registers().stack_pointer;
    assert!(stack.read(end).is_some() && stack.read(end - 8).is_none());
    // The three have run before, as they were spawned before.
    assert_eq!(captured.ready, 0);
}

#[test]
fn a_capture_counts_those_that_are_ready() {
    let _watchdog = Watchdog::start(|| "a capture of one that spins".to_owned());
    let hog = |seen: Arc<AtomicBool>| {
        for _ in 0..3 {
            spawn(|| ());
        }
        spin(&seen);
    };
    let captured = beside(hog, |carrier| capture(carrier, |capture| capture.ready == 3));
    assert_eq!(captured.name.as_deref(), Some("main"));
}

#[test]
fn a_carrier_that_sleeps_runs_nobody() {
    let _watchdog = Watchdog::start(|| "a capture of a carrier that sleeps".to_owned());
    let (tell, told) = mpsc::channel();
    let sleeper = move |_| {
        tell.send(current()).unwrap();
        park().unwrap();
    };
    beside(sleeper, |carrier| {
        let main = told.recv().unwrap();
        let captured = capture(carrier, |capture| capture.thread.is_none());
        assert!(captured.stack().is_none());
        assert_eq!((captured.name, captured.ready), (None, 0));
        main.unpark();
    });
}

#[test]
fn a_carrier_without_a_thread_is_not_captured() {
    let signal = CaptureSignal::urgent().unwrap();
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    assert!(handle.capture(signal, LONG).is_none());
    carrier.run(|| ()).unwrap();
    assert!(handle.capture(signal, LONG).is_none());
    assert_eq!(handle.cpu_time(), None);
}

#[test]
fn a_signal_that_cannot_be_handled_is_refused() {
    for number in [9, 1000, -1] {
        let refused = CaptureSignal::install(number);
        assert!(matches!(refused, Err(CaptureSignalError::Refused(_))), "{number}: {refused:?}");
    }
    // The report of an overflow.
    Carrier::new().unwrap().run(|| ()).unwrap();
    assert!(matches!(CaptureSignal::install(11), Err(CaptureSignalError::InUse(11))));
}

/// A watcher that gives up at once, and again and again, against threads that switch, allocate, start and end.
#[test]
fn ten_thousand_captures_of_code_that_allocates_and_switches_do_no_harm() {
    let _watchdog = Watchdog::start(|| "captures without a pause".to_owned());
    let busy = |seen: Arc<AtomicBool>| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let seen = seen.clone();
                spawn(move || {
                    while !seen.load(Ordering::Acquire) {
                        yield_now();
                        black_box(vec![7u8; 1000]);
                        spawn(|| drop(black_box(String::from("short")))).join().unwrap();
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    };
    let answered = beside(busy, |carrier| {
        let signal = CaptureSignal::urgent().unwrap();
        let mut answered = 0;
        for number in 0..10_000 {
            // Every 16th is waited for.
            let within = if number % 16 == 0 { LONG } else { Duration::ZERO };
            if let Some(capture) = carrier.capture(signal, within) {
                assert!(capture.stack().is_none() || capture.thread.is_some());
                answered += 1;
            }
        }
        answered
    });
    assert!(answered > 0);
}

#[test]
fn a_watcher_dozes_until_a_carrier_wakes_up() {
    let _watchdog = Watchdog::start(|| "a watcher that dozes".to_owned());
    let (tell, told) = mpsc::channel();
    let sleeper = move |_| {
        tell.send(current()).unwrap();
        park().unwrap();
    };
    beside(sleeper, |carrier| {
        let doze = Doze::new();
        carrier.stir(&doze);
        let main = told.recv().unwrap();
        while !carrier.will_stir() {
            thread::yield_now();
        }
        let before = carrier.progress();
        let waker = thread::spawn(move || main.unpark());
        while carrier.progress() == before {
            doze.doze_while(|| carrier.will_stir());
        }
        waker.join().unwrap();
    });
}
