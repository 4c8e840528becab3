//! The part of which every lock and channel here is made: a state, and lists of the threads that wait for it to
//! change, under one short lock.
//!
//! A waiting thread stands in a list by a *node* on its own stack, so waiting allocates nothing. A thread that
//! changes the state takes nodes off a list, in the order of the list. It may leave a message in each node. It
//! wakes their threads after it has released the lock. All the `unsafe` of waiting is in this directory. The
//! locks and channels that are built on it see closures under the lock, and outcomes.
//!
//! # Protocol
//!
//! A node is *linked* when it is in a list. Then it is *taken* off by a waker, which has its message, and then
//! *woken*. Or its owner gives up and takes it off: then it has *left*.
//!
//! | step of the waiter | what it does |
//! | --- | --- |
//! | *wait-link* | under the lock, finds that it must wait, and links its node |
//! | *wait-park* | unlocks and parks |
//! | *wait-check* | awake, for whatever reason, returns if the node is woken |
//! | *wait-leave* | if time or an interruption ended the park: locks, and takes the node off if it is still linked; if not, the node has been taken, and *wake-mark* is some instructions away: awaits it |
//!
//! | step of the waker | what it does |
//! | --- | --- |
//! | *wake-take* | under the lock, changes the state, takes nodes off and writes their messages |
//! | *wake-unlock* | unlocks |
//! | *wake-mark* | for each node: reads the next node and what waking takes, then marks the node as woken, which is the last time that it touches it |
//! | *wake-thread* | wakes the thread |
//!
//! *No wake-up is lost.* The lock orders *wait-link* against *wake-take*. If the link comes first, the waker finds
//! the node. If the waker comes first, the waiter sees the changed state and does not wait. A node that was taken
//! gets *wake-mark* and *wake-thread*. The permit of the latter outlasts a waiter that is not parked yet (the rules
//! of `greenctx::park`).
//!
//! *Time-out or cancellation against wake-up.* Both take the node off under the lock, so one of them does,
//! and the other sees that it did. A taken waiter has its answer, however late it is, by *wait-leave*. A waiter
//! that has left is given no message. (Named step: `monitor-leave-recheck`, in *wait-leave*.)
//!
//! *A node is alive as long as any thread touches it.* Its owner leaves [`Monitor::wait`] in one of two cases. It
//! has taken the node off itself, under the lock, so no other thread can find it any more; or it has seen
//! *wake-mark*. This holds also when the park panics. (Named steps: `monitor-woken-release` in *wake-mark* and
//! `monitor-woken-acquire` in *wait-check*, which also bring the message; `monitor-last-touch`, that *wake-mark*
//! comes after everything that reads the node.)
//!
//! *Nodes that stay taken.* A state may keep a [`Batch`] of nodes that have been taken and not woken. Their threads
//! were promised something which is yet to be made. They cannot leave, and park without regard
//! to time and interruptions until *wake-mark*. The thread that made the promise owes them that.
//!
//! A thread may also wait in several monitors at once: see [`select`].
//!
//! # Invariants of the `unsafe` code
//!
//! 1. The monitor's `Inner`, whether a node is linked, and the other fields of linked nodes are touched
//!    under the monitor's lock alone.
//! 2. A linked node lies in the frame of [`Monitor::wait`], or is borrowed by that of [`select::select`]; it
//!    does not move, and is taken off before the frame ends. The thread handle that it points to outlives
//!    the frame, and so does the claim, if it has one.
//! 3. A taken node belongs to the waker that took it, until *wake-mark*, and then to its owner again.

mod list;
pub(crate) mod select;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use greenctx::{
    Interrupted, Waiting, Wake, is_parking_forbidden, park_deadline, refuse_to_park, waiting,
    with_current,
};
use greenstd::cell::UnsafeCell;
use greenstd::spin::{SpinGuard, SpinLock};
use greenstd::step;
use greenstd::time::Instant;

pub(crate) use list::Batch;
use list::{List, Node};

/// A state of type `S`, and `LISTS` lists of threads that wait, each with a message of type `M`.
///
/// They lie in memory in this order, so that a state can choose what comes into one line of the cache with the lock.
#[repr(C)]
pub(crate) struct Monitor<S, M = (), const LISTS: usize = 1> {
    lock: SpinLock,
    inner: UnsafeCell<Inner<S, M, LISTS>>,
}

#[repr(C)]
struct Inner<S, M, const LISTS: usize> {
    state: S,
    lists: [List<M>; LISTS],
}

