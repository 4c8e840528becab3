//! The watchdog names what holds a carrier, with the line of user code.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "what blocks an OS thread is what is tested"
)]

use greenstd::atomic::{AtomicBool, Ordering};
use std::fs;
use std::hint::black_box;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use inspect::executor::io::signal::{Signal, Signals};
use inspect::executor::sync::Event;
use inspect::executor::{GreenThreadPoolExecutor, yield_now};
use inspect::{Hog, HogCause, Inspect, InspectOptions, Watchdog, WatchdogError, metrics};

/// Watches an executor with one carrier while `hog` runs on it, which gets a flag that is set once it is reported.
/// Returns the first report.
fn first_report(hog: impl FnOnce(&AtomicBool) + Send + 'static) -> Hog {
    first_report_that(|_| true, hog, || ())
}

/// As `first_report`, where the job is blocked. On a machine that is overloaded it may get no CPU for most of the time at
/// first, so that is not the report that is meant: there is a later one.
fn first_report_of_blocked(
    hog: impl FnOnce(&AtomicBool) + Send + 'static,
    then: impl Fn() + Send + 'static,
) -> Hog {
    first_report_that(|hog| hog.cause() != HogCause::Starves, hog, then)
}

/// As `first_report`, of those that are meant, and calls `then` with it.
fn first_report_that(
    is_meant: fn(&Hog) -> bool,
    hog: impl FnOnce(&AtomicBool) + Send + 'static,
    then: impl Fn() + Send + 'static,
) -> Hog {
    let _watchdog = testkit::Watchdog::start(|| "a job that holds its carrier".to_owned());
    let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(1).build().unwrap();
    let (tell, told) = mpsc::channel();
    let reported = Arc::new(AtomicBool::new(false));
    let seen = reported.clone();
    let watchdog = Watchdog::new().then(move |hog| {
        // On a machine that is overloaded, other things may hold it before.
        if hog.name == "hog" && !hog.stack.is_empty() && is_meant(hog) {
            let _ = tell.send(hog.clone());
            seen.store(true, Ordering::Release);
            then();
        }
    });
    let _watching = watchdog.watch([pool.handle()]).unwrap();
    let job = pool.job().name("hog").submit(move || hog(&reported)).unwrap();
    let report = told.recv().unwrap();
    job.result().unwrap();
    report
}

fn is_over(reported: &AtomicBool) -> bool {
    reported.load(Ordering::Acquire)
}

/// The report's stack has a line of this file.
#[track_caller]
fn assert_names(hog: &Hog, line: u32) {
    let is_it = |file: &str, at: u32| file.ends_with("tests/it/watchdog.rs") && at == line;
    let found = hog.stack.iter().any(|frame| {
        frame.file.as_deref().zip(frame.line).is_some_and(|(file, at)| is_it(file, at))
    });
    assert!(found, "line {line} is missing:\n{hog}");
}

#[test]
fn a_job_that_spins_is_named_with_its_line() {
    fn add(sum: u64) -> u64 {
        black_box(sum.wrapping_add(1))
    }
    let line = line!() + 4;
    let hog = first_report(|reported| {
        let mut sum = 0;
        while !is_over(reported) {
            sum = (0..100_000).fold(sum, |sum, _| add(sum));
        }
    });
    assert_names(&hog, line);
    assert!(hog.held >= Duration::from_millis(100), "{hog}");
    assert_eq!((&*hog.executor, &*hog.carrier), ("shop", "shop-0"));
    assert!(hog.site.as_ref().is_some_and(|site| site.contains("watchdog.rs:")), "{hog}");
    assert!(hog.job.is_some() && hog.computed > Duration::ZERO, "{hog}");
}

#[test]
fn a_sleep_of_std_is_named_with_its_line() {
    let line = line!() + 3;
    let sleeps = |reported: &AtomicBool| {
        while !is_over(reported) {
            std::thread::sleep(Duration::from_millis(300));
        }
    };
    let hog = first_report_of_blocked(sleeps, || ());
    assert_names(&hog, line);
    assert_eq!(hog.cause(), HogCause::Blocks, "{hog}");
    assert!(hog.stack[0].function.contains("sleep"), "{hog}");
}

/// Has a job of another executor hold a lock across a wait. Returns what ends the wait.
fn hold_across_a_wait<G>(
    lock: impl FnOnce() -> G + Send + 'static,
) -> (GreenThreadPoolExecutor, Arc<Event>) {
    let pool = GreenThreadPoolExecutor::builder().name("holder").carriers(1).build().unwrap();
    let (held, free) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (tell, wait) = (held.clone(), free.clone());
    let job = pool.submit(move || {
        let _guard = lock();
        tell.set();
        wait.wait().unwrap();
    });
    drop(job);
    held.wait().unwrap();
    (pool, free)
}

