//! Cancellation and deadlines at every waiting point.

use std::time::Duration;

use greenctx::{JoinHandle, current, park, sleep, spawn, with_timeout};
use greenstd::sync::Arc;
use greensync::{
    AcquireError, Barrier, Condvar, Event, Interrupted, LazyLock, Mutex, OnceCell, RwLock,
    Semaphore, WaitGroup,
};

use crate::{let_others_run, on_carrier};
use testkit::Watchdog;

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(2);

type Wait = fn() -> Result<(), Interrupted>;

fn never(error: AcquireError) -> Interrupted {
    match error {
        AcquireError::Interrupted(interrupted) => interrupted,
        AcquireError::Closed => panic!("it was not closed"),
    }
}

fn locked() -> Mutex<u8> {
    let mutex = Mutex::new(0);
    std::mem::forget(mutex.lock());
    mutex
}

fn written() -> RwLock<u8> {
    let lock = RwLock::new(0);
    std::mem::forget(lock.write());
    lock
}

fn read() -> RwLock<u8> {
    let lock = RwLock::new(0);
    std::mem::forget(lock.read());
    lock
}

/// Every way to wait, each for what does not come.
const WAITS: [Wait; 19] = [
    || locked().lock().map(drop),
    || locked().lock_timeout(LONG).map(drop),
    || locked().lock_deadline(greenstd::time::now() + LONG).map(drop),
    || written().read().map(drop),
    || written().read_timeout(LONG).map(drop),
    || written().write().map(drop),
    || read().write().map(drop),
    || read().write_timeout(LONG).map(drop),
    || Condvar::new().wait(Mutex::new(0).lock()?).map(drop),
    || Condvar::new().wait_while(Mutex::new(0).lock()?, |_| true).map(drop),
    || Condvar::new().wait_timeout(Mutex::new(0).lock()?, LONG).map(drop),
    || Condvar::new().wait_timeout_while(Mutex::new(0).lock()?, LONG, |_| true).map(drop),
    || Semaphore::new(0).acquire().map(drop).map_err(never),
    || {
        Semaphore::new(1)
            .acquire_timeout(LONG)
            .and(Semaphore::new(1).acquire_many(2).map(drop))
            .map_err(never)
    },
    || Arc::new(Semaphore::new(2)).acquire_many_owned(3).map(drop).map_err(never),
    || Barrier::new(2).wait().map(drop),
    || Event::new().wait(),
    || Event::auto_reset().wait_timeout(LONG).map(drop),
    || OnceCell::<u8>::new().wait().map(drop),
];

#[test]
fn a_cancelled_thread_is_interrupted_wherever_it_waits() {
    on_carrier(|| {
        for (index, wait) in WAITS.into_iter().enumerate() {
            let waiting = spawn(wait);
            let_others_run();
            assert!(!waiting.is_finished(), "number {index}");
            waiting.thread().cancel();
            assert!(waiting.join().unwrap().unwrap_err().is_cancelled(), "number {index}");
        }
    });
}

#[test]
fn who_is_cancelled_already_does_not_begin_to_wait() {
    on_carrier(|| {
        for wait in WAITS {
            let cancelled = spawn(move || {
                current().cancel();
                wait()
            });
            assert!(cancelled.join().unwrap().unwrap_err().is_cancelled());
        }
    });
}

#[test]
fn a_deadline_around_a_wait_ends_it() {
    on_carrier(|| {
        for wait in WAITS {
            let waiting = spawn(move || with_timeout(SHORT, wait));
            assert!(waiting.join().unwrap().unwrap_err().is_timed_out());
        }
    });
}

#[test]
fn a_deadline_ends_the_wait_of_a_plain_thread() {
    let _watchdog = Watchdog::start(|| String::from("a plain thread"));
    for wait in WAITS {
        assert!(with_timeout(SHORT, wait).unwrap_err().is_timed_out());
    }
}

#[test]
fn a_wait_for_a_group_or_for_a_maker_is_interrupted_too() {
    static CELL: OnceCell<u8> = OnceCell::new();
    on_carrier(|| {
        let group = WaitGroup::new();
        let theirs = group.clone();
        let waits_for_group = spawn(move || theirs.wait());
        let maker = spawn(|| CELL.get_or_try_init(|| sleep(LONG).map(|()| 1)).map(drop));
        let waits_for_maker = spawn(|| CELL.get_or_init(|| 2).map(drop));
        let_others_run();
        for waiting in [&waits_for_group, &waits_for_maker] {
            assert!(!waiting.is_finished());
            waiting.thread().cancel();
        }
        assert!(waits_for_group.join().unwrap().unwrap_err().is_cancelled());
        assert!(waits_for_maker.join().unwrap().unwrap_err().is_cancelled());
        maker.thread().cancel();
        assert!(maker.join().unwrap().unwrap_err().is_cancelled());
        assert_eq!(CELL.get_or_init(|| 3), Ok(&3), "the next one makes it");
        drop(group);
    });
}

