//! Work that the carriers find elsewhere than in the queue.

/// Work that lies beside the queue. The carriers run it too, in the same worker slots.
///
/// The queue neither counts nor takes it. It only asks whether there is some, before a carrier sleeps, and before it
/// leaves a search. So such work takes part in the protocol by which carriers sleep and are woken.
///
/// Give it to the queue by [`Queue::set_beside`](crate::Queue::set_beside). When you have added some, call
/// [`Queue::beside_added`](crate::Queue::beside_added).
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
/// use std::task::Waker;
/// use workqueue::{Beside, Queue};
///
/// #[derive(Default)]
/// struct Letters(AtomicU32);
///
/// impl Beside for Letters {
///     fn is_any_left(&self) -> bool {
///         self.0.load(SeqCst) > 0
///     }
/// }
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// let letters = Arc::new(Letters::default());
/// queue.set_beside(letters.clone());
/// let carrier = &mut locals[0];
/// carrier.set_waker(Waker::noop().clone());
/// assert!(carrier.announce_sleep()); // nothing waits
///
/// letters.0.store(1, SeqCst);
/// queue.beside_added();
/// assert_eq!(queue.sleeping_carriers(), 0); // it was woken for the letter
/// carrier.end_sleep();
/// letters.0.store(0, SeqCst); // handles it
/// carrier.search_over();
/// ```
pub trait Beside: Send + Sync {
    /// Whether some is left that a worker could take.
    ///
    /// The caller has fenced before. If whoever adds work does so without a fence of its own, this must make up for
    /// it: see [`Queue::beside_added_unfenced`](crate::Queue::beside_added_unfenced). A few loads and short locks; it
    /// must not block otherwise, nor panic.
    fn is_any_left(&self) -> bool;
}
