//! Executors that stand still, and those that only rest.

use std::sync::mpsc;
use std::time::Duration;

use executor::sync::{Mutex, bounded};
use executor::{GreenThreadPoolExecutor, Interrupted};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use inspect::{Inspect, InspectOptions, Stall, StallWatch, Stalls};
use testkit::Watchdog;

use crate::{pool, until_waits};

/// Tells of each standstill. What it is to tell of waits before: the way to a wait may take longer on a busy machine,
/// and is a standstill of its own.
fn watch(pool: &GreenThreadPoolExecutor) -> (StallWatch, mpsc::Receiver<Stall>) {
    let (tell, told) = mpsc::channel();
    let stalls = Stalls::new().after(Duration::from_millis(20));
    let watch = stalls.then(move |stall| tell.send(stall.clone()).unwrap()).watch([pool.handle()]);
    (watch.unwrap(), told)
}

#[test]
fn a_deadlock_is_told_as_a_standstill() {
    let _watchdog = Watchdog::start(|| "a deadlock that is to be told".to_owned());
    let pool = pool();
    let mutex = Arc::new(Mutex::new(()));
    let twice = pool.job().name("twice").fallible();
    let twice = twice.submit(move || {
        let _held = mutex.lock()?;
        mutex.lock().map(drop)
    });
    until_waits(&pool, "twice");
    let (_watch, told) = watch(&pool);
    let stall = told.recv().unwrap();
    let text = stall.to_string();
    assert!(text.starts_with("nothing has moved for "), "{text}");
    assert!(text.contains("deadlock: 1 thread waits for itself\n"), "{text}");
    twice.unwrap().cancel();
}

#[test]
fn a_deadlock_on_a_carrier_that_was_busy_is_told_when_it_answers() {
    let _watchdog = Watchdog::start(|| "a deadlock that is to be told".to_owned());
    let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(1).build().unwrap();
    let mutex = Arc::new(Mutex::new(()));
    let twice = pool.job().name("twice").fallible();
    let twice = twice.submit(move || {
        let _held = mutex.lock()?;
        mutex.lock().map(drop)
    });
    until_waits(&pool, "twice");
    let [answers, ends] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
    let (may_answer, is_over) = (answers.clone(), ends.clone());
    let hog = pool.submit(move || {
        while !may_answer.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        // Its carrier answers from now on, and nothing has moved.
        while !is_over.load(Ordering::Relaxed) {
            executor::yield_now();
        }
    });
    while pool.gauge().running < 2 {
        greenstd::thread::yield_now();
    }
    let (_watch, told) = watch(&pool);
    // As a rule, the watch has asked in vain before this is over.
    let patience = InspectOptions::new().patience(Duration::from_millis(2500));
    assert!(!pool.inspect_with(&patience).carriers[0].has_answered);
    assert!(told.try_recv().is_err());
    answers.store(true, Ordering::Relaxed);
    let text = told.recv().unwrap().to_string();
    assert!(text.contains("deadlock: 1 thread waits for itself\n"), "{text}");
    ends.store(true, Ordering::Relaxed);
    hog.unwrap().result().unwrap();
    twice.unwrap().cancel();
}

#[test]
fn a_full_channel_that_nobody_reads_is_told_once() {
    let _watchdog = Watchdog::start(|| "a full channel that is to be told".to_owned());
    let pool = pool();
    let (sender, receiver) = bounded::<u32>(0);
    let sends = pool.job().name("sends").submit(move || sender.send(1).is_err()).unwrap();
    until_waits(&pool, "sends");
    let (watch, told) = watch(&pool);
    let stall = told.recv().unwrap();
    assert!(stall.seen.deadlocks.is_empty());
    assert!(stall.to_string().contains("channel (send)"), "{stall}");
    drop(receiver);
    assert!(sends.result().unwrap());
    drop(watch);
    assert!(told.try_recv().is_err());
}

/// It waits for one message, so nothing moves; a second job shows that time enough has passed: it is told of that alone.
#[test]
fn a_job_that_waits_for_messages_only_rests() {
    let _watchdog = Watchdog::start(|| "a job that rests".to_owned());
    let (resting, stuck) = (pool(), pool());
    let (order, orders) = bounded::<u32>(1);
    let rests = resting.job().name("rests").submit(move || orders.recv().is_ok()).unwrap();
    until_waits(&resting, "rests");
    let (sender, receiver) = bounded::<u32>(0);
    let sends = stuck.job().name("sends").submit(move || sender.send(1).is_err()).unwrap();
    until_waits(&stuck, "sends");
    let (_quiet, quiet) = watch(&resting);
    for _ in 0..3 {
        let (_watch, told) = watch(&stuck);
        told.recv().unwrap();
    }
    assert!(quiet.try_recv().is_err());
    order.send(1).unwrap();
    drop(receiver);
    assert!(rests.result().unwrap() && sends.result().unwrap());
}

#[test]
fn one_wait_for_the_outside_explains_that_the_others_wait() {
    let _watchdog = Watchdog::start(|| "a job that sleeps".to_owned());
    let (resting, stuck) = (pool(), pool());
    let mutex = Arc::new(Mutex::new(()));
    let theirs = mutex.clone();
    let sleeps = resting.job().name("sleeps").fallible();
    let sleeps = sleeps.submit(move || {
        let _held = theirs.lock()?;
        executor::sleep(Duration::from_secs(1000))
    });
    let sleeps = sleeps.unwrap();
    until_waits(&resting, "sleeps");
    let waits = resting.job().name("waits").fallible().submit(move || mutex.lock().map(drop));
    let waits = waits.unwrap();
    until_waits(&resting, "waits");
    let (sender, receiver) = bounded::<u32>(0);
    let sends = stuck.job().name("sends").submit(move || sender.send(1).is_err()).unwrap();
    until_waits(&stuck, "sends");
    let (_quiet, quiet) = watch(&resting);
    for _ in 0..3 {
        let (_watch, told) = watch(&stuck);
        told.recv().unwrap();
    }
    assert!(quiet.try_recv().is_err());
    sleeps.cancel();
    drop(receiver);
    assert!(sends.result().unwrap());
    let _: Result<(), executor::TaskError<Interrupted>> = waits.result();
}
