//! What an OS thread has of its own: its reactor.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use greenstd::lasting::{Lasting, at_end};

use super::local::LocalReactor;

struct OsThread {
    /// One may wait up to the thread's last moment, when a reactor that was dropped is made anew.
    reactor: Lasting<RefCell<Option<Rc<LocalReactor>>>>,
}

greenstd::thread_local! {
    static OS_THREAD: OsThread =
        const { OsThread { reactor: Lasting::new(RefCell::new(None)) } };
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

/// Counts an operation of the calling thread, before it is done. A descriptor that is always ready would
/// keep its green thread running for ever: now and then the others get their turn.
///
/// # Errors
/// If the thread is interrupted when it has used its share up.
#[inline]
pub(crate) fn count_operation() -> io::Result<()> {
    match greenctx::count_operation() {
        false => Ok(()),
        true => give_way(),
    }
}

#[cold]
fn give_way() -> io::Result<()> {
    with_existing(|reactor| {
        if let Some(reactor) = reactor {
            reactor.harvest_for_waiters();
        }
    });
    Ok(greenctx::give_way()?)
}
