//! Planted faults: a sanitizer that finds nothing proves nothing, so it must find these, in the middle
//! of switches. Each in a child process, and only in a build for the sanitizer.

use std::hint::black_box;

use greenctx::{current, park, spawn, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, Ordering};

use crate::{on_another_carrier, on_carrier};
use testkit::child;

/// Runs `fault` on a green thread of a child process; the sanitizer must say `report` about it.
#[track_caller]
fn is_found(test: &str, fault: fn(), report: &str) {
    if child::case().is_some() {
        return on_carrier(move || spawn(fault).join().unwrap());
    }
    let output = child::run(test, "fault");
    let text = child::describe(&output);
    assert!(!output.status.success() && text.contains(report), "no {report} was found: {text}");
}

fn switch_to_others() {
    for _ in 0..10 {
        spawn(|| ()).join().unwrap();
        yield_now();
    }
}

#[test]
fn planted_use_after_free_is_found() {
    fn fault() {
        let pointer: *const u64 = {
            let boxed = black_box(Box::new(42));
            &raw const *boxed
        };
        switch_to_others();
        // SAFETY: none, that is the point: the box is gone.
        println!("{}", unsafe { black_box(pointer).read() });
    }
    is_found("sanitizer::planted_use_after_free_is_found", fault, "heap-use-after-free");
}

#[test]
fn planted_overrun_on_the_stack_is_found() {
    fn fault() {
        let words = black_box([1u64; 8]);
        switch_to_others();
        let beyond = black_box(words.as_ptr()).wrapping_add(black_box(8));
        // SAFETY: none, that is the point: the array ends before.
        println!("{}", unsafe { beyond.read() });
    }
    is_found("sanitizer::planted_overrun_on_the_stack_is_found", fault, "stack-buffer-overflow");
}

#[test]
fn planted_leak_is_found() {
    #[inline(never)]
    fn lose() {
        black_box(Box::leak(Box::new([7u8; 1000])));
    }
    fn fault() {
        lose();
        switch_to_others();
    }
    is_found("sanitizer::planted_leak_is_found", fault, "detected memory leaks");
}

#[test]
fn what_a_thread_that_is_still_parked_holds_is_no_leak() {
    const THIS: &str = "sanitizer::what_a_thread_that_is_still_parked_holds_is_no_leak";
    if child::case().is_none() {
        return child::succeeds(THIS, "");
    }
    // The process ends before them.
    let parked = Arc::new(AtomicBool::new(false));
    let (theirs, main) = (parked.clone(), current());
    drop(on_another_carrier(move || {
        let holder = spawn(move || {
            let held = black_box(Box::new([7u8; 1000]));
            theirs.store(true, Ordering::Release);
            main.unpark();
            while park().is_ok() {}
            drop(black_box(held));
        });
        holder.join().unwrap();
    }));
    while !parked.load(Ordering::Acquire) {
        park().unwrap();
    }
}
