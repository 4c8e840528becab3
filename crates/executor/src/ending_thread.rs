//! Ending jobs on an OS thread of their own, for a carrier that has no stack to do it on.
//!
//! The carrier's scheduler runs on the OS thread's stack, and foreign code that waits there blocks the
//! carrier: for ever, if it waits for a job of that carrier.

use std::hint::black_box;

use greenstd::sync::{Arc, Mutex};
use greenstd::thread::Builder;

use crate::pool::Pool;

/// How much address space must be free before a thread is tried. `std` aborts the process if a thread that has
/// started does not get a stack for its signal handlers. Before that, the allocator may reserve 128 MiB for it.
const ROOM: usize = 256 << 20;

/// Calls `end`, which ends jobs of `pool`, on a thread of its own. The executor does not end before
/// those jobs have.
///
/// If there is no thread to be had either, it is called at once. Foreign code had better not wait then. But
/// nobody waits for the jobs in vain.
pub(crate) fn run(pool: &Arc<Pool>, end: impl FnOnce(&Pool) + Send + 'static) {
    if !is_there_room() {
        return end(pool);
    }
    // Left here by a thread that does not start.
    let order = Arc::new(Mutex::new(Some(end)));
    let (pool_there, order_there) = (pool.clone(), order.clone());
    let started = Builder::new().name("ending".to_owned()).spawn(move || {
        let end = order_there.lock().take();
        if let Some(end) = end {
            end(&pool_there);
        }
    });
    if started.is_err() {
        let end = order.lock().take();
        if let Some(end) = end {
            end(pool);
        }
    }
}

/// Whether a thread can be tried.
pub(crate) fn is_there_room() -> bool {
    let mut room = Vec::<u8>::new();
    let is_there = room.try_reserve_exact(ROOM).is_ok();
    // The compiler may leave out what nobody looks at.
    black_box(&mut room);
    is_there
}
