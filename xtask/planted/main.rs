//! Faults on purpose: `cargo xtask sanitize` demands that the sanitizer finds each of them inside a
//! green thread, in the middle of switches.

use std::hint::black_box;
use std::process::ExitCode;

use greenctx::{Carrier, spawn, yield_now};

fn main() -> ExitCode {
    let fault: fn() = match std::env::args().nth(1).as_deref() {
        Some("use-after-free") => use_after_free,
        Some("leak") => leak,
        _ => {
            eprintln!("usage: planted use-after-free|leak");
            return ExitCode::FAILURE;
        }
    };
    let carrier = Carrier::new().expect("there is room for one carrier");
    let ended = carrier.run(move || spawn(fault).join());
    match ended {
        Ok(Ok(())) => ExitCode::SUCCESS,
        other => {
            eprintln!("planted: {other:?}");
            ExitCode::FAILURE
        }
    }
}

/// Reads memory that was given back before a switch.
fn use_after_free() {
    let pointer: *const u64 = {
        let boxed = black_box(Box::new(42));
        &raw const *boxed
    };
    switch();
    // SAFETY: none, that is the point: the box is gone.
    println!("{}", unsafe { black_box(pointer).read() });
}

/// Loses memory, and overwrites the stack on which the pointer to it was.
fn leak() {
    lose();
    switch();
    black_box([0u8; 4096]);
}

#[inline(never)]
fn lose() {
    black_box(Box::leak(Box::new([7u8; 1000])));
}

fn switch() {
    for _ in 0..10 {
        let _ = spawn(|| ());
        yield_now();
    }
}