// SAFETY: states and messages go from thread to thread under the lock (invariant 1), so they must be
// `Send`. The pointers of the lists are to nodes that whoever holds the lock may use (invariant 2).
unsafe impl<S: Send, M: Send, const LISTS: usize> Send for Monitor<S, M, LISTS> {}
// SAFETY: as above; a shared monitor gives access to one thread at a time.
unsafe impl<S: Send, M: Send, const LISTS: usize> Sync for Monitor<S, M, LISTS> {}

// No user code runs under the lock, so none sees a state half changed by a panic.
impl<S, M, const LISTS: usize> UnwindSafe for Monitor<S, M, LISTS> {}
impl<S, M, const LISTS: usize> RefUnwindSafe for Monitor<S, M, LISTS> {}

/// The state and the lists, as the thread that holds the lock sees them.
pub(crate) struct Inside<'a, S, M, const LISTS: usize> {
    /// The state that the lock guards.
    pub(crate) state: &'a mut S,
    lists: &'a mut [List<M>; LISTS],
    batch: &'a mut Batch<M>,
}

/// The batch of taken nodes that a state keeps.
pub(crate) type BatchOf<S, M> = fn(&mut S) -> &mut Batch<M>;

/// What a thread that has entered by [`Monitor::wait`] decides.
pub(crate) enum Entry<R, M> {
    /// It need not wait.
    Done(R),
    /// It waits in a list, behind all others there.
    Wait { list: usize, message: M },
    /// It waits in a list, before all others there.
    WaitFirst { list: usize, message: M },
}

/// What has come of [`Monitor::wait`]. A thread that has waited gets its message back, as the waker left it.
pub(crate) enum Waited<R, M> {
    /// It did not wait.
    Done(R),
    /// A waker took it off the list.
    Woken(M),
    /// The time was over first.
    TimedOut(M),
    /// Its thread was cancelled first, or a deadline around the wait passed.
    Interrupted(Interrupted, M),
}

impl Waited<(), ()> {
    /// Whether the caller has what it waited for. For monitors whose wakers take a node off only to give that.
    #[inline]
    pub(crate) fn has_come(self) -> Result<bool, Interrupted> {
        match self {
            Waited::Done(()) | Waited::Woken(()) => Ok(true),
            Waited::TimedOut(()) => Ok(false),
            Waited::Interrupted(interrupted, ()) => Err(interrupted),
        }
    }
}

impl<S, M, const LISTS: usize> Monitor<S, M, LISTS> {
    greenstd::const_unless_loom! {
        /// A monitor in which no thread waits.
        pub(crate) fn new(state: S) -> Self {
            let inner = Inner { state, lists: [const { List::new() }; LISTS] };
            Monitor { lock: SpinLock::new(), inner: UnsafeCell::new(inner) }
        }
    }

