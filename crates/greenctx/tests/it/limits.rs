//! No stack to be had: an error, nothing lost, and better times to come. Each in a child process.

use std::io;

use greenctx::{
    Builder, Carrier, GuardKind, JoinHandle, StackError, StackPool, park, spawn, yield_now,
};

use crate::drops::Drops;
use crate::os::{
    become_nobody, limit_address_space, lock_future_memory, resident_bytes, unlimit_address_space,
};
use crate::{SMALL_STACK_BYTES, on};
use testkit::child;

const MIB: u64 = 1 << 20;

/// Spawns parked threads until one is refused.
fn spawn_until_refused(drops: &Drops, at_most: usize) -> (Vec<JoinHandle<()>>, io::Error) {
    let mut parked = Vec::new();
    while parked.len() < at_most {
        let counted = drops.counted();
        let body = move || {
            park().expect("nobody cancels us");
            drop(counted);
        };
        match Builder::new().spawn(body) {
            Ok(handle) => parked.push(handle),
            Err(error) => return (parked, error),
        }
    }
    panic!("{at_most} threads, and none was refused");
}

fn end(parked: Vec<JoinHandle<()>>) {
    yield_now();
    parked.iter().for_each(|handle| handle.thread().unpark());
    parked.into_iter().for_each(|handle| handle.join().unwrap());
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the sanitizer cannot do without address space")]
fn without_address_space_spawning_is_an_error_until_others_have_ended() {
    const THIS: &str = "limits::without_address_space_spawning_is_an_error_until_others_have_ended";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    on(Carrier::builder().stack_size(64 * MIB as usize), || {
        limit_address_space(400 * MIB);
        let drops = Drops::new();
        for round in 1..=3 {
            let (parked, error) = spawn_until_refused(&drops, 100);
            assert!(!parked.is_empty());
            assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
            assert!(error.to_string().contains("no address space"), "{error}");
            let count = parked.len();
            end(parked);
            // Every closure has ended, and the refused one was dropped.
            assert_eq!(drops.count(), round * (count + 1));
        }
        unlimit_address_space();
        assert_eq!(spawn(|| 1).join().unwrap(), 1);
    });
}

#[test]
fn without_a_stack_for_main_a_carrier_says_so() {
    const THIS: &str = "limits::without_a_stack_for_main_a_carrier_says_so";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    limit_address_space(100 * MIB);
    let drops = Drops::new();
    let counted = drops.counted();
    let carrier = Carrier::builder().stack_size(512 * MIB as usize).build().unwrap();
    let error = carrier.run(move || drop(counted)).unwrap_err();
    assert!(matches!(&error, StackError::Os(os) if os.kind() == io::ErrorKind::OutOfMemory));
    assert_eq!(drops.count(), 1);
    unlimit_address_space();
    assert_eq!(Carrier::new().unwrap().run(|| 1).unwrap(), 1);
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the sanitizer cannot lock its own memory")]
fn where_all_memory_is_locked_a_few_threads_cost_a_few_stacks() {
    const THIS: &str = "limits::where_all_memory_is_locked_a_few_threads_cost_a_few_stacks";
    match child::case().as_deref() {
        None => {
            child::succeeds(THIS, "as we are");
            child::succeeds(THIS, "nobody, with a limit on locked memory");
        }
        Some(case) => {
            if case.starts_with("nobody") {
                become_nobody();
            }
            on(Carrier::builder(), || ());
            if !lock_future_memory() {
                println!("skipped: the process may not lock memory");
                return;
            }
            let before = resident_bytes();
            on(Carrier::builder(), move || {
                assert_eq!(spawn(|| 1).join().unwrap(), 1);
                let more = resident_bytes().saturating_sub(before);
                // Most of it is the stack of the watchdog's OS thread.
                assert!(more < 8 * MIB, "{more} bytes more");
            });
        }
    }
}

#[test]
fn guards_by_mprotect_stop_before_the_kernels_limit() {
    const THIS: &str = "limits::guards_by_mprotect_stop_before_the_kernels_limit";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let protecting = || {
        let pool = StackPool::builder().guard(GuardKind::Protect).build();
        Carrier::builder().stacks(pool).stack_size(SMALL_STACK_BYTES)
    };
    // Twice, as the mappings of the first pool are free again once it is gone. (In a build for the
    // sanitizer they stay.)
    for _ in 0..if cfg!(feature = "sanitizer") { 1 } else { 2 } {
        let refused = on(protecting(), move || {
            let drops = Drops::new();
            let (parked, error) = spawn_until_refused(&drops, limit);
            assert!((limit * 4 / 10..limit / 2).contains(&parked.len()), "{}", parked.len());
            // What was refused is refused again, and the rest of the process has mappings left.
            assert!(Builder::new().spawn(|| ()).is_err());
            std::fs::read_to_string("/proc/self/maps").unwrap();
            assert_eq!(greenstd::thread::spawn(|| 5).join().unwrap(), 5);
            end(parked);
            spawn(|| ()).join().unwrap();
            error
        });
        let text = refused.to_string();
        for words in ["vm.max_map_count", &limit.to_string(), "mprotect", "sysctl"] {
            assert!(text.contains(words), "{text}");
        }
        let source = refused.into_inner().expect("it has a cause");
        let error = source.downcast_ref::<StackError>().expect("the cause is a stack error");
        assert!(matches!(error, StackError::TooManyMappings { max_map_count, .. }
            if *max_map_count == limit));
    }
}

#[test]
fn guards_by_madvise_cost_no_mappings() {
    const THIS: &str = "limits::guards_by_madvise_cost_no_mappings";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    let mappings = || std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    let pool = StackPool::builder().guard(GuardKind::Install).build();
    on(Carrier::builder().stacks(pool).stack_size(SMALL_STACK_BYTES), move || {
        let first = spawn(|| ());
        first.join().unwrap();
        let before = mappings();
        let parked: Vec<_> =
            (0..5000).map(|_| spawn(|| park().expect("nobody cancels us"))).collect();
        let after = mappings();
        end(parked);
        // A kernel without them makes do with mprotect, two for each.
        assert!(after < before + 100 || after > before + 5000, "{before} to {after} mappings");
    });
}
