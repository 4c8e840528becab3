//! How much memory channels keep. A program of its own, as it counts for all threads: what runs beside a
//! test would be counted as well, so there is one test, with its parts in a row.
#![cfg(not(any(green_loom, green_shuttle)))]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::alloc::System;

use greensync::{bounded, unbounded};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// As much as a channel may keep although nothing is in it.
const KEPT_BYTES: isize = 64 * 1024;

/// What the test's own threads may take beside it.
const SLACK: isize = 16 * 1024;

/// How often they may.
const FEW: usize = 10;

const MANY: u64 = 1 << 20;

fn held(heap: &Region<'_, System>) -> isize {
    let change = heap.change();
    // Allocated and deallocated bytes include what reallocations have added and taken away.
    change.bytes_allocated as isize - change.bytes_deallocated as isize
}

#[test]
fn channels_keep_no_memory_that_they_do_not_need() {
    an_unbounded_channel_gives_back_what_its_longest_moment_took();
    what_is_left_is_in_proportion_to_what_is_in_it();
    a_channel_that_is_used_evenly_allocates_no_more();
    a_bounded_channel_keeps_its_room();
}

fn an_unbounded_channel_gives_back_what_its_longest_moment_took() {
    let heap = Region::new(HEAP);
    let (sender, receiver) = unbounded();
    (0..MANY).for_each(|n| sender.send(n).unwrap());
    assert!(held(&heap) >= 8 * MANY as isize, "{:?} does not count it", heap.change());
    assert!(receiver.try_iter().eq(0..MANY));
    assert!(held(&heap) <= KEPT_BYTES + SLACK, "{:?}", heap.change());
    drop(sender);
}

fn what_is_left_is_in_proportion_to_what_is_in_it() {
    let heap = Region::new(HEAP);
    let (sender, receiver) = unbounded();
    (0..MANY).for_each(|n| sender.send(n).unwrap());
    assert_eq!(receiver.iter().take(MANY as usize - 100_000).count(), MANY as usize - 100_000);
    assert!(held(&heap) <= 4 * 8 * 100_000 + SLACK, "{:?}", heap.change());
    assert!(receiver.try_iter().eq(MANY - 100_000..MANY));
    drop(sender);
}

fn a_channel_that_is_used_evenly_allocates_no_more() {
    let (sender, receiver) = unbounded();
    let round = || {
        (0..1000).for_each(|n| sender.send(n).unwrap());
        assert!(receiver.try_iter().eq(0..1000));
    };
    round();
    let heap = Region::new(HEAP);
    (0..100).for_each(|_| round());
    let change = heap.change();
    assert!(change.allocations + change.reallocations < FEW, "{change:?}");
}

fn a_bounded_channel_keeps_its_room() {
    let (sender, receiver) = bounded(1 << 16);
    let heap = Region::new(HEAP);
    for _ in 0..FEW {
        (0..1 << 16).for_each(|n| sender.try_send(n).unwrap());
        assert!(receiver.try_iter().eq(0..1 << 16));
    }
    let change = heap.change();
    assert!(change.allocations + change.reallocations < FEW, "{change:?}");
}
