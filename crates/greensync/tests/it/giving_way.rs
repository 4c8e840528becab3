//! A thread that never has to wait lets the others run all the same, and learns that it was interrupted.

use std::time::Duration;

use greenctx::{current, no_park, sleep, spawn, with_timeout, yield_now};
use greenstd::atomic::{AtomicBool, AtomicU32, Ordering};
use greenstd::panics::contain;
use greenstd::sync::Arc;
use greensync::{
    Barrier, Condvar, Event, Mutex, Pool, RecvError, RwLock, Select, Semaphore, SendError,
    WaitGroup, after, bounded, oneshot, select, unbounded,
};

use crate::{on_another_carrier, on_carrier};

/// Far more than a share.
const MANY: u32 = 10_000;

/// A flag that a sibling sets when it has its turn.
fn set_by_a_sibling() -> impl Fn() -> bool {
    let flag = Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    spawn(move || set.store(true, Ordering::Relaxed));
    move || flag.load(Ordering::Relaxed)
}

/// Checks that `operation`, again and again, lets a sibling run.
fn gives_way(mut operation: impl FnMut()) {
    let has_run = set_by_a_sibling();
    while !has_run() {
        operation();
    }
}

#[test]
fn a_receiver_that_is_never_empty_keeps_nobody_from_running() {
    on_carrier(|| {
        let (sender, receiver) = unbounded();
        gives_way(|| {
            sender.send(1).unwrap();
            assert_eq!(receiver.recv(), Ok(1));
        });
        gives_way(|| {
            sender.send(1).unwrap();
            assert_eq!(receiver.iter().next(), Some(1));
        });
    });
}

#[test]
fn a_sender_learns_soon_that_its_receiver_would_go() {
    on_carrier(|| {
        let (sender, receiver) = unbounded();
        spawn(move || {
            receiver.recv().unwrap();
            drop(receiver);
        });
        let sent = (0..MANY).take_while(|n| sender.send(*n).is_ok()).count();
        assert!(sent < 100, "{sent} messages for nobody");
    });
}

#[test]
fn trying_again_and_again_lets_those_run_that_would_make_it_succeed() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        let sending = spawn(move || {
            sender.send(1).unwrap();
            sender.send(2).unwrap();
        });
        while receiver.try_recv().is_err() {}
        while receiver.try_iter().next().is_none() {}
        sending.join().unwrap();

        let (sender, receiver) = bounded(0);
        let receiving = spawn(move || receiver.recv());
        while sender.try_send(3).is_err() {}
        assert_eq!(receiving.join().unwrap(), Ok(3));

        let (sender, receiver) = oneshot();
        spawn(move || sender.send(4).unwrap());
        while receiver.try_recv().is_err() {}
    });
}

#[test]
fn trying_for_a_lock_again_and_again_lets_its_holder_run() {
    on_carrier(|| {
        let everything =
            Arc::new((Mutex::new(0), RwLock::new(0), Semaphore::new(1), Event::auto_reset()));
        let holding = spawn({
            let everything = everything.clone();
            move || {
                for _ in 0..4 {
                    let _mutex = everything.0.lock().unwrap();
                    let _lock = everything.1.write().unwrap();
                    let _permit = everything.2.acquire().unwrap();
                    yield_now();
                }
            }
        });
        yield_now();
        while everything.0.try_lock().is_none() {}
        yield_now();
        while everything.1.try_read().is_none() {}
        yield_now();
        while everything.1.try_write().is_none() {}
        yield_now();
        while everything.2.try_acquire().is_err() {}
        holding.join().unwrap();
    });
}

#[test]
fn a_lock_that_is_always_free_keeps_nobody_from_running() {
    on_carrier(|| {
        let mutex = Mutex::new(0);
        gives_way(|| *mutex.lock().unwrap() += 1);
        gives_way(|| *mutex.lock_timeout(Duration::MAX).unwrap().unwrap() += 1);
        gives_way(|| *mutex.try_lock().unwrap() += 1);
        let lock = RwLock::new(0);
        gives_way(|| *lock.write().unwrap() += 1);
        gives_way(|| assert!(*lock.read().unwrap() > 0));
        gives_way(|| drop(lock.try_write().unwrap()));
        gives_way(|| drop(lock.write_timeout(Duration::MAX).unwrap()));
        gives_way(|| drop(lock.read_timeout(Duration::MAX).unwrap()));
        let semaphore = Arc::new(Semaphore::new(2));
        gives_way(|| drop(semaphore.acquire().unwrap()));
        gives_way(|| drop(semaphore.try_acquire().unwrap()));
        gives_way(|| drop(semaphore.clone().try_acquire_owned().unwrap()));
        let event = Event::new();
        event.set();
        gives_way(|| event.wait().unwrap());
        let barrier = Barrier::new(1);
        gives_way(|| assert!(barrier.wait().unwrap().is_leader()));
        gives_way(|| {
            let (sender, receiver) = oneshot();
            sender.send(1).unwrap();
            assert_eq!(receiver.recv(), Ok(1));
        });
    });
}

