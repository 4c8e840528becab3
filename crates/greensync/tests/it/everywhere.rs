//! Each lock is used by green threads of two carriers and by plain threads at once.

use std::cell::Cell;
use std::collections::BTreeSet;

use greenctx::yield_now;
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greensync::{Barrier, Condvar, Event, LazyLock, Mutex, OnceCell, RwLock, Semaphore, WaitGroup};

use crate::{ALL, everywhere};

const ROUNDS: usize = 500;

#[test]
fn a_mutex_counts_exactly() {
    static COUNT: Mutex<u64> = Mutex::new(0);
    everywhere(|_| {
        for round in 0..ROUNDS {
            let mut count = COUNT.lock().unwrap();
            let before = *count;
            if round % 16 == 0 {
                yield_now();
            }
            *count = before + 1;
        }
    });
    assert_eq!(*COUNT.lock().unwrap(), (ALL * ROUNDS) as u64);
}

#[test]
fn a_reader_writer_lock_counts_exactly_and_shows_nothing_half_done() {
    static PAIR: RwLock<(u64, u64)> = RwLock::new((0, 0));
    everywhere(|thread| {
        for round in 0..ROUNDS {
            if (thread + round) % 3 == 0 {
                let mut pair = PAIR.write().unwrap();
                pair.0 += 1;
                if round % 16 == 0 {
                    yield_now();
                }
                pair.1 += 1;
            } else {
                let pair = PAIR.read().unwrap();
                assert_eq!(pair.0, pair.1);
            }
        }
    });
    let writes =
        (0..ALL).flat_map(|thread| (0..ROUNDS).filter(move |round| (thread + round) % 3 == 0));
    let writes = writes.count() as u64;
    assert_eq!(*PAIR.read().unwrap(), (writes, writes));
}

#[test]
fn a_semaphore_lets_in_as_many_as_it_has_permits() {
    static PERMITS: Semaphore = Semaphore::new(5);
    static INSIDE: AtomicU64 = AtomicU64::new(0);
    static MOST: AtomicU64 = AtomicU64::new(0);
    everywhere(|thread| {
        for round in 0..ROUNDS {
            let wanted = 1 + (thread + round) % 5;
            let permit = PERMITS.acquire_many(wanted).unwrap();
            let inside = INSIDE.fetch_add(wanted as u64, Ordering::Relaxed) + wanted as u64;
            MOST.fetch_max(inside, Ordering::Relaxed);
            if round % 16 == 0 {
                yield_now();
            }
            INSIDE.fetch_sub(wanted as u64, Ordering::Relaxed);
            drop(permit);
        }
    });
    assert_eq!(MOST.load(Ordering::Relaxed), 5, "never more, and once as many");
    assert_eq!(PERMITS.available_permits(), 5);
}

#[test]
fn a_condition_variable_hands_every_item_to_one() {
    #[derive(Default)]
    struct Basket {
        items: Vec<u64>,
        closed: bool,
    }
    static BASKET: Mutex<Basket> = Mutex::new(Basket { items: Vec::new(), closed: false });
    static CHANGED: Condvar = Condvar::new();
    static PUTTING: AtomicU64 = AtomicU64::new(ALL as u64 / 2);
    let taken = everywhere(|thread| {
        let mut taken = Vec::new();
        if thread % 2 == 0 {
            for round in 0..ROUNDS {
                BASKET.lock().unwrap().items.push((thread * ROUNDS + round) as u64);
                CHANGED.notify_one();
            }
            if PUTTING.fetch_sub(1, Ordering::AcqRel) == 1 {
                BASKET.lock().unwrap().closed = true;
                CHANGED.notify_all();
            }
            return taken;
        }
        loop {
            let basket = BASKET.lock().unwrap();
            let is_waiting = |basket: &mut Basket| basket.items.is_empty() && !basket.closed;
            match CHANGED.wait_while(basket, is_waiting).unwrap().items.pop() {
                Some(item) => taken.push(item),
                None => return taken,
            }
        }
    });
    let all: Vec<u64> = taken.into_iter().flatten().collect();
    assert_eq!(all.len(), ALL / 2 * ROUNDS, "none twice");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "none lost");
}

