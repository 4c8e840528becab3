//! Which dispatcher an OS thread has: the global one, or a scoped one above it.
//!
//! `tracing` does not say which of the two it is, and does not give the global one while there is a scoped
//! one. What it does say:
//!
//! 1. A `get_default` inside another one gives the dispatcher that does nothing, unless no OS thread at all
//!    has a scoped one: then both give the global one. So in most programs two loads tell that there is
//!    nothing to do.
//! 2. Two dispatchers that print themselves alike have the same subscriber. What is printed is compared by
//!    its hash.
//! 3. On an OS thread that has just been started the default is the global one. One is started for that
//!    if a scoped one is met before the global one was ever seen.

use std::fmt::{self, Write};

use greenstd::sync::OnceLock;
use greenstd::thread;
use tracing::dispatcher::{Dispatch, get_default};
use tracing::subscriber::NoSubscriber;

/// The global dispatcher, once it has been seen. It is set once in a process.
static GLOBAL: OnceLock<Dispatch> = OnceLock::new();

/// The dispatcher that the caller's OS thread has at present.
#[inline]
pub(super) fn current() -> Dispatch {
    get_default(Dispatch::clone)
}

/// If `current`, which is the caller's, is a scoped one: the global one beneath it.
#[inline]
pub(super) fn beneath(current: &Dispatch) -> Option<Dispatch> {
    if nobody_has_a_scoped_one() {
        GLOBAL.get_or_init(|| current.clone());
        return None;
    }
    beneath_by_comparison(current)
}

#[inline]
fn nobody_has_a_scoped_one() -> bool {
    get_default(|_| get_default(|inner| !does_nothing(inner)))
}

#[cold]
fn beneath_by_comparison(current: &Dispatch) -> Option<Dispatch> {
    if GLOBAL.get().is_none() && does_nothing(current) {
        return None;
    }
    let global = global();
    (fingerprint(current) != fingerprint(&global)).then_some(global)
}

fn global() -> Dispatch {
    if let Some(global) = GLOBAL.get() {
        return global.clone();
    }
    // Without an OS thread to be had, siblings are not traced while the present green thread waits.
    let seen = thread::Builder::new().spawn(current).ok().and_then(|asked| asked.join().ok());
    match seen {
        Some(seen) if !does_nothing(&seen) => GLOBAL.get_or_init(|| seen).clone(),
        _ => Dispatch::none(),
    }
}

fn does_nothing(dispatcher: &Dispatch) -> bool {
    dispatcher.is::<NoSubscriber>()
}

/// Equal for dispatchers that have the same subscriber.
fn fingerprint(dispatcher: &Dispatch) -> u64 {
    struct Hash(u64);
    impl Write for Hash {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            // FNV-1a.
            for byte in text.bytes() {
                self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            Ok(())
        }
    }
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    // Hashing does not fail.
    let _ = write!(hash, "{dispatcher:?}");
    hash.0
}