#[test]
fn a_select_that_need_not_wait_keeps_nobody_from_running() {
    on_carrier(|| {
        let (sender, receiver) = unbounded();
        gives_way(|| {
            select! {
                recv(receiver) -> message => assert_eq!(message, Ok(1)),
                default => sender.send(1).unwrap(),
            }
        });
        let (_open, nothing) = unbounded::<u32>();
        gives_way(|| {
            select! {
                recv(nothing) -> _ => unreachable!(),
                default => {}
            }
        });
    });
}

#[test]
fn what_ends_at_once_because_its_time_is_over_keeps_nobody_from_running() {
    on_carrier(|| {
        let (mutex, changed) = (Mutex::new(0), Condvar::new());
        gives_way(|| {
            let guard = mutex.lock().unwrap();
            drop(changed.wait_timeout(guard, Duration::ZERO).unwrap());
        });
        gives_way(|| sleep(Duration::ZERO).unwrap());
        gives_way(|| assert!(greenctx::park_timeout(Duration::ZERO).is_ok()));
        let asleep = spawn(greenctx::park);
        gives_way(|| assert!(!asleep.wait_timeout(Duration::ZERO).unwrap()));
        asleep.thread().cancel();
    });
}

#[test]
fn what_is_over_already_keeps_nobody_from_running() {
    on_carrier(|| {
        gives_way(|| WaitGroup::new().wait().unwrap());
        let things = Pool::new(std::num::NonZeroUsize::MIN, || 5);
        gives_way(|| assert_eq!(*things.get().unwrap(), 5));
        gives_way(|| assert_eq!(*things.try_get().unwrap(), 5));
        let (_open, nothing) = unbounded::<u32>();
        gives_way(|| {
            let mut select = Select::new();
            select.recv(&nothing);
            assert!(select.try_select().is_err());
        });
        gives_way(|| {
            let mut select = Select::new();
            select.recv(&nothing);
            assert!(select.try_ready().is_err());
        });
        gives_way(|| assert!(after(Duration::MAX).try_recv().is_err()));
    });
}

/// All operations of a thread, on whatever, have one share.
#[test]
fn operations_of_different_kinds_are_counted_together() {
    on_carrier(|| {
        let (sender, receiver) = unbounded();
        let mutex = Mutex::new(0);
        let has_run = set_by_a_sibling();
        let mut rounds = 0;
        while !has_run() {
            rounds += 1;
            sender.try_send(1).unwrap();
            receiver.try_recv().unwrap();
            drop(mutex.lock().unwrap());
            drop(mutex.try_lock().unwrap());
        }
        assert_eq!(rounds, 16);
    });
}

#[test]
fn timers_and_wake_ups_from_outside_come_through_too() {
    on_carrier(|| {
        let (_sender, receiver) = unbounded::<u32>();
        let slept = Arc::new(AtomicBool::new(false));
        spawn({
            let slept = slept.clone();
            move || {
                sleep(Duration::from_micros(100)).unwrap();
                slept.store(true, Ordering::Relaxed);
            }
        });
        while !slept.load(Ordering::Relaxed) {
            assert!(receiver.try_recv().is_err());
        }
        let woken = Arc::new(AtomicBool::new(false));
        let waiting = spawn({
            let woken = woken.clone();
            move || {
                greenctx::park().unwrap();
                woken.store(true, Ordering::Relaxed);
            }
        });
        yield_now();
        let thread = waiting.thread().clone();
        let other = greenstd::thread::spawn(move || thread.unpark());
        while !woken.load(Ordering::Relaxed) {
            assert!(receiver.try_recv().is_err());
        }
        other.join().unwrap();
        waiting.join().unwrap();
    });
}

#[test]
fn nobody_gives_way_where_that_is_forbidden() {
    on_carrier(|| {
        let has_run = set_by_a_sibling();
        let (sender, receiver) = unbounded();
        let mutex = Mutex::new(0);
        current().cancel();
        no_park(|| {
            for n in 0..MANY {
                sender.send(n).unwrap();
                assert_eq!(receiver.recv(), Ok(n));
                assert!(receiver.try_recv().is_err());
                *mutex.lock().unwrap() += 1;
                select! {
                    recv(receiver) -> _ => unreachable!(),
                    default => {}
                }
            }
        });
        assert!(!has_run());
    });
}