#[test]
fn a_lock_of_std_that_is_held_across_a_wait_is_named_with_its_line() {
    static LOCK: std::sync::Mutex<u32> = std::sync::Mutex::new(0);
    let (_pool, free) = hold_across_a_wait(|| LOCK.lock().unwrap());
    let line = line!() + 1;
    let hog = first_report_of_blocked(|_| *LOCK.lock().unwrap() += 1, move || free.set());
    assert_names(&hog, line);
    assert_eq!(hog.cause(), HogCause::Blocks, "{hog}");
}

#[test]
fn a_lock_of_a_third_party_that_is_held_across_a_wait_is_named_with_its_line() {
    static LOCK: parking_lot::Mutex<u32> = parking_lot::Mutex::new(0);
    let (_pool, free) = hold_across_a_wait(|| LOCK.lock());
    let line = line!() + 1;
    let hog = first_report_of_blocked(|_| *LOCK.lock() += 1, move || free.set());
    assert_names(&hog, line);
    assert_eq!(hog.cause(), HogCause::Blocks, "{hog}");
    let named = |name: &str| hog.stack.iter().any(|frame| frame.function.contains(name));
    assert!(named("parking_lot"), "{hog}");
}

#[test]
fn a_report_says_how_many_wait_behind_it() {
    let _watchdog = testkit::Watchdog::start(|| "a job that holds its carrier".to_owned());
    let builder = GreenThreadPoolExecutor::builder().name("shop").carriers(1);
    let pool = builder.max_workers(4).build().unwrap();
    let (tell, told) = mpsc::channel();
    let _watching = Watchdog::new()
        .then(move |hog| drop(tell.send(hog.clone())))
        .watch([pool.handle()])
        .unwrap();
    let gate = Arc::new(Event::new());
    let parked: Vec<_> = (0..3)
        .map(|_| {
            let gate = gate.clone();
            pool.submit(move || gate.wait().unwrap()).unwrap()
        })
        .collect();
    let bare = InspectOptions::new().stacks(false);
    while pool.inspect_with(&bare).jobs().filter(|job| job.waits_for.is_some()).count() < 3 {}
    let seen = gate.clone();
    let handle = pool.handle();
    let hog = pool.job().name("hog").submit(move || {
        // On the same carrier: they are ready now, and cannot run. Nor can those that are queued.
        seen.set();
        let queued: Vec<_> = (0..5).map(|_| handle.submit(|| ()).unwrap()).collect();
        loop {
            let hog = told.recv().unwrap();
            if hog.name == "hog" && hog.cause() != HogCause::Starves {
                return (hog, queued);
            }
        }
    });
    let (hog, queued): (Hog, Vec<_>) = hog.unwrap().result().unwrap();
    assert_eq!((hog.ready, hog.others, hog.queued), (3, 3, 5), "{hog}");
    assert_eq!(hog.cause(), HogCause::Blocks, "it waits in a channel of std: {hog}");
    parked.into_iter().chain(queued).for_each(|job| job.result().unwrap());
}

#[test]
fn what_holds_a_carrier_is_in_the_inspection_until_it_ends() {
    let _watchdog = testkit::Watchdog::start(|| "a job that holds its carrier".to_owned());
    let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(1).build().unwrap();
    assert_eq!((pool.longest_hold(), pool.hogs().len()), (None, 0));
    let watching = Watchdog::new().then(|_| ()).watch([pool.handle()]).unwrap();
    let (end, ends) = mpsc::channel();
    let job = pool.job().name("hog").submit(move || ends.recv().unwrap()).unwrap();
    while !watching.hogs().iter().any(|hog| hog.name == "hog") {
        std::thread::yield_now();
    }
    let inspection = pool.inspect_with(&InspectOptions::new().patience(Duration::ZERO));
    assert_eq!(inspection.hogs[0].name, "hog");
    assert!(inspection.to_string().contains("job 'hog' has held carrier 'shop-0' for "));
    let text = serde_json::to_string(&inspection).unwrap();
    let back: inspect::Inspection = serde_json::from_str(&text).unwrap();
    assert_eq!(back.hogs, inspection.hogs);
    end.send(()).unwrap();
    job.result().unwrap();
    while !pool.hogs().is_empty() {
        std::thread::yield_now();
    }
    let text = metrics::render([&*pool]);
    assert!(text.contains("\ngreenpool_hogs{executor=\"shop\"} 0\n"), "{text}");
    let longest = watching.longest_hold();
    assert!(longest >= Duration::from_millis(100), "{longest:?}");
    let seconds = longest.as_secs_f64();
    let line = format!("\ngreenpool_longest_hold_seconds{{executor=\"shop\"}} {seconds}\n");
    assert!(text.contains(&line), "{text}");
    assert_eq!(pool.longest_hold(), Some(longest));
    drop(watching);
    assert_eq!(pool.longest_hold(), None);
    assert!(!metrics::render([&*pool]).contains("greenpool_longest_hold_seconds{"));
}

