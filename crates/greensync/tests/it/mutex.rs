//! Mutual exclusion.

use std::time::Duration;

use greenctx::{JoinHandle, spawn, yield_now};
use greenstd::panics::contain;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use greensync::{Mutex, MutexGuard};

use crate::{let_others_run, on_another_carrier, on_carrier};
use testkit::Watchdog;

#[test]
fn one_at_a_time_holds_it_and_the_next_one_sees_what_it_wrote() {
    static VALUE: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    on_carrier(|| {
        let mut guard = VALUE.lock().unwrap();
        assert!(VALUE.try_lock().is_none());
        let waiting = spawn(|| VALUE.lock().unwrap().clone());
        let_others_run();
        assert!(!waiting.is_finished());
        guard.push(1);
        drop(guard);
        assert_eq!(waiting.join().unwrap(), [1]);
        assert!(VALUE.try_lock().is_some());
    });
}

#[test]
fn it_has_the_shape_of_stds() {
    let mut mutex = Mutex::from(3);
    *mutex.get_mut() += 1;
    assert_eq!(format!("{mutex:?}"), "Mutex { data: 4 }");
    let guard = mutex.lock().unwrap();
    assert_eq!(format!("{mutex:?} {guard:?} {guard}"), "Mutex { data: <locked> } 4 4");
    drop(guard);
    assert_eq!(mutex.into_inner(), 4);
    assert_eq!(*Mutex::<u8>::default().lock().unwrap(), 0);
    let unsized_value: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([1, 2, 3]));
    unsized_value.lock().unwrap()[1] = 5;
    assert_eq!(unsized_value.lock().unwrap().len(), 3);
}

#[test]
fn a_wait_with_a_limit_ends_by_it_and_leaves_the_lock_whole() {
    static MUTEX: Mutex<()> = Mutex::new(());
    let wait = || MUTEX.lock_timeout(Duration::from_millis(1)).unwrap().is_some();
    on_carrier(move || {
        let guard = MUTEX.lock().unwrap();
        assert!(!spawn(wait).join().unwrap());
        let past = greenstd::time::now();
        assert!(MUTEX.lock_deadline(past).unwrap().is_none());
        drop(guard);
        assert!(spawn(wait).join().unwrap());
        assert!(MUTEX.lock_deadline(past).unwrap().is_some(), "the answer wins");
    });
    let guard = MUTEX.lock().unwrap();
    assert!(!wait(), "on a plain thread");
    drop(guard);
    assert!(wait());
}

#[test]
fn a_panic_while_it_is_held_does_not_poison_it() {
    static MUTEX: Mutex<u8> = Mutex::new(0);
    on_carrier(|| {
        let waiting = spawn(|| {
            yield_now();
            *MUTEX.lock().unwrap()
        });
        let panicked = spawn(|| {
            let mut guard = MUTEX.lock().unwrap();
            *guard = 1;
            (0..3).for_each(|_| yield_now());
            panic!("while it is held");
        });
        assert!(panicked.join().is_err());
        assert_eq!(waiting.join().unwrap(), 1);
    });
    assert!(
        contain(|| {
            let _guard = MUTEX.lock();
            panic!("on a plain thread");
        })
        .is_err()
    );
    assert_eq!(*MUTEX.lock().unwrap(), 1);
}

/// Locks again and again, and waits while it holds the mutex. Says how often it has locked.
fn greedy(mutex: &'static Mutex<u64>, over: &'static AtomicBool) -> JoinHandle<()> {
    spawn(move || {
        while !over.load(Ordering::Relaxed) {
            let mut count = mutex.lock().expect("nobody cancels it");
            *count += 1;
            yield_now();
        }
    })
}

#[test]
fn a_waiter_is_overtaken_a_few_times_only() {
    static MUTEX: Mutex<u64> = Mutex::new(0);
    static OVER: AtomicBool = AtomicBool::new(false);
    on_carrier(|| {
        let greedy = greedy(&MUTEX, &OVER);
        yield_now();
        for _ in 0..100 {
            let waiting = spawn(|| {
                let before = *MUTEX.lock().unwrap();
                yield_now();
                before
            });
            let before = waiting.join().unwrap();
            let waiting = spawn(move || *MUTEX.lock().unwrap() - before);
            let overtakings = waiting.join().unwrap();
            assert!(overtakings <= 8, "{overtakings}");
        }
        OVER.store(true, Ordering::Relaxed);
        greedy.join().unwrap();
    });
}

#[test]
fn waiters_get_it_in_the_order_of_their_coming() {
    static MUTEX: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    on_carrier(|| {
        let guard = MUTEX.lock().unwrap();
        let waiting: Vec<_> = (0..20)
            .map(|number| {
                let waiting = spawn(move || {
                    let mut order = MUTEX.lock().unwrap();
                    order.push(number);
                    yield_now();
                });
                let_others_run();
                waiting
            })
            .collect();
        drop(guard);
        waiting.into_iter().for_each(|waiting| waiting.join().unwrap());
        assert_eq!(*MUTEX.lock().unwrap(), Vec::from_iter(0..20));
    });
}

#[test]
fn a_fair_unlock_hands_it_to_the_first_one_at_once() {
    static MUTEX: Mutex<u8> = Mutex::new(0);
    on_carrier(|| {
        let guard = MUTEX.lock().unwrap();
        MutexGuard::unlock_fair(guard);
        let guard = MUTEX.try_lock().expect("nobody waited");
        let waiting = spawn(|| *MUTEX.lock().unwrap() = 1);
        let_others_run();
        MutexGuard::unlock_fair(guard);
        assert!(MUTEX.try_lock().is_none());
        assert_eq!(*MUTEX.lock().unwrap(), 1, "the waiter came first");
        waiting.join().unwrap();
    });
}

#[test]
fn nobody_starves_beside_a_plain_thread_that_locks_all_the_time() {
    static MUTEX: Mutex<u64> = Mutex::new(0);
    static OVER: AtomicBool = AtomicBool::new(false);
    let _watchdog = Watchdog::start(|| String::from("a plain thread and two carriers"));
    let plain = greenstd::thread::spawn(|| {
        while !OVER.load(Ordering::Relaxed) {
            *MUTEX.lock().unwrap() += 1;
        }
    });
    let carriers = [(); 2].map(|()| {
        on_another_carrier(|| {
            let threads: Vec<_> = (0..5)
                .map(|_| spawn(|| (0..200).for_each(|_| *MUTEX.lock().unwrap() += 1)))
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        })
    });
    carriers.into_iter().for_each(|carrier| carrier.join().unwrap());
    OVER.store(true, Ordering::Relaxed);
    plain.join().unwrap();
    assert!(*MUTEX.lock().unwrap() >= 2000);
}

#[test]
fn waiters_that_give_up_all_the_time_lose_no_wake_up() {
    static MUTEX: Mutex<u64> = Mutex::new(0);
    static LOCKED: AtomicU64 = AtomicU64::new(0);
    crate::everywhere(|thread| {
        for round in 0..300u64 {
            let patience = Duration::from_micros((thread as u64 * 7 + round * 13) % 60);
            if let Some(mut value) = MUTEX.lock_timeout(patience).unwrap() {
                let before = *value;
                if round % 8 == 0 {
                    yield_now();
                }
                *value = before + 1;
                LOCKED.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let value = *MUTEX.lock().unwrap();
    assert_eq!(value, LOCKED.load(Ordering::Relaxed));
    assert!(value > 0);
}