#[test]
fn a_plain_thread_goes_on() {
    let (sender, receiver) = bounded(1);
    let mutex = Mutex::new(0);
    for n in 0..MANY {
        sender.send(n).unwrap();
        assert_eq!(receiver.recv(), Ok(n));
        *mutex.lock().unwrap() += 1;
    }
}

/// Sends when it is dropped.
struct Tells(greensync::Sender<u32>);

impl Drop for Tells {
    fn drop(&mut self) {
        (0..MANY).for_each(|n| self.0.send(n).unwrap());
    }
}

#[test]
fn destructors_send_as_much_as_they_like_while_others_panic_too() {
    on_carrier(|| {
        let (sender, receiver) = unbounded();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let tells = Tells(sender.clone());
                spawn(move || {
                    let _tells = tells;
                    panic!("a part of the test");
                })
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().is_err()));
        drop(sender);
        assert_eq!(receiver.iter().count(), 4 * MANY as usize);
    });
}

/// Nothing is lost by it: what was taken was returned, and what was not is there.
#[test]
fn a_deadline_ends_what_never_has_to_wait() {
    let ends = || {
        let (sender, receiver) = unbounded();
        let (mut sent, mut received) = (0, 0);
        let end = with_timeout(Duration::from_millis(2), || {
            loop {
                match sender.send(sent) {
                    Ok(()) => sent += 1,
                    Err(SendError::Interrupted(why, message)) => {
                        assert_eq!(message.into_inner(), sent);
                        return why;
                    }
                    Err(SendError::Disconnected(_)) => unreachable!(),
                }
                match receiver.recv() {
                    Ok(message) => {
                        assert_eq!(message, received);
                        received += 1;
                    }
                    Err(RecvError::Interrupted(why)) => return why,
                    Err(RecvError::Disconnected) => unreachable!(),
                }
            }
        });
        assert!(end.is_timed_out());
        assert!(receiver.try_iter().eq(received..sent));
    };
    ends();
    on_carrier(ends);
}

#[test]
fn a_deadline_ends_a_select_that_never_has_to_wait() {
    let ends = || {
        let (sender, receiver) = unbounded();
        let (_open, nothing) = unbounded::<u32>();
        let (mut sent, mut received) = (0, 0);
        let end = with_timeout(Duration::from_millis(2), || {
            loop {
                while sender.try_send(sent).is_ok() && sent % 8 > 0 {
                    sent += 1;
                }
                sent += 1;
                select! {
                    recv(receiver) -> message => {
                        assert_eq!(message, Ok(received));
                        received += 1;
                    }
                    recv(nothing) -> _ => unreachable!(),
                    interrupted(why) => return why,
                }
            }
        });
        assert!(end.is_timed_out());
        assert!(receiver.try_iter().eq(received..sent));
    };
    ends();
    on_carrier(ends);
}

#[test]
fn a_cancellation_ends_what_never_has_to_wait() {
    on_carrier(|| {
        let busy = spawn(|| {
            let (sender, receiver) = unbounded();
            loop {
                sender.try_send(1).unwrap();
                if let Err(error) = receiver.recv() {
                    return (error, receiver.len());
                }
            }
        });
        yield_now();
        busy.thread().cancel();
        let (error, left) = busy.join().unwrap();
        assert!(error.is_interrupted());
        assert_eq!(left, 1);
    });
}

/// One that cannot say that it was interrupted is done.
#[test]
fn a_free_lock_is_taken_by_a_cancelled_thread_however_often() {
    on_carrier(|| {
        current().cancel();
        let (mutex, lock, semaphore) = (Mutex::new(0), RwLock::new(0), Semaphore::new(1));
        let (sender, receiver) = bounded(1);
        for n in 0..MANY {
            *mutex.lock().unwrap() += 1;
            *lock.write().unwrap() += 1;
            drop(semaphore.acquire().unwrap());
            sender.try_send(n).unwrap();
            assert_eq!(receiver.try_recv(), Ok(n));
        }
    });
}

#[test]
fn two_carriers_that_never_wait_do_not_hinder_each_other() {
    let turns = Arc::new(AtomicU32::new(0));
    let carriers: Vec<_> = (0..2)
        .map(|_| {
            let turns = turns.clone();
            on_another_carrier(move || {
                let (sender, receiver) = unbounded();
                for _ in 0..100 {
                    gives_way(|| {
                        sender.send(1).unwrap();
                        assert_eq!(receiver.recv(), Ok(1));
                    });
                    turns.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    assert!(carriers.into_iter().all(|carrier| contain(|| carrier.join()).is_ok()));
    assert_eq!(turns.load(Ordering::Relaxed), 200);
}
