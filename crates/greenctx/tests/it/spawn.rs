//! Starting green threads: handles, names, ids, and what a carrier waits for.

use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use greenctx::{
    Builder, Carrier, MAX_STACK_BYTES, MIN_STACK_BYTES, StackError, Thread, current, park, spawn,
    spawn_local, yield_now,
};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};

use crate::drops::Drops;
use crate::{SMALL_STACK_BYTES, on, on_another_carrier, on_carrier};

#[test]
fn run_returns_what_main_returns() {
    assert_eq!(on_carrier(|| Rc::new(6 * 7)), Rc::new(42));
}

#[test]
fn the_first_thread_is_called_main_and_is_green() {
    on_carrier(|| {
        assert_eq!(current().name(), Some("main"));
        assert!(current().is_green());
    });
    assert!(!current().is_green());
}

#[test]
fn a_thread_knows_itself_as_its_handle_does() {
    on_carrier(|| {
        let handle = Builder::new().name("known").spawn(current).unwrap();
        let outside = handle.thread().clone();
        let inside = handle.join().unwrap();
        assert_eq!(inside, outside);
        assert_eq!(inside.id(), outside.id());
        assert_eq!(inside.name(), Some("known"));
        assert_eq!(spawn(|| current().name().map(String::from)).join().unwrap(), None);
    });
}

#[test]
fn ids_are_never_zero_and_never_used_twice() {
    fn ids() -> Vec<u64> {
        let mut threads: Vec<Thread> = vec![current()];
        // More than one block of ids, and seats that are used again.
        for _ in 0..5 {
            let round: Vec<_> = (0..1000).map(|_| spawn(current)).collect();
            threads.extend(round.into_iter().map(|handle| handle.join().unwrap()));
        }
        threads.iter().map(|thread| thread.id().as_u64()).collect()
    }
    let others = [on_another_carrier(ids), on_another_carrier(ids)];
    let plain = greenstd::thread::spawn(|| current().id().as_u64()).join().unwrap();
    let mut seen = HashSet::from([0]);
    let all = others.into_iter().flat_map(|carrier| carrier.join().unwrap()).chain([plain]);
    for id in all.chain([current().id().as_u64()]) {
        assert!(seen.insert(id), "id {id} is not new");
    }
}

#[test]
fn a_spawned_thread_first_runs_when_its_parent_lets_it() {
    on_carrier(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let child = runs.clone();
        let handle = spawn(move || child.fetch_add(1, Ordering::Relaxed));
        assert_eq!(runs.load(Ordering::Relaxed), 0);
        yield_now();
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert!(handle.is_finished());
    });
}

#[test]
fn threads_start_in_the_order_of_their_spawning() {
    on_carrier(|| {
        let order = Arc::new(greenstd::sync::Mutex::new(Vec::new()));
        let handles: Vec<_> = (0..1000)
            .map(|number| {
                let order = order.clone();
                spawn(move || order.lock().push(number))
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join().unwrap());
        assert_eq!(*order.lock(), (0..1000).collect::<Vec<_>>());
    });
}

#[test]
fn a_carrier_waits_for_threads_whose_handle_was_dropped() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = ended.clone();
    on_carrier(move || {
        for _ in 0..10 {
            let count = count.clone();
            drop(spawn(move || {
                // A whole tree of them, all of which outlive main.
                (0..50).for_each(|_| yield_now());
                let below = count.clone();
                drop(spawn(move || below.fetch_add(1, Ordering::Relaxed)));
                count.fetch_add(1, Ordering::Relaxed);
            }));
        }
    });
    assert_eq!(ended.load(Ordering::Relaxed), 20);
}

#[test]
fn what_cannot_be_sent_runs_in_a_local_thread() {
    on_carrier(|| {
        let shared = Rc::new(std::cell::Cell::new(1));
        let theirs = shared.clone();
        let handle = spawn_local(move || {
            theirs.set(2);
            theirs
        });
        assert!(Rc::ptr_eq(&handle.join().unwrap(), &shared));
        assert_eq!(shared.get(), 2);
    });
}