#[test]
fn a_lazy_value_is_waited_for_in_a_shield() {
    static VALUE: LazyLock<u8> = LazyLock::new(|| {
        park().unwrap();
        7
    });
    on_carrier(|| {
        let maker = spawn(|| *VALUE);
        let_others_run();
        let waiting = spawn(|| *VALUE);
        let_others_run();
        waiting.thread().cancel();
        let_others_run();
        assert!(!waiting.is_finished());
        maker.thread().unpark();
        assert_eq!((maker.join().unwrap(), waiting.join().unwrap()), (7, 7));
    });
}

#[test]
fn what_makes_a_lazy_value_can_be_interrupted() {
    static VALUE: LazyLock<bool> = LazyLock::new(|| park().is_err());
    on_carrier(|| {
        let maker = spawn(|| *VALUE);
        let_others_run();
        maker.thread().cancel();
        assert!(maker.join().unwrap());
    });
}

/// A waiter and what lets it go on, for each lock; both share one object.
type Answer = (fn() -> JoinHandle<Result<(), Interrupted>>, fn());

macro_rules! answer {
    ($type:ty = $new:expr, $wait:expr, $answer:expr) => {{
        static OBJECT: $type = $new;
        let wait: fn() -> JoinHandle<Result<(), Interrupted>> = || {
            let wait: fn(&'static $type) -> Result<(), Interrupted> = $wait;
            let waiting = spawn(move || wait(&OBJECT));
            let_others_run();
            assert!(!waiting.is_finished());
            waiting
        };
        let answer: fn() = || {
            let answer: fn(&'static $type) = $answer;
            answer(&OBJECT);
        };
        (wait, answer)
    }};
}

fn answers() -> Vec<Answer> {
    vec![
        answer!(Event = Event::new(), |event| event.wait(), |event| {
            event.set();
            event.reset();
        }),
        answer!(Event = Event::auto_reset(), |event| event.wait(), |event| event.set()),
        answer!(
            Semaphore = Semaphore::new(0),
            |semaphore| semaphore.acquire().map_err(never).map(greensync::Permit::forget),
            |semaphore| semaphore.add_permits(1)
        ),
        answer!(
            (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new()),
            |pair| pair.1.wait(pair.0.lock()?).map(drop),
            |pair| pair.1.notify_one()
        ),
        answer!(
            (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new()),
            |pair| {
                let waited = pair.1.wait_timeout(pair.0.lock()?, LONG)?;
                assert!(!waited.1.timed_out());
                Ok(())
            },
            |pair| pair.1.notify_all()
        ),
        answer!(Barrier = Barrier::new(2), |barrier| barrier.wait().map(drop), |barrier| {
            assert!(barrier.wait().expect("nobody cancels it").is_leader());
        }),
    ]
}

#[test]
fn the_answer_wins_over_a_cancellation() {
    on_carrier(|| {
        for (wait, answer) in answers() {
            // Whichever came first, when the waiter runs both are there.
            let waiting = wait();
            answer();
            waiting.thread().cancel();
            assert_eq!(waiting.join().unwrap(), Ok(()));
            let waiting = wait();
            waiting.thread().cancel();
            answer();
            assert_eq!(waiting.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn a_lock_that_is_handed_over_wins_over_a_cancellation() {
    static MUTEX: Mutex<u32> = Mutex::new(0);
    static LOCK: RwLock<u32> = RwLock::new(0);
    on_carrier(|| {
        let guard = MUTEX.lock().unwrap();
        let waiting = spawn(|| MUTEX.lock().map(|mut value| *value += 1));
        let_others_run();
        waiting.thread().cancel();
        greensync::MutexGuard::unlock_fair(guard);
        assert!(MUTEX.try_lock().is_none(), "it has been handed over");
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert_eq!(*MUTEX.lock().unwrap(), 1);

        let guard = LOCK.write().unwrap();
        let waiting = spawn(|| LOCK.write().map(|mut value| *value += 1));
        let_others_run();
        waiting.thread().cancel();
        drop(guard);
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert_eq!(*LOCK.read().unwrap(), 1);
    });
}

#[test]
fn a_mutex_that_is_free_again_wins_over_a_cancellation() {
    static MUTEX: Mutex<u32> = Mutex::new(0);
    on_carrier(|| {
        let guard = MUTEX.lock().unwrap();
        let waiting = spawn(|| MUTEX.lock().map(|mut value| *value += 1));
        let_others_run();
        drop(guard);
        waiting.thread().cancel();
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert_eq!(*MUTEX.lock().unwrap(), 1);
    });
}

#[test]
fn what_is_there_is_taken_also_by_who_has_been_cancelled() {
    on_carrier(|| {
        let thread = spawn(|| {
            current().cancel();
            assert!(Mutex::new(()).lock().is_ok());
            assert!(RwLock::new(()).read().is_ok());
            assert!(RwLock::new(()).write().is_ok());
            assert!(Semaphore::new(1).acquire().is_ok());
            assert!(Barrier::new(1).wait().is_ok());
            let event = Event::new();
            event.set();
            assert!(event.wait().is_ok());
            assert!(WaitGroup::new().wait().is_ok());
            assert_eq!(OnceCell::new().get_or_init(|| 1), Ok(&1));
        });
        thread.join().unwrap();
    });
}