    /// Calls `access` under the lock, and then wakes the threads that it has taken off their lists. `access`
    /// is short, runs no user code and does not enter the same monitor.
    #[inline]
    pub(crate) fn enter<R>(&self, access: impl FnOnce(&mut Inside<'_, S, M, LISTS>) -> R) -> R {
        let mut batch = Batch::new();
        let guard = self.lock.lock();
        // wake-take
        let result = self.with_inside(&guard, &mut batch, access);
        // wake-unlock
        drop(guard);
        // wake-mark and wake-thread
        batch.wake();
        result
    }

    /// How often a thread was inside, modulo 2^32: a hint, for whoever wants to know how busy the monitor is. In a model
    /// it is 0.
    #[inline]
    pub(crate) fn turns(&self) -> u32 {
        self.lock.turns()
    }

    /// Calls `access` under the lock. If that decides to wait, waits until a waker takes the caller off the
    /// list, or `deadline` passes. Reports say meanwhile that the caller waits for `what`.
    ///
    /// # Panics
    /// In `crate::no_park`, if it has to wait.
    #[inline]
    pub(crate) fn wait<R>(
        &self,
        what: Waiting,
        deadline: Option<Instant>,
        access: impl FnOnce(&mut Inside<'_, S, M, LISTS>) -> Entry<R, M>,
    ) -> Waited<R, M> {
        self.wait_with(what, deadline, access, || (), |_| ())
    }

    /// As [`wait`](Self::wait). `parking` is called, without the lock, once the caller stands in the list.
    /// `leaving` is called under the lock, if the caller leaves the list because of the time or an
    /// interruption, or must not wait at all.
    ///
    /// # Panics
    /// In `crate::no_park`, if it has to wait; before it stands in the list, so that it is given
    /// nothing that it would lose by the panic.
    #[inline]
    pub(crate) fn wait_with<R>(
        &self,
        what: Waiting,
        deadline: Option<Instant>,
        access: impl FnOnce(&mut Inside<'_, S, M, LISTS>) -> Entry<R, M>,
        parking: impl FnOnce(),
        leaving: impl FnOnce(&mut Inside<'_, S, M, LISTS>),
    ) -> Waited<R, M> {
        let mut batch = Batch::new();
        let guard = self.lock.lock();
        let (list, message, first) = match self.with_inside(&guard, &mut batch, access) {
            Entry::Done(result) => {
                drop(guard);
                batch.wake();
                return Waited::Done(result);
            }
            Entry::Wait { list, message } => (list, message, false),
            Entry::WaitFirst { list, message } => (list, message, true),
        };
        if is_parking_forbidden() {
            // It counts as one that has left: `access` may have noted that it waits.
            self.with_inside(&guard, &mut batch, leaving);
            drop(guard);
            batch.wake();
            refuse_to_park();
        }
        with_current(|thread| {
            let node = Node::new(thread, message);
            let standing = Standing { monitor: self, node: &node, list };
            // wait-link: in the same section as `access`, so no change is missed in between.
            self.with_lists(&guard, |lists| {
                // SAFETY: invariants 1 and 2: under the lock; `standing` takes it off.
                unsafe { lists[list].link(&node, first) };
            });
            // *wake-unlock*, then the wakes that `access` has brought about, then *wait-park*.
            drop(guard);
            batch.wake();
            parking();
            let outcome = waiting(&self.name(what), || standing.park(deadline, leaving));
            // It is in the list no more, so there is nothing to take off.
            std::mem::forget(standing);
            // The node is its owner's alone again (invariant 3).
            let message = node.into_message();
            match outcome {
                Ok(Wake::Unparked) => Waited::Woken(message),
                Ok(Wake::TimedOut) => Waited::TimedOut(message),
                Err(interrupted) => Waited::Interrupted(interrupted, message),
            }
        })
    }

    /// Calls `access` under the lock. Unless that gives a result, waits as a thread that has been taken: with
    /// `message` in the batch that the state keeps, until that is moved on. Returns the message as it is
    /// then. No time limit and no interruption ends this. The caller may park.
    pub(crate) fn wait_taken<R>(
        &self,
        message: M,
        batch_of: BatchOf<S, M>,
        access: impl FnOnce(&mut Inside<'_, S, M, LISTS>) -> Option<R>,
    ) -> Result<R, M> {
        with_current(|thread| {
            let mut batch = Batch::new();
            let node = Node::new(thread, message);
            let guard = self.lock.lock();
            let result = self.with_inside(&guard, &mut batch, |inside| {
                let result = access(inside);
                if result.is_none() {
                    // SAFETY: it is ours, in no list, and lives until it is woken, which we await.
                    unsafe { batch_of(inside.state).push(&node) };
                }
                result
            });
            drop(guard);
            batch.wake();
            match result {
                Some(result) => Ok(result),
                None => {
                    node.await_woken();
                    Err(node.into_message())
                }
            }
        })
    }

    /// The monitor is the object that is waited for, if nothing else was named.
    fn name(&self, what: Waiting) -> Waiting {
        match what.object() {
            0 => what.with_object(std::ptr::from_ref(self).addr()),
            _ => what,
        }
    }

    #[inline(always)]
    fn with_inside<R>(
        &self,
        _guard: &SpinGuard<'_>,
        batch: &mut Batch<M>,
        access: impl FnOnce(&mut Inside<'_, S, M, LISTS>) -> R,
    ) -> R {
        // SAFETY: the guard shows that we hold the lock.
        unsafe { self.with_inside_locked(batch, access) }
    }

    /// # Safety
    /// The caller holds the lock.
    #[inline(always)]
    unsafe fn with_inside_locked<R>(
        &self,
        batch: &mut Batch<M>,
        access: impl FnOnce(&mut Inside<'_, S, M, LISTS>) -> R,
    ) -> R {
        self.inner.with_mut(|inner| {
            // SAFETY: invariant 1: the caller holds the lock.
            let Inner { state, lists } = unsafe { &mut *inner };
            access(&mut Inside { state, lists, batch })
        })
    }

    #[inline(always)]
    fn with_lists<R>(
        &self,
        _guard: &SpinGuard<'_>,
        access: impl FnOnce(&mut [List<M>; LISTS]) -> R,
    ) -> R {
        self.inner.with_mut(|inner| {
            // SAFETY: invariant 1: the guard shows that we hold the lock.
            access(unsafe { &mut (*inner).lists })
        })
    }
}

impl<S, M, const LISTS: usize> Inside<'_, S, M, LISTS> {
    /// Whether a thread stands in `list`.
    #[inline]
    pub(crate) fn is_anybody_in(&self, list: usize) -> bool {
        !self.lists[list].is_empty()
    }

    /// The message of the first one in `list`, which stays there.
    #[inline]
    pub(crate) fn first(&mut self, list: usize) -> Option<&mut M> {
        // SAFETY: invariant 1: whoever has an `Inside` holds the lock.
        unsafe { self.lists[list].first() }
    }

    /// Takes the first one off `list`, to be woken when the lock is released, and lends its message.
    #[inline]
    pub(crate) fn take_first(&mut self, list: usize) -> Option<&mut M> {
        // SAFETY: invariants 1 and 3: under the lock; the node belongs to the batch from now on.
        unsafe { self.lists[list].take_first(self.batch) }
    }

    /// Takes the first one off `list` into the batch that the state keeps; returns whether there was one.
    pub(crate) fn take_first_to(&mut self, list: usize, batch_of: BatchOf<S, M>) -> bool {
        // SAFETY: invariants 1 and 3: under the lock; the node belongs to that batch from now on.
        unsafe { self.lists[list].take_first(batch_of(self.state)) }.is_some()
    }

    /// Takes the first one out of the batch that the state keeps, to be woken when the lock is released, and
    /// lends its message.
    pub(crate) fn release_first(&mut self, batch_of: BatchOf<S, M>) -> Option<&mut M> {
        batch_of(self.state).move_first(self.batch)
    }

    /// Takes all off `list`, to be woken when the lock is released; returns how many they were.
    pub(crate) fn take_all(&mut self, list: usize) -> usize {
        let mut count = 0;
        while self.take_first(list).is_some() {
            count += 1;
        }
        count
    }
}

/// A node that stands in a list, or did. Its drop takes care that the node is in none when its frame ends.
struct Standing<'a, S, M, const LISTS: usize> {
    monitor: &'a Monitor<S, M, LISTS>,
    node: &'a Node<M>,
    list: usize,
}

impl<S, M, const LISTS: usize> Standing<'_, S, M, LISTS> {
    /// *wait-park* to *wait-leave*.
    #[inline]
    fn park(
        &self,
        deadline: Option<Instant>,
        leaving: impl FnOnce(&mut Inside<'_, S, M, LISTS>),
    ) -> Result<Wake, Interrupted> {
        loop {
            // wait-park
            let parked = park_deadline(deadline);
            // wait-check: first, so that the answer wins over time and interruptions.
            if self.node.is_woken() {
                return Ok(Wake::Unparked);
            }
            // An unpark that was not meant for this wait: park again.
            if parked != Ok(Wake::Unparked) {
                // wait-leave
                let has_left = self.leave(leaving);
                return if has_left { parked } else { Ok(Wake::Unparked) };
            }
        }
    }

    /// *wait-leave*: returns whether the node was still there. If not, it is woken when this returns.
    #[cold]
    fn leave(&self, leaving: impl FnOnce(&mut Inside<'_, S, M, LISTS>)) -> bool {
        let mut batch = Batch::new();
        let guard = self.monitor.lock.lock();
        // Either we take the node off, or *wake-take* has done so before.
        let is_linked = self.monitor.with_lists(&guard, |lists| {
            // SAFETY: invariants 1 and 2: under the lock, and the node is in this list or in none.
            unsafe { lists[self.list].unlink(self.node) }
        });
        let is_taken = step::MONITOR_LEAVE_RECHECK.holds(|| !is_linked);
        if !is_taken {
            self.monitor.with_inside(&guard, &mut batch, leaving);
            drop(guard);
            batch.wake();
            return true;
        }
        drop(guard);
        // It has been taken: a waker still uses the node.
        self.node.await_woken();
        false
    }
}

impl<S, M, const LISTS: usize> Drop for Standing<'_, S, M, LISTS> {
    /// The park has panicked.
    fn drop(&mut self) {
        self.leave(|_| ());
    }
}

impl<S: fmt::Debug, M, const LISTS: usize> fmt::Debug for Monitor<S, M, LISTS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Monitor")
    }
}
