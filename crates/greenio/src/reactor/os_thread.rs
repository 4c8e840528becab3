//! What an OS thread has of its own: its reactor, and how long it has gone without a wait.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use greenstd::lasting::{Lasting, at_end};

use super::local::LocalReactor;

/// Successful operations without a wait, after which the others get their turn.
const OPERATIONS_IN_A_ROW: u32 = 64;

struct OsThread {
    /// One may wait up to the thread's last moment, when a reactor that was dropped is made anew.
    reactor: Lasting<RefCell<Option<Rc<LocalReactor>>>>,
    /// Successful operations since the last wait.
    operations: Cell<u32>,
}

greenstd::thread_local! {
    static OS_THREAD: OsThread =
        const { OsThread { reactor: Lasting::new(RefCell::new(None)), operations: Cell::new(0) } };
}

at_end! {
    static REACTOR_END = drop_reactor;
}

fn drop_reactor() {
    // A checker's thread-locals are gone by then, with the thread's others.
    let reactor = OS_THREAD.try_with(|local| local.reactor.take());
    drop(reactor);
}

/// Calls `look` with the reactor of the calling OS thread if it has one. `look` does not park.
#[inline]
pub(crate) fn with_existing<R>(look: impl FnOnce(Option<&LocalReactor>) -> R) -> R {
    // A checker's thread-locals may be gone.
    let mut look = Some(look);
    let mut call = |reactor: Option<&LocalReactor>| (look.take().expect("called once"))(reactor);
    match OS_THREAD.try_with(|local| call(local.reactor.borrow().as_deref())) {
        Ok(result) => result,
        Err(_) => call(None),
    }
}

/// The reactor of the calling OS thread, made if there is none.
///
/// # Errors
/// If the operating system has no descriptors left for it.
pub(crate) fn current() -> io::Result<Rc<LocalReactor>> {
    let made = OS_THREAD.try_with(|local| {
        let mut reactor = local.reactor.borrow_mut();
        match &*reactor {
            Some(reactor) if !reactor.shared().is_left_behind() => return Ok(reactor.clone()),
            Some(reactor) if reactor.is_installed.get() => {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "a green thread cannot wait for a descriptor in a forked child",
                ));
            }
            _ => {}
        }
        let made = reactor.insert(Rc::new(LocalReactor::new()?)).clone();
        REACTOR_END.arm();
        Ok(made)
    });
    made.unwrap_or_else(|_| {
        Err(io::Error::other("the OS thread is ending: it cannot wait any more"))
    })
}

/// Counts a successful operation of the calling thread. A descriptor that is always ready would keep its
/// green thread running for ever: now and then the others get their turn.
#[inline]
pub(crate) fn count_operation() {
    let is_due = OS_THREAD.try_with(|local| {
        let operations = local.operations.get() + 1;
        local.operations.set(operations);
        operations >= OPERATIONS_IN_A_ROW
    });
    if matches!(is_due, Ok(true)) {
        give_way();
    }
}

/// The calling thread waits: the others get their turn.
pub(super) fn begin_wait() {
    let _ = OS_THREAD.try_with(|local| local.operations.set(0));
}

#[cold]
fn give_way() {
    begin_wait();
    with_existing(|reactor| {
        if let Some(reactor) = reactor {
            reactor.harvest_for_waiters();
        }
    });
    if greenctx::is_anybody_waiting() && !greenctx::is_parking_forbidden() {
        greenctx::yield_now();
    }
}
