//! What libraries keep by OS thread, kept by green thread: the hook around suspensions.

use std::any::Any;
use std::rc::Rc;

use greenstd::panics;

use crate::park::no_park;

/// Keeps apart, for the green threads of a carrier, what some library keeps by OS thread.
///
/// A library that knows nothing of green threads may note in a thread-local what its caller is doing: a span
/// of `tracing`, a scoped value, the context of a measurement. A sibling that runs on the same carrier
/// meanwhile would find it there. A hook takes it away when a green thread is about to wait, and puts it
/// back when that thread goes on. It belongs to a carrier: see
/// [`CarrierBuilder::switch_hook`](crate::CarrierBuilder::switch_hook).
///
/// It is called on the stack of the green thread:
///
/// * around each suspension;
/// * around each [`assume`](crate::assume), so that a job which runs on the stack of another one sees nothing
///   of that;
/// * at the end of each green thread and each assumed identity, to remove what was left behind.
///
/// What it has taken stays in the frame that waits. So every green thread and every job starts with nothing
/// set. The hook runs inside [`no_park`](crate::no_park). A panic in it ends there, and the panic hook
/// reports it.
///
/// ```
/// use greenctx::{Carrier, JoinError, SwitchHook, spawn, yield_now};
/// use std::cell::Cell;
///
/// thread_local! {
///     static REQUEST: Cell<Option<u32>> = const { Cell::new(None) };
/// }
///
/// struct KeepRequests;
/// impl SwitchHook for KeepRequests {
///     type Kept = u32;
///     fn take(&self) -> Option<u32> {
///         REQUEST.take()
///     }
///     fn put_back(&self, request: u32) {
///         REQUEST.set(Some(request));
///     }
/// }
///
/// Carrier::builder().switch_hook(KeepRequests).build()?.run(|| {
///     let threads: Vec<_> = (0..3)
///         .map(|n| {
///             spawn(move || {
///                 assert_eq!(REQUEST.replace(Some(n)), None);
///                 yield_now(); // the others set theirs
///                 assert_eq!(REQUEST.get(), Some(n));
///             })
///         })
///         .collect();
///     for thread in threads {
///         thread.join()?;
///     }
///     assert_eq!(REQUEST.get(), None);
///     Ok::<_, JoinError>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "scoped_thread_local")]
#[doc(alias = "instrument")]
pub trait SwitchHook: 'static {
    /// What is taken from the OS thread while the green thread waits.
    type Kept: 'static;

    /// Takes away what the running green thread has set, if it has set anything. It leaves the OS thread as if
    /// nothing had run there.
    fn take(&self) -> Option<Self::Kept>;

    /// Sets again what was taken.
    fn put_back(&self, kept: Self::Kept);

    /// Removes for good what a green thread or a job has left behind at its end.
    ///
    /// Unless it is defined, it takes and drops.
    fn clear(&self) {
        drop(self.take());
    }
}

/// A hook, whatever type it keeps.
pub(crate) trait ErasedHook {
    /// Calls `suspend` in between: once, whatever the hook does.
    fn around(&self, suspend: &mut dyn FnMut());

    fn take_away(&self) -> Option<Box<dyn Any>>;

    fn give_back(&self, kept: Box<dyn Any>);

    fn remove(&self);
}

impl<H: SwitchHook> ErasedHook for H {
    fn around(&self, suspend: &mut dyn FnMut()) {
        let kept = contained(|| self.take()).flatten();
        suspend();
        if let Some(kept) = kept {
            contained(|| self.put_back(kept));
        }
    }

    fn take_away(&self) -> Option<Box<dyn Any>> {
        let kept = contained(|| self.take()).flatten()?;
        Some(Box::new(kept))
    }

    fn give_back(&self, kept: Box<dyn Any>) {
        let kept = kept.downcast::<H::Kept>().expect("a carrier has one hook");
        contained(|| self.put_back(*kept));
    }

    fn remove(&self) {
        contained(|| self.clear());
    }
}

/// Calls the hook's code. It must not park half way through a switch, nor unwind out of one.
fn contained<R>(run: impl FnOnce() -> R) -> Option<R> {
    match panics::contain(|| no_park(run)) {
        Ok(result) => Some(result),
        Err(payload) => {
            panics::dispose(payload);
            None
        }
    }
}

/// What was set on the OS thread, taken away until this is dropped. By then something else may have been left
/// behind: that is removed.
pub(crate) struct Aside {
    hook: Rc<dyn ErasedHook>,
    kept: Option<Box<dyn Any>>,
}

impl Aside {
    pub(crate) fn take(hook: Rc<dyn ErasedHook>) -> Self {
        let kept = hook.take_away();
        Aside { hook, kept }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.hook.remove();
        if let Some(kept) = self.kept.take() {
            self.hook.give_back(kept);
        }
    }
}
