//! The quiet, in which all accepted items have ended, and the end, after which nothing is accepted.

use std::task::Waker;

use greenstd::step;

use super::Queue;
use crate::Item;

impl<T: Item> Queue<T> {
    /// Whether every accepted item has ended. If not, `waker` is woken when that comes about.
    ///
    /// It may be woken although a new item has been accepted since, so ask again in a loop.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::task::{Wake, Waker};
    /// use std::thread::{self, Thread};
    /// use workqueue::Queue;
    ///
    /// struct Unpark(Thread);
    ///
    /// impl Wake for Unpark {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.unpark();
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// let carrier = &mut locals[0];
    /// thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         carrier.take();
    ///         carrier.count_started();
    ///         carrier.count_ended();
    ///     });
    ///     let waker = Waker::from(Arc::new(Unpark(thread::current())));
    ///     while !queue.is_quiet_or_wake(&waker) {
    ///         thread::park();
    ///     }
    /// });
    /// assert!(queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "join")]
    #[doc(alias = "wait_idle")]
    pub fn is_quiet_or_wake(&self, waker: &Waker) -> bool {
        if self.is_quiet() {
            return true;
        }
        // waiters-enter, waiters-wait-fence
        self.shared.quiet.enter(waker.clone());
        // quiet-recheck
        if !step::QUIET_RECHECK.holds(|| self.is_quiet()) {
            return false;
        }
        self.shared.quiet.leave(waker);
        true
    }

    /// Whether every accepted item has ended.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// assert!(queue.is_quiet()); // nothing was accepted
    /// queue.admit()?.push(7);
    /// locals[0].take();
    /// locals[0].count_started();
    /// assert!(!queue.is_quiet()); // it still runs
    /// locals[0].count_ended();
    /// assert!(queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "is_idle")]
    pub fn is_quiet(&self) -> bool {
        self.shared.is_quiet()
    }

    /// Accepts nothing more. What was accepted is still to be run.
    ///
    /// Returns `true` for the call that closed. Carriers and the threads that wait for room are woken.
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// assert!(queue.close());
    /// assert!(!queue.close()); // it is closed already
    /// assert_eq!(queue.submit(8), Err((Refused::Closed, 8)));
    /// assert_eq!(locals[0].take(), Some(7));
    /// # Ok::<(), Refused>(())
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) -> bool {
        let first = self.shared.admission.close();
        self.shared.room.wake_all();
        self.wake_all();
        first
    }

    /// Whether [`close`](Self::close) was called.
    ///
    /// ```
    /// let (queue, _locals) = workqueue::Queue::<u32>::new(1, 1);
    /// assert!(!queue.is_closed());
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.admission.is_closed()
    }

    /// Whether the queue is closed and every accepted item has ended: carriers may end.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// queue.close();
    /// assert!(!queue.is_exhausted()); // one item is left
    /// locals[0].take();
    /// locals[0].count_started();
    /// locals[0].count_ended();
    /// assert!(queue.is_exhausted());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "isTerminated")]
    pub fn is_exhausted(&self) -> bool {
        self.is_closed() && self.is_quiet()
    }

    /// Wakes every carrier: something has changed outside of the queue that all of them must see.
    ///
    /// What changes in the queue wakes the carriers by itself.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// use std::task::Wake;
    /// use workqueue::Queue;
    ///
    /// #[derive(Default)]
    /// struct Woken(AtomicBool);
    ///
    /// impl Wake for Woken {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.store(true, Relaxed);
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let woken = Arc::new(Woken::default());
    /// locals[0].set_waker(woken.clone().into());
    /// queue.wake_all();
    /// assert!(woken.0.load(Relaxed));
    /// ```
    pub fn wake_all(&self) {
        self.shared.idle.wake_all();
    }
}
