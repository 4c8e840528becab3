//! Nobody starves: bounded by turns, not by time.
//!
//! Two threads that wake each other for ever, or a crowd that yields for ever, keep a carrier busy. A
//! third thread, a timer and a wake-up from outside must still have their turn, after a number of
//! turns of the busy ones that does not depend on how long they go on.

use std::time::Duration;

use greenctx::{
    JoinHandle, current, is_anybody_waiting, park, park_deadline, park_timeout, sleep, spawn,
    yield_now,
};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use greenstd::time;

use crate::on_carrier;

/// More than a round of the scheduler, with a margin: 61 picks, then the queue as it stands.
const A_FEW_TURNS: u64 = 200;

/// Threads that keep their carrier busy until told to stop, counting their turns.
#[derive(Default)]
struct Busy {
    turns: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    /// Two threads that run only because the other has woken them.
    fn ping_pong() -> Self {
        let mut busy = Busy::default();
        let (turns, stop) = (busy.turns.clone(), busy.stop.clone());
        let ping = spawn(move || {
            let (ping, turn) = (current(), turns.clone());
            let over = stop.clone();
            let pong = spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    turn.fetch_add(1, Ordering::Relaxed);
                    ping.unpark();
                    park().expect("nobody cancels us");
                }
            });
            while !stop.load(Ordering::Relaxed) {
                turns.fetch_add(1, Ordering::Relaxed);
                pong.thread().unpark();
                park().expect("nobody cancels us");
            }
            pong.thread().unpark();
            pong.join().unwrap();
        });
        busy.threads.push(ping);
        busy
    }

    /// A few threads that yield.
    fn yielding() -> Self {
        let mut busy = Busy::default();
        for _ in 0..5 {
            let (turns, stop) = (busy.turns.clone(), busy.stop.clone());
            busy.threads.push(spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    turns.fetch_add(1, Ordering::Relaxed);
                    yield_now();
                }
            }));
        }
        busy
    }

    fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Until they are in full swing.
    fn warm_up(&self) {
        while self.turns() < 1000 {
            yield_now();
        }
    }

    fn stop(mut self) {
        self.tell_to_stop();
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }

    fn tell_to_stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.iter().for_each(|thread| thread.thread().unpark());
    }
}

/// A test that fails must not leave them running.
impl Drop for Busy {
    fn drop(&mut self) {
        self.tell_to_stop();
    }
}

fn a_third_thread_has_its_turn(busy: Busy) {
    busy.warm_up();
    for _ in 0..100 {
        let turns = busy.turns.clone();
        let before = busy.turns();
        let third = spawn(move || turns.load(Ordering::Relaxed));
        let ran_at = third.join().unwrap();
        assert!(ran_at <= before + A_FEW_TURNS, "it starved from {before} to {ran_at}");
    }
    busy.stop();
}

fn a_yielding_thread_has_its_turn(busy: Busy) {
    busy.warm_up();
    for _ in 0..100 {
        let before = busy.turns();
        yield_now();
        let after = busy.turns();
        assert!(after <= before + A_FEW_TURNS, "it starved from {before} to {after}");
    }
    busy.stop();
}

fn a_due_timer_fires(busy: Busy) {
    busy.warm_up();
    for _ in 0..100 {
        let past = time::now();
        let before = busy.turns();
        park_deadline(past).expect("nobody cancels us");
        let after = busy.turns();
        assert!(after <= before + A_FEW_TURNS, "the timer starved from {before} to {after}");
    }
    // One that is due later is served, too.
    sleep(Duration::from_millis(2)).expect("nobody cancels us");
    busy.stop();
}

fn a_wake_up_from_outside_arrives(busy: Busy) {
    busy.warm_up();
    for _ in 0..100 {
        let (main, turns) = (current(), busy.turns.clone());
        let about_to_park = busy.turns();
        let waker = greenstd::thread::spawn(move || {
            // If others have had turns since, the main thread is parked.
            while turns.load(Ordering::Relaxed) < about_to_park + 100 {
                greenstd::thread::yield_now();
            }
            main.unpark();
            // It is in the inbox by now.
            turns.load(Ordering::Relaxed)
        });
        park().expect("nobody cancels us");
        let woken_at = busy.turns();
        let sent_at = waker.join().unwrap();
        assert!(woken_at <= sent_at + A_FEW_TURNS, "it starved from {sent_at} to {woken_at}");
    }
    busy.stop();
}

macro_rules! for_both {
    ($($claim:ident),*) => {
        mod ping_pong {
            $(#[test] fn $claim() { crate::on_carrier(|| super::$claim(super::Busy::ping_pong())); })*
        }
        mod yielding {
            $(#[test] fn $claim() { crate::on_carrier(|| super::$claim(super::Busy::yielding())); })*
        }
    };
}

for_both!(
    a_third_thread_has_its_turn,
    a_yielding_thread_has_its_turn,
    a_due_timer_fires,
    a_wake_up_from_outside_arrives
);

#[test]
fn yielding_threads_take_equal_turns() {
    on_carrier(|| {
        let turns: Arc<[AtomicU64]> = (0..10).map(|_| AtomicU64::new(0)).collect();
        let threads: Vec<_> = (0..10)
            .map(|number| {
                let turns = turns.clone();
                spawn(move || {
                    for round in 1..=1000 {
                        turns[number].store(round, Ordering::Relaxed);
                        yield_now();
                        let others = turns.iter().map(|turn| turn.load(Ordering::Relaxed));
                        assert!(others.min() >= Some(round - 1), "one is left behind");
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn the_thread_woken_last_runs_next_and_then_the_others_in_order() {
    on_carrier(|| {
        let order = Arc::new(greenstd::sync::Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let order = order.clone();
                spawn(move || {
                    park().expect("nobody cancels us");
                    order.lock().push(number);
                })
            })
            .collect();
        yield_now();
        threads.iter().for_each(|thread| thread.thread().unpark());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*order.lock(), [3, 0, 1, 2]);
    });
}

#[test]
fn a_long_computation_learns_that_somebody_waits() {
    on_carrier(|| {
        assert!(!is_anybody_waiting());
        // A sibling that is ready.
        let sibling = spawn(|| ());
        assert!(is_anybody_waiting());
        sibling.join().unwrap();
        assert!(!is_anybody_waiting());

        // A timer that is due.
        let sleeper = spawn(|| park_timeout(Duration::from_millis(1)));
        yield_now();
        while !is_anybody_waiting() {}
        assert!(sleeper.join().unwrap().is_ok());

        // A wake-up from another thread.
        let parked = spawn(park);
        yield_now();
        assert!(!is_anybody_waiting());
        let thread = parked.thread().clone();
        greenstd::thread::spawn(move || thread.unpark());
        while !is_anybody_waiting() {}
        parked.join().unwrap().expect("nobody cancels us");
    });
}
