//! A green thread never changes its OS thread.

use std::cell::Cell;
use std::time::Duration;

use greenctx::{Thread, current, park_timeout, sleep, spawn, yield_now};
use greenstd::sync::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};

use crate::on_another_carrier;
use crate::os::thread_number;
use testkit::Watchdog;

thread_local! {
    static PLACE: Cell<u64> = const { Cell::new(0) };
}

/// The address of a thread-local: another one on every OS thread.
fn place() -> usize {
    PLACE.with(|place| std::ptr::from_ref(place).addr())
}

/// All threads of all carriers, for the threads that wake them.
#[derive(Clone, Default)]
struct Everybody {
    threads: Arc<Mutex<Vec<Thread>>>,
    over: Arc<AtomicBool>,
}

impl Everybody {
    fn unpark_one(&self, choice: usize) {
        let chosen = {
            let threads = self.threads.lock();
            threads.get(choice % threads.len().max(1)).cloned()
        };
        if let Some(thread) = chosen {
            thread.unpark();
        }
    }

    fn wander(&self, seed: usize) {
        self.threads.lock().push(current());
        let (number, address) = (thread_number(), place());
        for round in 0..300 {
            self.unpark_one(seed + round * 31);
            match (seed + round) % 4 {
                0 => yield_now(),
                1 => sleep(Duration::from_micros(50)).expect("nobody cancels us"),
                _ => drop(park_timeout(Duration::from_micros(500)).expect("nobody cancels us")),
            }
            assert_eq!(place(), address, "the thread-locals of another OS thread");
            if round % 10 == 0 {
                assert_eq!(thread_number(), number);
            }
        }
        // Across an unwinding, too.
        let panicked = greenstd::panics::contain(|| {
            struct Parks;
            impl Drop for Parks {
                fn drop(&mut self) {
                    yield_now();
                }
            }
            let _parks = Parks;
            panic!("on the way");
        });
        assert!(panicked.is_err());
        assert_eq!((thread_number(), place()), (number, address));
    }
}

#[test]
fn a_green_thread_stays_on_its_os_thread_over_many_parks_and_wakes_from_elsewhere() {
    let everybody = Everybody::default();
    let _watchdog = Watchdog::start(|| String::from("two carriers of wandering threads"));
    let carriers: Vec<_> = (0..2)
        .map(|carrier| {
            let everybody = everybody.clone();
            on_another_carrier(move || {
                let threads: Vec<_> = (0..20)
                    .map(|thread| {
                        let everybody = everybody.clone();
                        spawn(move || everybody.wander(carrier * 1000 + thread))
                    })
                    .collect();
                threads.into_iter().for_each(|thread| thread.join().unwrap());
            })
        })
        .collect();
    let everywhere = everybody.clone();
    let plain = greenstd::thread::spawn(move || {
        let mut choice = 0;
        while !everywhere.over.load(Ordering::Relaxed) {
            everywhere.unpark_one(choice);
            choice += 7;
        }
    });
    for carrier in carriers {
        carrier.join().unwrap();
    }
    everybody.over.store(true, Ordering::Relaxed);
    plain.join().unwrap();
}