#[test]
fn a_local_thread_off_a_carrier_is_an_error_and_the_closure_is_dropped() {
    let drops = Drops::new();
    let captured = drops.counted();
    let error = Builder::new().spawn_local(move || drop(captured)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    assert!(error.to_string().contains("carrier"), "{error}");
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_stack_size_out_of_range_is_an_error_that_names_the_range() {
    fn refused(bytes: usize) {
        let drops = Drops::new();
        let captured = drops.counted();
        let builder = Builder::new().stack_size(bytes);
        let error = builder.spawn(move || drop(captured)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let text = error.to_string();
        for number in [bytes, MIN_STACK_BYTES, MAX_STACK_BYTES] {
            assert!(text.contains(&number.to_string()), "{text}");
        }
        assert_eq!(drops.count(), 1, "the closure of a refused thread");
    }
    for bytes in [0, 1, MIN_STACK_BYTES - 1, MAX_STACK_BYTES + 1, usize::MAX] {
        // On a plain OS thread the same sizes are refused, for the same code runs in both places.
        refused(bytes);
        on_carrier(move || refused(bytes));

        let error = Carrier::builder().stack_size(bytes).build().unwrap_err();
        assert!(matches!(error, StackError::Size(size) if size.requested() == bytes), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[test]
fn what_a_refused_closure_holds_may_park_and_spawn_as_it_is_dropped() {
    struct Lively(Drops);
    impl Drop for Lively {
        fn drop(&mut self) {
            yield_now();
            let counted = self.0.counted();
            spawn(move || drop(counted)).join().unwrap();
        }
    }
    on_carrier(|| {
        let drops = Drops::new();
        let lively = Lively(drops.clone());
        assert!(Builder::new().stack_size(1).spawn(move || drop(lively)).is_err());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn carriers_run_one_after_the_other_on_one_os_thread() {
    for round in 0..20 {
        assert_eq!(on_carrier(move || spawn(move || round).join().unwrap()), round);
    }
}

#[test]
fn a_carrier_within_a_carrier_is_a_panic_and_the_outer_one_goes_on() {
    on_carrier(|| {
        let nested = spawn(|| Carrier::new().expect("the settings are good").run(|| ()));
        assert!(nested.join().is_err());
        assert_eq!(spawn(|| 7).join().unwrap(), 7);
    });
}

#[test]
fn a_carrier_has_its_given_name_or_a_name_of_its_own() {
    let named = Carrier::builder().name("fetch-0").build().unwrap();
    assert_eq!(named.handle().name(), "fetch-0");
    let (one, two) = (Carrier::new().unwrap(), Carrier::new().unwrap());
    assert_ne!(one.handle().name(), two.handle().name());
    assert!(!one.handle().name().is_empty());
}

#[test]
fn many_threads_live_at_once() {
    const THREADS: usize = 20_000;
    on(Carrier::builder().stack_size(SMALL_STACK_BYTES), || {
        let handles: Vec<_> = (0..THREADS)
            .map(|number| {
                spawn(move || {
                    park().expect("nobody cancels us");
                    number
                })
            })
            .collect();
        yield_now();
        handles.iter().for_each(|handle| handle.thread().unpark());
        let sum: usize = handles.into_iter().map(|handle| handle.join().unwrap()).sum();
        assert_eq!(sum, THREADS * (THREADS - 1) / 2);
    });
}

#[test]
fn closures_and_results_may_take_most_of_the_stack() {
    const KIB: usize = 1 << 10;
    const STACK: usize = 128 * KIB;
    // In a debug build every copy that the program makes is kept.
    const LARGE: usize = if cfg!(debug_assertions) { 24 } else { 96 } * KIB;
    on(Carrier::builder().stack_size(16 * STACK), || {
        let large = [1_u8; LARGE];
        let sized = || Builder::new().stack_size(STACK);
        let takes = sized().spawn(move || std::hint::black_box(&large).len());
        assert_eq!(takes.unwrap().join().unwrap(), LARGE);
        let gives = sized().spawn(|| -> [u8; LARGE] { [std::hint::black_box(1); LARGE] });
        assert_eq!(gives.unwrap().join().unwrap().len(), LARGE);
    });
}
