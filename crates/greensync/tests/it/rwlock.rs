//! Many readers or one writer.

use std::time::Duration;

use greenctx::{spawn, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use greensync::{RwLock, RwLockWriteGuard};

use crate::{let_others_run, on_another_carrier, on_carrier};
use testkit::Watchdog;

#[test]
fn many_read_or_one_writes() {
    on_carrier(|| {
        let lock = RwLock::new(1);
        let (one, two) = (lock.read().unwrap(), lock.read().unwrap());
        assert!(lock.try_read().is_some());
        assert!(lock.try_write().is_none());
        drop((one, two));
        let mut guard = lock.try_write().unwrap();
        *guard = 2;
        assert!(lock.try_read().is_none() && lock.try_write().is_none());
        drop(guard);
        assert_eq!(*lock.read().unwrap(), 2);
    });
}

#[test]
fn it_has_the_shape_of_stds() {
    let mut lock = RwLock::from(3);
    *lock.get_mut() += 1;
    assert_eq!(format!("{lock:?}"), "RwLock { data: 4 }");
    let guard = lock.write().unwrap();
    assert_eq!(format!("{lock:?} {guard:?} {guard}"), "RwLock { data: <locked> } 4 4");
    drop(guard);
    assert_eq!(format!("{}", lock.read().unwrap()), "4");
    assert_eq!(lock.into_inner(), 4);
    assert_eq!(*RwLock::<u8>::default().read().unwrap(), 0);
}

#[test]
fn a_writer_does_not_starve_among_readers_that_overlap() {
    static LOCK: RwLock<u64> = RwLock::new(0);
    static OVER: AtomicBool = AtomicBool::new(false);
    on_carrier(|| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                spawn(|| {
                    while !OVER.load(Ordering::Relaxed) {
                        let guard = LOCK.read().unwrap();
                        (0..4).for_each(|_| yield_now());
                        drop(guard);
                    }
                })
            })
            .collect();
        yield_now();
        assert!(LOCK.try_write().is_none());
        for _ in 0..50 {
            *LOCK.write().unwrap() += 1;
        }
        OVER.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        assert_eq!(*LOCK.read().unwrap(), 50);
    });
}

#[test]
fn a_reader_waits_for_one_writer_at_most() {
    static LOCK: RwLock<u64> = RwLock::new(0);
    static OVER: AtomicBool = AtomicBool::new(false);
    on_carrier(|| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                spawn(|| {
                    while !OVER.load(Ordering::Relaxed) {
                        *LOCK.write().unwrap() += 1;
                        yield_now();
                    }
                })
            })
            .collect();
        yield_now();
        let guard = LOCK.write().unwrap();
        let before = *guard;
        let reader = spawn(|| *LOCK.read().unwrap());
        let_others_run();
        drop(guard);
        assert_eq!(reader.join().unwrap(), before, "it comes before the writers that wait");
        OVER.store(true, Ordering::Relaxed);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_writer_that_gives_up_lets_the_readers_behind_it_in() {
    static LOCK: RwLock<u8> = RwLock::new(0);
    on_carrier(|| {
        let guard = LOCK.read().unwrap();
        let writer = spawn(|| LOCK.write().map(drop));
        let_others_run();
        assert!(LOCK.try_read().is_none(), "a writer waits");
        let reader = spawn(|| LOCK.read().map(|value| *value));
        let_others_run();
        assert!(!reader.is_finished());
        writer.thread().cancel();
        assert!(writer.join().unwrap().is_err());
        assert_eq!(reader.join().unwrap(), Ok(0), "beside the first reader");
        drop(guard);
        assert!(LOCK.try_write().is_some());
    });
}

