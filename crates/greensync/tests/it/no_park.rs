//! Waiting where it is forbidden panics, and leaves the lock as it was.

use std::time::Duration;

use greenctx::{no_park, spawn};
use greenstd::panics::{contain, message};
use greensync::{Barrier, Condvar, Event, Mutex, OnceCell, RwLock, Semaphore, WaitGroup};

use crate::{let_others_run, on_carrier};

#[track_caller]
fn forbidden<R>(what: impl FnOnce() -> R) {
    let payload = contain(|| no_park(what)).map(|_| ()).expect_err("it was allowed");
    let text = message(&*payload).expect("the panic has a text");
    assert!(text.contains("no_park"), "{text}");
}

#[test]
fn a_mutex_is_whole_after_it() {
    on_carrier(|| {
        let mutex = Mutex::new(0);
        let guard = mutex.lock().unwrap();
        forbidden(|| mutex.lock().map(drop));
        forbidden(|| mutex.lock_timeout(Duration::ZERO).map(drop));
        drop(guard);
        assert!(no_park(|| mutex.lock().is_ok()), "it need not wait");
        assert!(mutex.try_lock().is_some());
    });
}

#[test]
fn a_reader_writer_lock_is_whole_after_it() {
    on_carrier(|| {
        let lock = RwLock::new(0);
        let guard = lock.read().unwrap();
        forbidden(|| lock.write().map(drop));
        assert!(lock.try_read().is_some(), "no writer waits");
        drop(guard);
        let guard = lock.write().unwrap();
        forbidden(|| lock.read().map(drop));
        drop(guard);
        assert!(lock.try_write().is_some());
    });
}

#[test]
fn a_condition_variable_unlocks_its_mutex() {
    on_carrier(|| {
        let (mutex, changed) = (Mutex::new(0), Condvar::new());
        forbidden(|| changed.wait(mutex.lock().unwrap()).map(drop));
        assert!(mutex.try_lock().is_some());
        changed.notify_all();
    });
}

#[test]
fn a_semaphore_keeps_its_permits() {
    on_carrier(|| {
        let semaphore = Semaphore::new(1);
        forbidden(|| semaphore.acquire_many(2).map(drop));
        assert_eq!(semaphore.available_permits(), 1);
        assert!(semaphore.try_acquire().is_ok(), "nobody waits before it");
    });
}

#[test]
fn a_barrier_does_not_count_it() {
    static BARRIER: Barrier = Barrier::new(2);
    on_carrier(|| {
        forbidden(|| BARRIER.wait());
        let waiting = spawn(|| BARRIER.wait().unwrap().is_leader());
        let_others_run();
        assert!(!waiting.is_finished());
        assert!(BARRIER.wait().unwrap().is_leader());
        assert!(!waiting.join().unwrap());
    });
}

#[test]
fn the_others_are_whole_after_it_too() {
    static CELL: OnceCell<u8> = OnceCell::new();
    on_carrier(|| {
        let event = Event::auto_reset();
        forbidden(|| event.wait());
        event.set();
        assert!(event.is_set(), "nobody waited");

        let group = WaitGroup::new();
        let other = group.clone();
        forbidden(|| other.wait());
        assert!(group.wait().is_ok());

        forbidden(|| CELL.wait().map(drop));
        let maker = spawn(|| {
            CELL.get_or_init(|| {
                let_others_run();
                1
            })
            .map(drop)
        });
        greenctx::yield_now();
        forbidden(|| CELL.get_or_init(|| 2).map(drop));
        maker.join().unwrap().unwrap();
        assert_eq!(CELL.get(), Some(&1));
    });
}
