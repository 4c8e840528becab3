//! Models of the monitors and of the locks on them, on plain threads and on a real carrier.

use std::time::Duration;

use greenctx::{Carrier, Interrupted, current, spawn, with_timeout};
use greenstd::atomic::{AtomicBool, AtomicUsize, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, JoinHandle};

use crate::{Barrier, Condvar, Event, Mutex, MutexGuard, OnceCell, RwLock, Semaphore};

/// Soon, on the scripted clock.
const SOON: Duration = Duration::from_nanos(1);

fn start<T: Send + Sync + 'static>(
    shared: &Arc<T>,
    run: impl FnOnce(&T) + Send + 'static,
) -> JoinHandle<()> {
    let shared = shared.clone();
    thread::spawn(move || run(&shared))
}

mod monitor {
    use super::*;

    /// *wait-link* to *wait-check* against *wake-take* to *wake-thread*.
    #[test]
    fn a_wake_up_is_not_lost() {
        explore(3, || {
            let event = Arc::new(Event::auto_reset());
            let setter = start(&event, Event::set);
            event.wait().unwrap();
            setter.join().unwrap();
            assert!(!event.is_set());
        });
    }

    /// A thread may be awake already, by a permit that was not meant for this wait. It learns of *wake-mark* from
    /// the node alone. It sees what the waker did, and the node is its own again.
    #[test]
    fn who_is_awake_by_chance_sees_what_the_waker_did_and_has_its_node_back() {
        explore(3, || {
            let shared = Arc::new((Event::auto_reset(), AtomicUsize::new(0)));
            let setter = start(&shared, |(event, done)| {
                done.store(1, Ordering::Relaxed);
                event.set();
            });
            let main = current();
            let stranger = thread::spawn(move || main.unpark());
            shared.0.wait().unwrap();
            assert_eq!(shared.1.load(Ordering::Relaxed), 1);
            setter.join().unwrap();
            stranger.join().unwrap();
        });
    }

    /// *wait-leave* against *wake-take*: the wake-up is used up, or it is still there.
    #[test]
    fn a_time_out_and_a_wake_up_agree() {
        explore(3, || {
            let event = Arc::new(Event::auto_reset());
            let setter = start(&event, Event::set);
            let waited = event.wait_timeout(SOON).unwrap();
            setter.join().unwrap();
            assert_eq!(waited, !event.is_set());
        });
    }

    /// The same with a cancellation, on a carrier.
    #[test]
    fn a_cancellation_and_a_wake_up_agree() {
        explore(2, || {
            let threads = Carrier::new().unwrap().run(|| {
                let event = Arc::new(Event::auto_reset());
                let theirs = event.clone();
                let waiting = spawn(move || theirs.wait().is_ok());
                let waiter = waiting.thread().clone();
                let canceller = thread::spawn(move || waiter.cancel());
                let setter = start(&event, Event::set);
                let waited = waiting.join().unwrap();
                (waited, event, [canceller, setter])
            });
            let (waited, event, threads) = threads.unwrap();
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(waited, !event.is_set());
        });
    }

    /// Two that wait are woken by one batch.
    #[test]
    fn all_of_a_batch_are_woken() {
        explore(2, || {
            let event = Arc::new(Event::new());
            let waiter = start(&event, |event| event.wait().unwrap());
            let setter = start(&event, Event::set);
            event.wait().unwrap();
            waiter.join().unwrap();
            setter.join().unwrap();
        });
    }
}

mod mutex {
    use super::*;

    /// *lock-take*, *lock-queue* and *unlock-pass*: no thread is left in the queue, none sees the
    /// value half written.
    #[test]
    fn one_at_a_time_holds_it_and_sees_what_the_one_before_wrote() {
        explore(3, || {
            let mutex = Arc::new(Mutex::new(0));
            let other = start(&mutex, |mutex| *mutex.lock().unwrap() += 1);
            *mutex.lock().unwrap() += 1;
            other.join().unwrap();
            assert_eq!(*mutex.lock().unwrap(), 2);
        });
    }

    /// A woken thread clears `WOKEN`, or the one behind it is never woken.
    #[test]
    fn all_that_wait_get_it() {
        explore(2, || {
            let mutex = Arc::new(Mutex::new(0));
            let others = [(); 2].map(|()| start(&mutex, |mutex| *mutex.lock().unwrap() += 1));
            *mutex.lock().unwrap() += 1;
            others.into_iter().for_each(|other| other.join().unwrap());
            assert_eq!(mutex.try_lock().map(|value| *value), Some(3));
        });
    }

