//! What a polled future wants done by the thread that waits for it.
//!
//! A future cannot tell whoever polls it to do something before it waits. One that needs that, because the
//! waiting thread holds what the future waits for, leaves an [`Errand`] with the [`block_on`](crate::block_on)
//! in which it is polled. Errands are kept by thread: a poll may park, and another thread of the
//! carrier may poll meanwhile.

use std::cell::RefCell;
use std::collections::VecDeque;

use greenctx::{Thread, ThreadId};

/// Something to be done by a thread in [`block_on`](crate::block_on) whenever it waits, as long as it is
/// under way: for those who write futures for things that the waiting thread holds.
///
/// ```
/// use greenio::{Carrier, Errand, block_on, is_errand_welcome, leave_errand};
/// use std::future::poll_fn;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::task::Poll;
///
/// /// Counts the waits. A real one lends out what the waiting thread holds.
/// struct Count(Arc<AtomicU32>);
///
/// impl Errand for Count {
///     fn wait_begins(&mut self) -> bool {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         true
///     }
///     fn wait_ends(&mut self) {}
/// }
///
/// let waits = Arc::new(AtomicU32::new(0));
/// Carrier::new()?.run({
///     let waits = waits.clone();
///     move || {
///         let mut polls = 0;
///         block_on(poll_fn(move |context| {
///             polls += 1;
///             if polls == 2 {
///                 return Poll::Ready(());
///             }
///             assert!(is_errand_welcome());
///             leave_errand(Box::new(Count(waits.clone())));
///             let waker = context.waker().clone();
///             std::thread::spawn(move || waker.wake());
///             Poll::Pending
///         }))
///     }
/// })??;
/// assert!(waits.load(Ordering::Relaxed) <= 1); // none if it was woken before
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// The methods are called outside of the poll, where they may park.
pub trait Errand {
    /// The thread is about to wait. `true` if the errand is under way: it is then told when the wait ends,
    /// and no other is begun. With `false` it is dropped.
    fn wait_begins(&mut self) -> bool;

    /// The thread goes on.
    fn wait_ends(&mut self);
}

greenstd::thread_local! {
    /// What was left by the polls that go on now, with the thread that polls; the innermost last.
    static POLLS: RefCell<Vec<(ThreadId, Errands)>> = const { RefCell::new(Vec::new()) };
}

/// In the order in which they were left; the first may be under way.
#[derive(Default)]
pub(crate) struct Errands(VecDeque<Box<dyn Errand>>);

impl Errands {
    /// Calls `poll`, and keeps what is left meanwhile.
    pub(crate) fn collect<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        struct Open<'a>(ThreadId, &'a mut Errands);
        impl Drop for Open<'_> {
            fn drop(&mut self) {
                let left = POLLS.with(|polls| {
                    let mut polls = polls.borrow_mut();
                    let place = polls.iter().rposition(|(thread, _)| *thread == self.0);
                    place.map(|place| polls.remove(place).1)
                });
                self.1.0.extend(left.into_iter().flat_map(|left| left.0));
            }
        }
        // In the last moments of an OS thread there are no errands.
        if POLLS.try_with(|_| ()).is_err() {
            return poll();
        }
        let thread = greenctx::with_current(Thread::id);
        POLLS.with(|polls| polls.borrow_mut().push((thread, Errands::default())));
        let _open = Open(thread, self);
        poll()
    }

    pub(crate) fn wait_begins(&mut self) {
        while let Some(mut errand) = self.0.pop_front() {
            if errand.wait_begins() {
                self.0.push_front(errand);
                return;
            }
        }
    }

    /// The errand that is under way, if any, is told.
    pub(crate) fn wait_ends(&mut self) {
        if let Some(errand) = self.0.front_mut() {
            errand.wait_ends();
        }
    }
}

/// Whether the caller is polled in a [`block_on`](crate::block_on), where it may [leave](leave_errand) an
/// errand.
///
/// ```
/// use greenio::{Carrier, block_on, is_errand_welcome};
///
/// assert!(!is_errand_welcome()); // nobody polls us
/// let inside = Carrier::new()?.run(|| block_on(async { is_errand_welcome() }))??;
/// assert!(inside);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn is_errand_welcome() -> bool {
    let thread = greenctx::with_current(Thread::id);
    let is_polling = |polls: &RefCell<Vec<(ThreadId, Errands)>>| {
        polls.borrow().iter().any(|(other, _)| *other == thread)
    };
    POLLS.try_with(is_polling).unwrap_or(false)
}

/// Leaves `errand` with the innermost [`block_on`](crate::block_on) that the caller is polled in. In none, it
/// is dropped.
///
/// ```
/// use greenio::{Errand, leave_errand};
///
/// struct Lend;
///
/// impl Errand for Lend {
///     fn wait_begins(&mut self) -> bool {
///         true // lend out what the waiting thread holds
///     }
///     fn wait_ends(&mut self) {} // take it back
/// }
///
/// leave_errand(Box::new(Lend)); // nobody polls us: it is dropped
/// ```
pub fn leave_errand(errand: Box<dyn Errand>) {
    if !is_errand_welcome() {
        return;
    }
    let thread = greenctx::with_current(Thread::id);
    let unwanted = POLLS.with(|polls| {
        let mut polls = polls.borrow_mut();
        match polls.iter_mut().rfind(|(other, _)| *other == thread) {
            Some((_, errands)) => {
                errands.0.push_back(errand);
                None
            }
            None => Some(errand),
        }
    });
    drop(unwanted);
}
