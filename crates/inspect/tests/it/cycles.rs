//! Deadlocks that an inspection tells.

use std::time::Duration;

use executor::sync::{Barrier, Mutex, RwLock, bounded};
use executor::{GreenThreadPoolExecutor, Interrupted, Load, TaskHandle, Verdict};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use inspect::{Deadlock, Inspect, InspectOptions, ThreadView, inspect_all_with};
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

/// Inspects until there is a deadlock among these executors: that, and the whole text.
fn deadlock_among(pools: &[&GreenThreadPoolExecutor]) -> (Deadlock, String) {
    let _watchdog = Watchdog::start(|| "a deadlock that is to be seen".to_owned());
    let options = InspectOptions::new().stacks(false);
    loop {
        let seen = inspect_all_with(pools.iter().map(|pool| pool.handle()), &options);
        if let [found] = &seen.deadlocks[..] {
            return (found.clone(), seen.to_string());
        }
    }
}

fn names(found: &Deadlock) -> Vec<&str> {
    let mut names: Vec<&str> = found.waits.iter().map(|link| link.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// A pool in which one job runs at a time.
fn narrow(name: &str) -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder().name(name).carriers(1).max_workers(1).build().unwrap()
}

#[test]
fn two_full_executors_whose_jobs_wait_for_each_others_are_a_deadlock() {
    let (shop, bank) = (narrow("shop"), narrow("bank"));
    let both_run = Arc::new(Barrier::new(2));
    let asks = |of: &GreenThreadPoolExecutor, other: &GreenThreadPoolExecutor, name: &str| {
        let (other, met) = (other.handle(), both_run.clone());
        let asks = move || {
            met.wait().ok()?;
            other.job().name("answer").submit(|| 1).ok()?.result().ok()
        };
        of.job().name(name).submit(asks).unwrap()
    };
    let (order, payment) = (asks(&shop, &bank, "order"), asks(&bank, &shop, "payment"));
    let (found, text) = deadlock_among(&[&shop, &bank]);
    assert!(found.is_certain, "{text}");
    assert_eq!(names(&found), ["order", "payment"]);
    assert!(text.starts_with("deadlock: 2 threads wait for one another\n"), "{text}");
    let asked = "'order' of 'shop' waits for job at ";
    assert!(text.contains(asked), "{text}");
    assert!(text.contains(": answer of 'bank', which is queued\n"), "{text}");
    // One of them alone does not know.
    assert!(shop.inspect().deadlocks.is_empty());
    order.cancel();
    assert_eq!(order.result().unwrap(), None);
    assert_eq!(payment.result().unwrap(), Some(1));
}

#[test]
fn a_job_that_waits_for_room_where_the_jobs_wait_for_it_is_in_a_deadlock() {
    let bank = GreenThreadPoolExecutor::builder()
        .name("bank")
        .max_workers(1)
        .check_and_reject(executor::reject_when_reached(0))
        .build()
        .unwrap();
    let shop = narrow("shop");
    let (tell, told) = bounded::<TaskHandle>(1);
    let payment = bank.job().name("payment").submit(move || told.recv().unwrap().wait()).unwrap();
    let theirs = bank.handle();
    let order = shop.job().name("order");
    let order = order.submit(move || theirs.submit_wait(|| 1).map(drop).is_err()).unwrap();
    tell.send(order.handle()).unwrap();
    let (found, text) = deadlock_among(&[&shop, &bank]);
    assert!(found.is_certain, "{text}");
    assert_eq!(names(&found), ["order", "payment"]);
    assert!(text.contains("waits for room in a backlog at "), "{text}");
    order.cancel();
    payment.result().unwrap().unwrap();
}

#[test]
fn a_hook_of_the_user_makes_a_wait_for_room_less_than_certain() {
    let bank = GreenThreadPoolExecutor::builder()
        .name("bank")
        .max_workers(1)
        .check_and_reject(|load: &Load| match load.running {
            0 => Verdict::Accept,
            _ => Verdict::Reject,
        })
        .build()
        .unwrap();
    let shop = narrow("shop");
    let (tell, told) = bounded::<TaskHandle>(1);
    let payment = bank.job().name("payment").submit(move || told.recv().unwrap().wait()).unwrap();
    crate::until_waits(&bank, "payment");
    let theirs = bank.handle();
    let order = shop.job().name("order");
    let order = order.submit(move || theirs.submit_wait(|| 1).map(drop).is_err()).unwrap();
    tell.send(order.handle()).unwrap();
    let (found, text) = deadlock_among(&[&shop, &bank]);
    assert!(!found.is_certain && text.starts_with("perhaps a deadlock: 2 threads"), "{text}");
    order.cancel();
    payment.result().unwrap().unwrap();
}

#[test]
fn a_writer_of_a_rwlock_is_known_as_its_holder() {
    let pool = pool();
    let (lock, mutex) = (Arc::new(RwLock::new(())), Arc::new(Mutex::new(())));
    let both_have_one = Arc::new(Barrier::new(2));
    let (theirs, met) = ((lock.clone(), mutex.clone()), both_have_one.clone());
    let writer = pool.job().name("writer").fallible();
    let writer = writer.submit(move || {
        let _written = theirs.0.write()?;
        met.wait()?;
        theirs.1.lock().map(drop)
    });
    let reader = pool.job().name("reader").fallible();
    let reader = reader.submit(move || {
        let _locked = mutex.lock()?;
        both_have_one.wait()?;
        lock.read().map(drop)
    });
    let (names, text) = deadlock(&pool);
    assert_eq!(names, ["reader", "writer"]);
    assert!(text.contains("'reader' waits for rwlock (read) at "), "{text}");
    assert!(text.contains(": locked by 'writer' at "), "{text}");
    writer.unwrap().cancel();
    reader.unwrap().result().unwrap();
}

#[test]
fn those_that_wait_for_a_deadlock_are_counted_and_not_in_it() {
    let pool = pool();
    let mutex = Arc::new(Mutex::new(()));
    let theirs = mutex.clone();
    let twice = pool.job().name("twice").fallible();
    let twice = twice.submit(move || {
        let _held = theirs.lock()?;
        theirs.lock().map(drop)
    });
    let twice = twice.unwrap();
    crate::until_waits(&pool, "twice");
    let behind: Vec<_> = (0..3)
        .map(|_| {
            let theirs = mutex.clone();
            pool.try_submit(move || theirs.lock().map(drop)).unwrap()
        })
        .collect();
    let found = loop {
        let found = deadlock_among(&[&pool]);
        if found.0.behind == 3 {
            break found;
        }
    };
    assert_eq!(names(&found.0), ["twice"]);
    assert!(found.1.contains("waits for itself\n"), "{}", found.1);
    assert!(found.1.contains("3 other threads wait for them\n"), "{}", found.1);
    twice.cancel();
    behind.into_iter().for_each(|job| job.result().unwrap());
}

#[test]
fn a_wait_with_a_limit_is_in_no_deadlock() {
    let pool = pool();
    let mutex = Arc::new(Mutex::new(()));
    let limited = pool.job().name("limited").fallible();
    let limited = limited.submit(move || {
        let _held = mutex.lock()?;
        executor::with_timeout(Duration::from_secs(1000), || mutex.lock().map(drop))
    });
    let limited = limited.unwrap();
    let (inspection, view) = crate::until_waits(&pool, "limited");
    assert!(view.at_most.is_some() && inspection.deadlocks.is_empty(), "{inspection}");
    limited.cancel();
}

/// Threads that lock and unlock in a good order hold what others wait for, at each moment others: a look that takes what
/// it has seen one after the other for one moment would see cycles.
#[test]
fn no_deadlock_is_invented_while_locks_and_jobs_change_hands() {
    let _watchdog = Watchdog::start(|| "locks that change hands".to_owned());
    let pools = [narrow("shop"), pool()];
    let locks: Arc<Vec<_>> = Arc::new((0..3).map(|_| Mutex::new(())).collect());
    let ends = Arc::new(AtomicBool::new(false));
    let jobs: Vec<_> = (0..40)
        .map(|number: usize| {
            let (locks, ends, other) = (locks.clone(), ends.clone(), pools[0].handle());
            let goes_on = move || -> Result<(), Interrupted> {
                while !ends.load(Ordering::Relaxed) {
                    let first = locks[number % 2].lock()?;
                    executor::yield_now();
                    let _second = locks[number % 2 + 1].lock()?;
                    executor::yield_now();
                    drop(first);
                    if number == 0 {
                        let _ = other.submit(executor::yield_now).map(|job| job.result());
                    }
                }
                Ok(())
            };
            pools[1].try_submit(goes_on).unwrap()
        })
        .collect();
    let options = InspectOptions::new().stacks(false);
    let look = |_| inspect_all_with(pools.iter().map(GreenThreadPoolExecutor::handle), &options);
    let invented = (0..300).map(look).find(|seen| !seen.deadlocks.is_empty());
    ends.store(true, Ordering::Relaxed);
    jobs.into_iter().for_each(|job| job.result().unwrap());
    assert!(invented.is_none(), "{}", invented.unwrap());
}