    /// One that waits gives up while another one waits behind it.
    #[test]
    fn one_that_gives_up_takes_no_wake_up_along() {
        explore(2, || {
            let mutex = Arc::new(Mutex::new(0));
            let guard = mutex.lock().unwrap();
            let patient = start(&mutex, |mutex| *mutex.lock().unwrap() += 1);
            let hasty = start(&mutex, |mutex| {
                if let Some(mut value) = mutex.lock_timeout(SOON).unwrap() {
                    *value += 0;
                }
            });
            drop(guard);
            patient.join().unwrap();
            hasty.join().unwrap();
            assert_eq!(mutex.try_lock().map(|value| *value), Some(1));
        });
    }

    /// The lock goes from hand to hand without being free.
    #[test]
    fn a_handed_over_lock_has_one_holder() {
        explore(3, || {
            let mutex = Arc::new(Mutex::new(0));
            let guard = mutex.lock().unwrap();
            let other = start(&mutex, |mutex| {
                let mut value = mutex.lock().unwrap();
                *value += 1;
                MutexGuard::unlock_fair(value);
            });
            MutexGuard::unlock_fair(guard);
            if let Some(mut value) = mutex.lock_timeout(SOON).unwrap() {
                *value += 0;
            }
            other.join().unwrap();
            assert_eq!(mutex.try_lock().map(|value| *value), Some(1));
        });
    }
}

mod others {
    use super::*;

    #[test]
    fn a_notification_reaches_who_has_unlocked_to_wait() {
        explore(3, || {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            let other = start(&shared, |(ready, changed)| {
                *ready.lock().unwrap() = true;
                changed.notify_one();
            });
            let ready = shared.1.wait_while(shared.0.lock().unwrap(), |ready| !*ready).unwrap();
            drop(ready);
            other.join().unwrap();
        });
    }

    #[test]
    fn a_permit_is_given_once_also_when_the_time_is_over() {
        explore(3, || {
            let semaphore = Arc::new(Semaphore::new(1));
            let held = semaphore.acquire().unwrap();
            let other = start(&semaphore, |semaphore| {
                drop(semaphore.acquire_timeout(SOON).unwrap());
            });
            drop(held);
            drop(semaphore.acquire().unwrap());
            other.join().unwrap();
            assert_eq!(semaphore.available_permits(), 1);
        });
    }

    #[test]
    fn a_large_request_that_gives_up_lets_a_small_one_pass() {
        explore(2, || {
            let semaphore = Arc::new(Semaphore::new(1));
            let large = start(&semaphore, |semaphore| {
                let wanted = with_timeout(SOON, || semaphore.acquire_many(2).is_ok());
                assert!(!wanted);
            });
            drop(semaphore.acquire().unwrap());
            large.join().unwrap();
            assert_eq!(semaphore.available_permits(), 1);
        });
    }

    #[test]
    fn readers_are_let_in_by_a_writer_that_unlocks_or_gives_up() {
        explore(2, || {
            let lock = Arc::new(RwLock::new(0));
            let read = lock.read().unwrap();
            let writer = start(&lock, |lock| {
                if let Some(mut value) = lock.write_timeout(SOON).unwrap() {
                    *value += 1;
                }
            });
            let reader = start(&lock, |lock| assert!(*lock.read().unwrap() < 2));
            drop(read);
            writer.join().unwrap();
            reader.join().unwrap();
            assert!(lock.try_write().is_some());
        });
    }

    #[test]
    fn a_barrier_is_passed_by_all() {
        explore(3, || {
            let barrier = Arc::new((Barrier::new(2), AtomicBool::new(false)));
            let other = start(&barrier, |(barrier, led)| {
                led.store(barrier.wait().unwrap().is_leader(), Ordering::Relaxed);
            });
            let leads = barrier.0.wait().unwrap().is_leader();
            other.join().unwrap();
            assert_ne!(leads, barrier.1.load(Ordering::Relaxed));
        });
    }

    #[test]
    fn a_value_is_made_once_and_after_a_failure_by_the_next_one() {
        explore(3, || {
            let shared = Arc::new((OnceCell::new(), AtomicUsize::new(0)));
            let other = start(&shared, |(cell, _)| {
                let made: Result<&usize, Interrupted> = cell.get_or_try_init(|| {
                    with_timeout(SOON, || Event::new().wait())?;
                    unreachable!("nobody sets the event");
                });
                assert!(made.is_err() || made == Ok(&1));
            });
            let (cell, count) = &*shared;
            // Or else it is made before loom has seen that the other one wants it.
            thread::yield_now();
            let value = cell.get_or_init(|| count.fetch_add(1, Ordering::Relaxed) + 1);
            assert_eq!(value, Ok(&1));
            other.join().unwrap();
            assert_eq!(count.load(Ordering::Relaxed), 1);
        });
    }
}
