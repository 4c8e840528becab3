//! Permits.

use std::time::Duration;

use greenctx::{JoinHandle, spawn};
use greenstd::panics::contain;
use greenstd::sync::Arc;
use greensync::{AcquireError, Mutex, Semaphore, TryAcquireError};

use crate::{let_others_run, on_carrier};

fn wait_for(
    semaphore: &'static Semaphore,
    count: usize,
    served: &'static Mutex<Vec<usize>>,
) -> JoinHandle<()> {
    let waiting = spawn(move || {
        let permit = semaphore.acquire_many(count).unwrap();
        served.lock().unwrap().push(count);
        permit.forget();
    });
    let_others_run();
    waiting
}

#[test]
fn permits_are_taken_and_given_back() {
    let semaphore = Semaphore::new(3);
    let two = semaphore.try_acquire_many(2).unwrap();
    assert_eq!((two.count(), semaphore.available_permits()), (2, 1));
    assert_eq!(semaphore.try_acquire_many(2).unwrap_err(), TryAcquireError::NoPermits);
    let one = semaphore.try_acquire().unwrap();
    drop(two);
    assert_eq!(semaphore.available_permits(), 2);
    one.forget();
    assert_eq!(semaphore.available_permits(), 2);
    semaphore.add_permits(4);
    assert_eq!(semaphore.available_permits(), 6);
    assert!(format!("{semaphore:?}").contains("permits: 6"));
}

#[test]
fn a_large_request_is_not_overtaken_by_small_ones() {
    static SEMAPHORE: Semaphore = Semaphore::new(1);
    static SERVED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    on_carrier(|| {
        let large = wait_for(&SEMAPHORE, 3, &SERVED);
        let small = wait_for(&SEMAPHORE, 1, &SERVED);
        assert_eq!(SEMAPHORE.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
        assert_eq!(*SERVED.lock().unwrap(), []);
        SEMAPHORE.add_permits(1);
        let_others_run();
        assert_eq!(*SERVED.lock().unwrap(), []);
        SEMAPHORE.add_permits(2);
        large.join().unwrap();
        small.join().unwrap();
        assert_eq!(*SERVED.lock().unwrap(), [3, 1]);
    });
}

#[test]
fn requests_are_served_in_the_order_of_their_coming() {
    static SEMAPHORE: Semaphore = Semaphore::new(0);
    static SERVED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    on_carrier(|| {
        let waiting = [2, 1, 4, 3].map(|count| wait_for(&SEMAPHORE, count, &SERVED));
        SEMAPHORE.add_permits(3);
        let_others_run();
        SEMAPHORE.add_permits(7);
        waiting.into_iter().for_each(|waiting| waiting.join().unwrap());
        assert_eq!(*SERVED.lock().unwrap(), [2, 1, 4, 3]);
        assert_eq!(SEMAPHORE.available_permits(), 0);
    });
}

#[test]
fn a_large_request_that_gives_up_lets_those_behind_it_pass() {
    static SEMAPHORE: Semaphore = Semaphore::new(1);
    static SERVED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    on_carrier(|| {
        let large = spawn(|| SEMAPHORE.acquire_many(3).map(drop));
        let_others_run();
        let small = wait_for(&SEMAPHORE, 1, &SERVED);
        assert!(!small.is_finished());
        large.thread().cancel();
        assert!(matches!(large.join().unwrap(), Err(AcquireError::Interrupted(_))));
        small.join().unwrap();
    });
}

#[test]
fn after_the_closing_nobody_gets_any() {
    static SEMAPHORE: Semaphore = Semaphore::new(1);
    on_carrier(|| {
        let held = SEMAPHORE.acquire().unwrap();
        let waiting = spawn(|| SEMAPHORE.acquire().map(drop));
        let_others_run();
        SEMAPHORE.close();
        assert!(SEMAPHORE.is_closed());
        assert_eq!(waiting.join().unwrap(), Err(AcquireError::Closed));
        drop(held);
        assert_eq!(SEMAPHORE.available_permits(), 1);
        assert_eq!(SEMAPHORE.acquire().unwrap_err(), AcquireError::Closed);
        assert_eq!(SEMAPHORE.try_acquire().unwrap_err(), TryAcquireError::Closed);
    });
}

#[test]
fn an_owned_permit_outlives_whoever_took_it() {
    on_carrier(|| {
        let semaphore = Arc::new(Semaphore::new(2));
        let theirs = semaphore.clone();
        let permit = spawn(move || theirs.acquire_many_owned(2).unwrap()).join().unwrap();
        assert_eq!((permit.count(), permit.semaphore().available_permits()), (2, 0));
        assert!(semaphore.clone().try_acquire_owned().is_err());
        drop(permit);
        assert_eq!(semaphore.clone().acquire_owned().unwrap().count(), 1);
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn a_wait_with_a_limit_ends_by_it() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.acquire_timeout(Duration::ZERO).unwrap().unwrap();
    assert!(semaphore.acquire_timeout(Duration::from_millis(1)).unwrap().is_none());
    drop(held);
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn a_permit_is_given_back_by_a_panic() {
    let semaphore = Semaphore::new(1);
    let panicked = contain(|| {
        let _permit = semaphore.acquire().unwrap();
        panic!("while it is held");
    });
    assert!(panicked.is_err());
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn more_permits_than_can_be_counted_are_refused() {
    let semaphore = Semaphore::new(usize::MAX - 1);
    semaphore.add_permits(1);
    assert!(contain(|| semaphore.add_permits(1)).is_err());
    assert_eq!(semaphore.available_permits(), usize::MAX);
}