#[test]
fn a_writer_goes_on_as_a_reader() {
    static LOCK: RwLock<u8> = RwLock::new(0);
    on_carrier(|| {
        let mut guard = LOCK.write().unwrap();
        let reader = spawn(|| *LOCK.read().unwrap());
        let writer = spawn(|| *LOCK.write().unwrap() = 2);
        let_others_run();
        *guard = 1;
        let guard = RwLockWriteGuard::downgrade(guard);
        assert_eq!(reader.join().unwrap(), 1);
        let_others_run();
        assert!(!writer.is_finished());
        assert_eq!(*guard, 1);
        drop(guard);
        writer.join().unwrap();
        assert_eq!(*LOCK.read().unwrap(), 2);
    });
}

#[test]
fn waits_with_a_limit_end_by_it() {
    on_carrier(|| {
        let lock = RwLock::new(0);
        let guard = lock.write().unwrap();
        assert!(lock.read_timeout(Duration::from_millis(1)).unwrap().is_none());
        assert!(lock.write_timeout(Duration::from_millis(1)).unwrap().is_none());
        drop(guard);
        assert!(lock.read_timeout(Duration::ZERO).unwrap().is_some());
        assert!(lock.write_timeout(Duration::ZERO).unwrap().is_some());
    });
}

#[test]
fn a_panicking_writer_does_not_poison_it() {
    static LOCK: RwLock<u8> = RwLock::new(0);
    on_carrier(|| {
        let writer = spawn(|| {
            let mut guard = LOCK.write().unwrap();
            *guard = 1;
            panic!("while it writes");
        });
        assert!(writer.join().is_err());
        assert_eq!(*LOCK.read().unwrap(), 1);
        assert!(LOCK.try_write().is_some());
    });
}

#[test]
fn those_that_give_up_all_the_time_lose_no_wake_up() {
    static LOCK: RwLock<u64> = RwLock::new(0);
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    crate::everywhere(|thread| {
        for round in 0..300u64 {
            let patience = Duration::from_micros((thread as u64 * 7 + round * 13) % 60);
            if (thread as u64 + round).is_multiple_of(2) {
                if let Some(mut value) = LOCK.write_timeout(patience).unwrap() {
                    *value += 1;
                    WRITTEN.fetch_add(1, Ordering::Relaxed);
                }
            } else if let Some(value) = LOCK.read_timeout(patience).unwrap() {
                if round % 8 == 0 {
                    yield_now();
                }
                drop(value);
            }
        }
    });
    assert_eq!(*LOCK.try_read().unwrap(), WRITTEN.load(Ordering::Relaxed));
}

#[test]
fn nobody_starves_between_carriers() {
    static LOCK: RwLock<u64> = RwLock::new(0);
    static OVER: AtomicBool = AtomicBool::new(false);
    let _watchdog = Watchdog::start(|| String::from("a plain reader and a carrier of writers"));
    let reader = greenstd::thread::spawn(|| {
        while !OVER.load(Ordering::Relaxed) {
            drop(LOCK.read().unwrap());
        }
    });
    let writers = on_another_carrier(|| {
        let threads: Vec<_> =
            (0..5).map(|_| spawn(|| (0..200).for_each(|_| *LOCK.write().unwrap() += 1))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    writers.join().unwrap();
    OVER.store(true, Ordering::Relaxed);
    reader.join().unwrap();
    assert_eq!(*LOCK.read().unwrap(), 1000);
}

/// It cannot go on before the writer, nor the writer before it.
#[test]
fn a_reader_that_locks_again_while_a_writer_waits_is_let_go_by_its_deadline_only() {
    on_carrier(|| {
        let lock = Arc::new(RwLock::new(0));
        let first = lock.read().unwrap();
        let writing = spawn({
            let lock = lock.clone();
            move || *lock.write().unwrap() += 1
        });
        let_others_run();
        assert!(lock.try_read().is_none(), "a writer waits");
        assert!(lock.read_timeout(Duration::from_millis(1)).unwrap().is_none());
        let again = greenctx::with_timeout(Duration::from_millis(1), || lock.read().map(drop));
        assert!(again.unwrap_err().is_timed_out());
        drop(first);
        writing.join().unwrap();
        assert_eq!(*lock.read().unwrap(), 1);
    });
}