#[test]
fn a_barrier_lets_nobody_into_the_next_round_early_and_has_one_leader_a_round() {
    static BARRIER: Barrier = Barrier::new(ALL);
    static ARRIVED: AtomicU64 = AtomicU64::new(0);
    const BARRIER_ROUNDS: u64 = 50;
    let led = everywhere(|_| {
        let mut led = 0;
        for round in 1..=BARRIER_ROUNDS {
            ARRIVED.fetch_add(1, Ordering::Relaxed);
            led += u64::from(BARRIER.wait().unwrap().is_leader());
            assert!(ARRIVED.load(Ordering::Relaxed) >= round * ALL as u64);
        }
        led
    });
    assert_eq!(led.into_iter().sum::<u64>(), BARRIER_ROUNDS);
}

#[test]
fn an_event_lets_everybody_pass() {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    static EVENT: Event = Event::new();
    let passed = everywhere(|_| {
        if STARTED.fetch_add(1, Ordering::Relaxed) == ALL as u64 - 1 {
            EVENT.set();
        }
        EVENT.wait().unwrap();
    });
    assert_eq!(passed.len(), ALL);
}

#[test]
fn an_event_of_auto_reset_is_a_lock_for_one() {
    static TURN: Event = Event::auto_reset();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    TURN.set();
    everywhere(|_| {
        for round in 0..ROUNDS {
            TURN.wait().unwrap();
            let before = COUNT.load(Ordering::Relaxed);
            if round % 16 == 0 {
                yield_now();
            }
            COUNT.store(before + 1, Ordering::Relaxed);
            TURN.set();
        }
    });
    assert_eq!(COUNT.load(Ordering::Relaxed), (ALL * ROUNDS) as u64);
    assert!(TURN.is_set());
}

#[test]
fn a_wait_group_ends_when_all_have_dropped_it() {
    let group = WaitGroup::new();
    let done = Arc::new(AtomicU64::new(0));
    let (theirs, counted) = (group.clone(), done.clone());
    let seen = everywhere(move |_| {
        let group = theirs.clone();
        for _ in 0..ROUNDS {
            drop(group.clone());
        }
        yield_now();
        counted.fetch_add(1, Ordering::Relaxed);
        drop(group);
    });
    group.wait().unwrap();
    assert_eq!((seen.len(), done.load(Ordering::Relaxed)), (ALL, ALL as u64));
}

#[test]
fn those_that_wait_for_a_group_go_on_together() {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    let group = WaitGroup::new();
    let slot = Mutex::new(Some(group));
    let done = everywhere(move |_| {
        let group = slot.lock().unwrap().as_ref().expect("it is taken by the last").clone();
        if STARTED.fetch_add(1, Ordering::Relaxed) == ALL as u64 - 1 {
            drop(slot.lock().unwrap().take());
        }
        group.wait().unwrap();
        STARTED.load(Ordering::Relaxed)
    });
    assert!(done.into_iter().all(|started| started == ALL as u64));
}

#[test]
fn a_once_cell_is_initialised_once() {
    static CELLS: [OnceCell<usize>; 50] = [const { OnceCell::new() }; 50];
    static MADE: AtomicU64 = AtomicU64::new(0);
    let seen = everywhere(|thread| {
        let get = |cell: &'static OnceCell<usize>| {
            *cell
                .get_or_init(|| {
                    yield_now();
                    MADE.fetch_add(1, Ordering::Relaxed);
                    thread
                })
                .unwrap()
        };
        CELLS.iter().map(get).collect::<Vec<_>>()
    });
    assert_eq!(MADE.load(Ordering::Relaxed), 50);
    assert!(seen.iter().all(|values| *values == seen[0]), "all see the same values");
}

#[test]
fn a_lazy_value_is_made_once() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    static VALUE: LazyLock<u64> = LazyLock::new(|| {
        yield_now();
        MADE.fetch_add(1, Ordering::Relaxed) + 41
    });
    assert!(everywhere(|_| *VALUE).into_iter().all(|value| value == 41));
    assert_eq!(MADE.load(Ordering::Relaxed), 1);
}

#[test]
fn what_is_not_sync_is_shared_through_a_mutex() {
    static CELL: Mutex<Cell<usize>> = Mutex::new(Cell::new(0));
    everywhere(|_| {
        let cell = CELL.lock().unwrap();
        cell.set(cell.get() + 1);
    });
    assert_eq!(CELL.lock().unwrap().get(), ALL);
}