#[test]
fn a_panic_in_a_report_ends_there() {
    let _watchdog = testkit::Watchdog::start(|| "reports that panic".to_owned());
    let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let (tell, told) = mpsc::channel();
    let _watching = Watchdog::new()
        .then(move |_| {
            tell.send(()).unwrap();
            panic!("nobody minds");
        })
        .watch([pool.handle()])
        .unwrap();
    for _ in 0..2 {
        let (end, ends) = mpsc::channel::<()>();
        let job = pool.submit(move || ends.recv().unwrap()).unwrap();
        told.recv().unwrap();
        end.send(()).unwrap();
        job.result().unwrap();
    }
}

#[test]
fn a_signal_that_is_in_use_is_refused() {
    let _theirs = Signals::new([Signal::USER_2]).unwrap();
    let refused = Watchdog::new().signal(Signal::USER_2).watch([]);
    assert!(matches!(refused, Err(WatchdogError::Signal(_))), "{refused:?}");
    // Two of ours share one.
    let first = Watchdog::new().watch([]).unwrap();
    let second = Watchdog::new().watch([]).unwrap();
    drop((first, second));
}

/// Jobs that start, end, have names, wait for one another and run one another, under signals without a pause.
#[test]
fn ten_thousand_signals_to_jobs_that_allocate_and_switch_do_no_harm() {
    let _watchdog = testkit::Watchdog::start(|| "signals without a pause".to_owned());
    let pool = GreenThreadPoolExecutor::builder().carriers(2).max_workers(8).build().unwrap();
    let signal = greenctx::CaptureSignal::urgent().unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let (handle, over) = (pool.handle(), is_over.clone());
    let busy = pool.submit(move || {
        while !over.load(Ordering::Acquire) {
            let named = handle.job().name(format!("{:?}", vec![1; 3])).submit(|| {
                yield_now();
                black_box(vec![7u8; 1000]).len()
            });
            // Waited for, so it runs on the waiter's own stack.
            named.unwrap().result().unwrap();
        }
    });
    let (mut signals, mut named) = (0, 0);
    while signals < 10_000 || named == 0 {
        for carrier in pool.carriers() {
            let within = if signals % 16 == 0 { Duration::from_secs(60) } else { Duration::ZERO };
            let capture = carrier.capture(signal, within);
            signals += 1;
            named += usize::from(
                capture.is_some_and(|capture| capture.name.is_some_and(|name| name == "[1, 1, 1]")),
            );
        }
    }
    is_over.store(true, Ordering::Release);
    busy.unwrap().result().unwrap();
}

/// In a child, since all watchdogs of a process are one thread.
#[test]
fn a_watchdog_does_not_stir_while_all_carriers_sleep() {
    if testkit::child::case().is_none() {
        let test = "watchdog::a_watchdog_does_not_stir_while_all_carriers_sleep";
        return testkit::child::succeeds(test, "idle");
    }
    let _watchdog = testkit::Watchdog::start(|| "a watchdog that is to be idle".to_owned());
    let pool = GreenThreadPoolExecutor::builder().carriers(2).build().unwrap();
    let (tell, told) = mpsc::channel();
    let watching = Watchdog::new().then(move |hog| drop(tell.send(hog.clone())));
    let _watching = watching.watch([pool.handle()]).unwrap();
    pool.submit(yield_now).unwrap().result().unwrap();
    // It had time for a dozen looks, and took none.
    loop {
        let before = switches_of_the_watchdog();
        std::thread::sleep(Duration::from_millis(120));
        if switches_of_the_watchdog() == before {
            break;
        }
    }
    // And yet it is there.
    let (end, ends) = mpsc::channel::<()>();
    let job = pool.submit(move || ends.recv().unwrap()).unwrap();
    told.iter().find(|hog| hog.job.is_some()).unwrap();
    end.send(()).unwrap();
    job.result().unwrap();
}

/// How often the watchdog's thread has gone to sleep. It takes its name when it begins to run.
fn switches_of_the_watchdog() -> u64 {
    let status_of_it = || {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let statuses =
            threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("status")));
        statuses.flatten().find(|status| status.contains("inspect-watch\n"))
    };
    let watchdog = std::iter::repeat_with(status_of_it).find_map(|it| it).unwrap();
    let count = watchdog.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    count.unwrap().trim().parse().unwrap()
}
