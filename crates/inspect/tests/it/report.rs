//! The report as a whole: groups, limits, what is queued, carriers that are busy.

use std::time::Duration;

use executor::GreenThreadPoolExecutor;
use executor::sync::Event;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};
use inspect::{Inspect, InspectOptions, Inspection};
use testkit::Watchdog;

use crate::{patient, pool, until_waits};

/// A pool with `count` jobs that wait for an event.
fn waiting(count: usize) -> (GreenThreadPoolExecutor, Arc<Event>, Vec<executor::GreenFuture<()>>) {
    let pool = GreenThreadPoolExecutor::builder().carriers(2).max_workers(count).build().unwrap();
    let event = Arc::new(Event::new());
    let jobs = (0..count).map(|_| {
        let event = event.clone();
        pool.submit(move || event.wait().unwrap()).unwrap()
    });
    let jobs = jobs.collect();
    let without_stacks = InspectOptions::new().stacks(false);
    while pool.inspect_with(&without_stacks).jobs().filter(|job| job.waits_for.is_some()).count()
        < count
    {}
    (pool, event, jobs)
}

#[test]
fn thousands_of_jobs_that_do_the_same_are_one_paragraph() {
    let _watchdog = Watchdog::start(|| "many jobs".to_owned());
    let (pool, event, jobs) = waiting(3000);
    let inspection = pool.inspect_with(&patient());
    let text = inspection.to_string();
    assert!(text.contains("\n3000 jobs wait for event at "), "{text}");
    assert!(text.lines().count() < 60, "{text}");
    assert!(inspection.stacks.len() < 20);
    event.set();
    jobs.into_iter().for_each(|job| job.result().unwrap());
}

#[test]
fn a_report_survives_json() {
    let _watchdog = Watchdog::start(|| "a few jobs".to_owned());
    let (pool, event, jobs) = waiting(3);
    let inspection = pool.inspect();
    let json = serde_json::to_string(&inspection).unwrap();
    assert_eq!(serde_json::from_str::<Inspection>(&json).unwrap(), inspection);
    event.set();
    jobs.into_iter().for_each(|job| job.result().unwrap());
}

#[test]
fn options_leave_out_stacks_and_threads() {
    let _watchdog = Watchdog::start(|| "a few jobs".to_owned());
    let (pool, event, jobs) = waiting(10);
    let bare = pool.inspect_with(&patient().stacks(false));
    assert!(bare.stacks.is_empty() && bare.threads.iter().all(|thread| thread.stack.is_none()));
    assert_eq!(bare.jobs().count(), 10);
    let few = pool.inspect_with(&patient().limit(4));
    assert_eq!((few.threads.len(), few.is_cut_short), (4, true));
    let old = pool.inspect_with(&InspectOptions::new().longer_than(Duration::from_secs(3600)));
    assert!(old.threads.is_empty() && !old.is_cut_short);
    event.set();
    jobs.into_iter().for_each(|job| job.result().unwrap());
}

#[test]
fn a_job_may_inspect_its_own_executor() {
    let _watchdog = Watchdog::start(|| "a job that inspects".to_owned());
    let pool =
        GreenThreadPoolExecutor::builder().carriers(1).stack_size(32 * 1024).build().unwrap();
    let handle = pool.handle();
    let own = pool.job().name("curious").submit(move || handle.inspect_with(&patient())).unwrap();
    let inspection = own.result().unwrap();
    let curious = inspection.jobs().find(|job| job.name == "curious").unwrap();
    assert!(curious.waits_for.is_some(), "{inspection}");
}

#[test]
fn queued_jobs_are_counted_and_the_first_ones_named() {
    let _watchdog = Watchdog::start(|| "queued jobs".to_owned());
    let pool = GreenThreadPoolExecutor::builder().max_workers(1).build().unwrap();
    let event = Arc::new(Event::new());
    let theirs = event.clone();
    let busy = pool.job().name("busy").submit(move || theirs.wait().unwrap()).unwrap();
    until_waits(&pool, "busy");
    let queued: Vec<_> =
        (0..20).map(|n| pool.job().name(format!("next-{n}")).submit(|| ()).unwrap()).collect();
    let inspection = pool.inspect();
    assert_eq!(inspection.queued.count, 20);
    assert!(inspection.queued.first[0].starts_with("next-0 ("), "{inspection}");
    assert!(inspection.to_string().contains("20 jobs queued"), "{inspection}");
    event.set();
    busy.result().unwrap();
    queued.into_iter().for_each(|job| job.result().unwrap());
}

#[test]
fn a_busy_carrier_is_named_with_its_job() {
    let _watchdog = Watchdog::start(|| "a busy job".to_owned());
    let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let (spins, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let theirs = (spins.clone(), ends.clone());
    let busy = pool.submit(move || {
        theirs.0.store(true, Ordering::Relaxed);
        while !theirs.1.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    });
    let busy = busy.unwrap();
    while !spins.load(Ordering::Relaxed) {
        greenstd::thread::yield_now();
    }
    let hasty = InspectOptions::new().patience(Duration::from_millis(1));
    let inspection = pool.inspect_with(&hasty);
    assert!(!inspection.carriers[0].has_answered);
    assert_eq!(inspection.carriers[0].running, Some(busy.handle().id()));
    let text = inspection.to_string();
    assert!(text.contains(&format!("job-{} keeps it busy", busy.handle().id())), "{text}");
    ends.store(true, Ordering::Relaxed);
    busy.result().unwrap();
}

#[test]
fn an_executor_that_has_ended_is_empty() {
    let pool = pool();
    let handle = pool.handle();
    drop(pool);
    let inspection = handle.inspect();
    assert!(inspection.threads.is_empty() && inspection.carriers.is_empty());
}
