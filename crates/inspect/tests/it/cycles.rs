//! Deadlocks that an inspection tells.

use executor::sync::{Barrier, Mutex, bounded};
use executor::{Interrupted, TaskHandle};
use greenstd::sync::Arc;
use inspect::{Inspect, InspectOptions, ThreadView};
use testkit::Watchdog;

use crate::pool;

/// Inspects until there is a deadlock; the names in it, in their order, beginning with the least.
fn deadlock(pool: &executor::GreenThreadPoolExecutor) -> (Vec<String>, String) {
    let _watchdog = Watchdog::start(|| "a deadlock that is to be seen".to_owned());
    let options = InspectOptions::new().stacks(false);
    loop {
        let inspection = pool.inspect_with(&options);
        if let [cycle] = &inspection.cycles()[..] {
            let name = |thread: &&ThreadView| thread.name.clone();
            let mut names: Vec<String> = cycle.iter().map(name).collect();
            let least = names.iter().enumerate().min_by_key(|(_, name)| (*name).clone()).unwrap().0;
            names.rotate_left(least);
            return (names, inspection.to_string());
        }
    }
}

#[test]
fn two_jobs_that_lock_in_different_orders_are_a_cycle() {
    let pool = pool();
    let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
    let both_have_one = Arc::new(Barrier::new(2));
    let locks_both = |first: &Arc<Mutex<()>>, second: &Arc<Mutex<()>>| {
        let (first, second, met) = (first.clone(), second.clone(), both_have_one.clone());
        move || {
            let _first = first.lock()?;
            met.wait()?;
            second.lock().map(drop)
        }
    };
    let one = pool.job().name("one").submit(locks_both(&a, &b)).unwrap();
    let other = pool.job().name("other").submit(locks_both(&b, &a)).unwrap();
    let (names, text) = deadlock(&pool);
    assert_eq!(names, ["one", "other"]);
    assert!(text.contains("deadlock: 2 threads wait for one another\n"), "{text}");
    assert!(text.contains("'one' waits for mutex at "), "{text}");
    one.cancel();
    let _: Result<_, Interrupted> = other.result().unwrap();
}

#[test]
fn two_jobs_that_wait_for_each_others_result_are_a_cycle() {
    let pool = pool();
    let waits = |name: &str| {
        let (tell, told) = bounded::<TaskHandle>(1);
        let job = pool.job().name(name).submit(move || told.recv().unwrap().wait()).unwrap();
        (job, tell)
    };
    let ((one, tell_one), (other, tell_other)) = (waits("one"), waits("other"));
    // Both have started, or one would run the other on its own stack.
    crate::until_waits(&pool, "one");
    crate::until_waits(&pool, "other");
    tell_one.send(other.handle()).unwrap();
    tell_other.send(one.handle()).unwrap();
    let (names, _) = deadlock(&pool);
    assert_eq!(names, ["one", "other"]);
    one.cancel();
    other.result().unwrap().unwrap();
}

#[test]
fn a_chain_that_ends_is_no_cycle() {
    let pool = pool();
    let (sender, receiver) = bounded::<()>(1);
    let last = pool.job().name("last").submit(move || receiver.recv()).unwrap();
    let handle = last.handle();
    let first = pool.job().name("first").submit(move || handle.wait()).unwrap();
    crate::until_waits(&pool, "last");
    let (inspection, _) = crate::until_waits(&pool, "first");
    assert!(inspection.cycles().is_empty());
    sender.send(()).unwrap();
    first.result().unwrap().unwrap();
}
