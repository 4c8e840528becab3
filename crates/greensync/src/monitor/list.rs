//! Lists of nodes that lie on the stacks of waiting threads. For the invariants see the
//! [module above](super).

use std::marker::PhantomData;
use std::ptr;

use greenctx::{Thread, Waiting, is_parking_forbidden, park, shield, waiting};
use greenstd::atomic::{AtomicBool, AtomicUsize, Ordering};
use greenstd::cell::UnsafeCell;
use greenstd::{step, thread};

/// Before a thread parks until its node is woken, which is probably being done.
const FEW_LOOKS: u32 = 4;

/// What a thread waits for that was taken, by a waker that is not done with it.
const UNDER_WAY: Waiting = Waiting::on("a message under way");

/// A thread in a list.
pub(super) struct Node<M> {
    /// *wake-mark*: the waker is done with the node.
    woken: AtomicBool,
    /// Apart from the rest: an owner that leaves looks at it while a waker may be using that.
    linked: UnsafeCell<bool>,
    inner: UnsafeCell<Inner<M>>,
}

struct Inner<M> {
    /// The handle of the waiting thread, which outlives the wait.
    thread: *const Thread,
    /// Neighbours in the list; `next` also the next one of a batch.
    previous: *const Node<M>,
    next: *const Node<M>,
    /// The claim of the select that the node is an arm of, and the arm's number; or null.
    claim: *const Claim,
    number: usize,
    message: M,
}

/// Which arm of a select was chosen; see [`select`](super::select).
pub(crate) struct Claim(AtomicUsize);

/// No arm is chosen yet.
const OPEN: usize = usize::MAX;

/// None will be.
const LEFT: usize = usize::MAX - 1;

impl Claim {
    pub(super) fn new() -> Self {
        Claim(AtomicUsize::new(OPEN))
    }

    /// *select-end*: returns the arm that was chosen, if one was.
    pub(super) fn chosen(&self) -> Option<usize> {
        // What the counterpart wrote is ordered by *wake-mark*.
        Some(self.0.load(Ordering::Relaxed)).filter(|number| *number < LEFT)
    }

    /// *select-end*: from now on no arm is chosen; returns the one that was.
    pub(super) fn leave(&self) -> Option<usize> {
        let order = Ordering::Relaxed;
        // It fails only if an arm was chosen a moment before: that one counts.
        step::SELECT_LEAVE_CAS.compare_exchange(&self.0, OPEN, LEFT, order, order).err()
    }

    /// *select-claim*: returns whether the arm is chosen now.
    fn choose(&self, number: usize) -> bool {
        let order = Ordering::Relaxed;
        step::SELECT_CLAIM_CAS.compare_exchange(&self.0, OPEN, number, order, order).is_ok()
    }
}

impl<M> Node<M> {
    /// A node for a thread that it may not outlive, in no list.
    #[inline]
    pub(super) fn new(thread: *const Thread, message: M) -> Self {
        let inner = Inner {
            thread,
            previous: ptr::null(),
            next: ptr::null(),
            claim: ptr::null(),
            number: 0,
            message,
        };
        Node {
            woken: AtomicBool::new(false),
            linked: UnsafeCell::new(false),
            inner: UnsafeCell::new(inner),
        }
    }

    /// Makes it an arm of a select by `thread`.
    ///
    /// # Safety
    /// The node is in no list, and the caller's. Thread and claim outlive its time in one.
    pub(super) unsafe fn bind(&self, thread: &Thread, claim: Option<&Claim>, number: usize) {
        // It may have been in a select before.
        self.woken.store(false, Ordering::Relaxed);
        // SAFETY: as the caller says.
        unsafe {
            Node::with(self, |inner| {
                inner.thread = thread;
                inner.claim = claim.map_or(ptr::null(), ptr::from_ref);
                inner.number = number;
            });
        }
    }

    /// Lends the message.
    ///
    /// # Safety
    /// The node is in no list, and the caller's.
    pub(super) unsafe fn with_message<R>(&self, access: impl FnOnce(&mut M) -> R) -> R {
        // SAFETY: as the caller says.
        unsafe { Node::with(self, |inner| access(&mut inner.message)) }
    }

    /// *select-claim*: returns whether a node that was taken off its list counts as taken.
    ///
    /// # Safety
    /// Invariant 1: the caller has just taken the node off, under the lock.
    #[inline]
    unsafe fn claim(node: *const Self) -> bool {
        // SAFETY: as the caller says.
        let (claim, number) = unsafe { Node::with(node, |inner| (inner.claim, inner.number)) };
        // SAFETY: null, or a claim that outlives the node's time in the list (invariant 2), which ends
        // when its owner has got the lock that the caller holds.
        unsafe { claim.as_ref() }.is_none_or(|claim| claim.choose(number))
    }

    /// *wait-check*: returns whether the node has been taken, and its waker uses it no more.
    #[inline]
    pub(super) fn is_woken(&self) -> bool {
        self.woken.load(step::MONITOR_WOKEN_ACQUIRE.ordering(Ordering::Acquire))
    }

    /// Waits for *wake-mark* of the thread that has taken the node, whatever else happens meanwhile. It is a
    /// few instructions away, unless the waker's OS thread has lost its processor, or the node is in a
    /// batch that is kept in a state.
    pub(super) fn await_woken(&self) {
        for _ in 0..FEW_LOOKS {
            if self.is_woken() {
                return;
            }
            thread::yield_now();
        }
        // *wake-thread* follows *wake-mark*, so the thread does not sleep here for ever.
        shield(|| {
            while !self.is_woken() {
                match is_parking_forbidden() {
                    false => _ = waiting(&UNDER_WAY, park),
                    true => thread::yield_now(),
                }
            }
        });
    }

    /// Takes the message back.
    #[inline]
    pub(super) fn into_message(self) -> M {
        // For the checkers: an access to the node that is still going on is an error.
        self.inner.with_mut(|_| ());
        self.inner.into_inner().message
    }

    /// Notes whether the node is in a list; returns whether it was.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock of the list that the node is or was in.
    #[inline(always)]
    unsafe fn set_linked(&self, linked: bool) -> bool {
        // SAFETY: as the caller says: nobody else looks at it meanwhile.
        self.linked.with_mut(|cell| unsafe { cell.replace(linked) })
    }

    /// # Safety
    /// The caller may use the node exclusively: by invariant 1 or 3.
    #[inline(always)]
    unsafe fn with<R>(node: *const Self, access: impl FnOnce(&mut Inner<M>) -> R) -> R {
        // SAFETY: the node is alive (invariants 2 and 3), and the caller has it for itself.
        let inner = unsafe { &(*node).inner };
        // SAFETY: as above.
        inner.with_mut(|inner| access(unsafe { &mut *inner }))
    }
}

/// The ends of a list.
pub(super) struct List<M> {
    first: *const Node<M>,
    last: *const Node<M>,
}

impl<M> List<M> {
    pub(super) const fn new() -> Self {
        List { first: ptr::null(), last: ptr::null() }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Adds a node, behind all others or before them.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock. Invariant 2: the node is in no list, stays where it is, and
    /// is taken off before it ends.
    #[inline]
    pub(super) unsafe fn link(&mut self, node: &Node<M>, first: bool) {
        // SAFETY: invariant 1.
        unsafe { node.set_linked(true) };
        let node: *const Node<M> = node;
        let (previous, next) =
            if first { (ptr::null(), self.first) } else { (self.last, ptr::null()) };
        // SAFETY: invariant 1.
        unsafe {
            Node::with(node, |inner| {
                inner.previous = previous;
                inner.next = next;
            });
        }
        // SAFETY: invariant 1; both are in this list.
        unsafe { self.join(previous, node) };
        // SAFETY: as above.
        unsafe { self.join(node, next) };
    }

    /// Takes a node off if it is in this list; returns whether it was.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock. The node is in this list or in none; it may be in a batch.
    pub(super) unsafe fn unlink(&mut self, node: &Node<M>) -> bool {
        // SAFETY: invariant 1.
        let linked = unsafe { node.set_linked(false) };
        if linked {
            // SAFETY: invariant 1: it was linked, so no waker has it.
            let (previous, next) =
                unsafe { Node::with(node, |inner| (inner.previous, inner.next)) };
            // SAFETY: invariant 1: they were neighbours of a linked node.
            unsafe { self.join(previous, next) };
        }
        linked
    }

    /// Lends the message of the first node.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock as long as the borrow lasts.
    #[inline]
    pub(super) unsafe fn first(&mut self) -> Option<&mut M> {
        if self.first.is_null() {
            return None;
        }
        // SAFETY: invariant 1.
        Some(unsafe { message_of(self.first) })
    }

    /// Takes the first node off, puts it into `batch` and lends its message. Passes over nodes of
    /// selects that have chosen another arm or have left.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock as long as the borrow lasts.
    #[inline]
    pub(super) unsafe fn take_first<'a>(&mut self, batch: &'a mut Batch<M>) -> Option<&'a mut M> {
        loop {
            let node = self.first;
            // SAFETY: a node in the list is alive (invariant 2), and `first` is null or one.
            let node_ref = unsafe { node.as_ref() }?;
            // SAFETY: invariant 1.
            unsafe { self.unlink(node_ref) };
            // select-claim: if it fails, the node's select has another arm, or has left.
            // SAFETY: invariant 1: it has just been taken off.
            if unsafe { Node::claim(node) } {
                // SAFETY: invariant 3: it was linked, and is the batch's now.
                unsafe { batch.push(node) };
                // SAFETY: invariant 3, as long as the batch is borrowed.
                return Some(unsafe { message_of(node) });
            }
        }
    }

    /// Makes two neighbours of this list know each other; null stands for its ends.
    ///
    /// # Safety
    /// Invariant 1.
    #[inline(always)]
    unsafe fn join(&mut self, previous: *const Node<M>, next: *const Node<M>) {
        if previous.is_null() {
            self.first = next;
        } else {
            // SAFETY: invariant 1.
            unsafe { Node::with(previous, |inner| inner.next = next) };
        }
        if next.is_null() {
            self.last = previous;
        } else {
            // SAFETY: invariant 1.
            unsafe { Node::with(next, |inner| inner.previous = previous) };
        }
    }
}

/// # Safety
/// The caller has the node for itself, by invariant 1 or 3, as long as the borrow lasts.
#[inline(always)]
unsafe fn message_of<'a, M>(node: *const Node<M>) -> &'a mut M {
    // SAFETY: as the caller says.
    let message = unsafe { Node::with(node, |inner| &raw mut inner.message) };
    // SAFETY: as the caller says.
    unsafe { &mut *message }
}

/// Nodes that have been taken and are to be woken. A batch that is kept in the state of a monitor
/// keeps its nodes until they are moved on to another one.
pub(crate) struct Batch<M> {
    first: *const Node<M>,
    last: *const Node<M>,
    _owns: PhantomData<M>,
}

// SAFETY: its nodes are its own (invariant 3), whatever thread it is on; messages go to it and back.
unsafe impl<M: Send> Send for Batch<M> {}

impl<M> Batch<M> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Batch { first: ptr::null(), last: ptr::null(), _owns: PhantomData }
    }

    /// Moves the first node on to another batch, and lends its message.
    pub(super) fn move_first<'a>(&mut self, to: &'a mut Batch<M>) -> Option<&'a mut M> {
        let node = self.first;
        if node.is_null() {
            return None;
        }
        // SAFETY: invariant 3: the batch's own.
        self.first = unsafe { Node::with(node, |inner| inner.next) };
        // SAFETY: it was taken, and is in no batch now.
        unsafe { to.push(node) };
        // SAFETY: invariant 3, as long as the batch is borrowed.
        Some(unsafe { message_of(node) })
    }

    /// # Safety
    /// Invariant 3: the caller has just taken the node off its list, or out of another batch, or the node is its
    /// own and in no list. It is alive until it is woken.
    #[inline]
    pub(super) unsafe fn push(&mut self, node: *const Node<M>) {
        // SAFETY: invariant 3.
        unsafe { Node::with(node, |inner| inner.next = ptr::null()) };
        if self.first.is_null() {
            self.first = node;
        } else {
            // SAFETY: invariant 3: the last one of the batch.
            unsafe { Node::with(self.last, |inner| inner.next = node) };
        }
        self.last = node;
    }

    /// *wake-mark* and *wake-thread* for each node. Without the lock.
    ///
    /// A carrier runs first the thread that was woken last (its data is still warm), and the others in the
    /// order of their wake-ups. So the first one is woken last.
    #[inline]
    pub(super) fn wake(&mut self) {
        let first = std::mem::replace(&mut self.first, ptr::null());
        if first.is_null() {
            return;
        }
        // SAFETY: invariant 3: the batch's own.
        let mut node = unsafe { Node::with(first, |inner| inner.next) };
        while !node.is_null() {
            // SAFETY: invariant 3: the batch's own, and its last use.
            node = unsafe { wake(node) };
        }
        // SAFETY: as above.
        unsafe { wake(first) };
    }
}

/// *wake-mark* and *wake-thread* for a node; returns the next one of its batch.
///
/// # Safety
/// Invariant 3: the caller's batch has the node, which is not used afterwards.
#[inline]
unsafe fn wake<M>(node: *const Node<M>) -> *const Node<M> {
    // SAFETY: invariant 3: it is alive until it is marked as woken.
    let taken = unsafe { &*node };
    let last_touch = || {
        // SAFETY: invariant 3.
        let (thread, next) = unsafe { Node::with(node, |inner| (inner.thread, inner.next)) };
        // SAFETY: the thread's handle outlives the node (invariant 2).
        (unsafe { (*thread).wakeup() }, next)
    };
    // wake-mark (`monitor-last-touch`): from here on its owner may end the node.
    let release = step::MONITOR_WOKEN_RELEASE.ordering(Ordering::Release);
    let mark = || taken.woken.store(true, release);
    let ((wakeup, next), ()) = step::MONITOR_LAST_TOUCH.in_order(last_touch, mark);
    // wake-thread
    wakeup.wake();
    next
}

impl<M> Drop for Batch<M> {
    /// No node is left behind by a panic.
    #[inline]
    fn drop(&mut self) {
        self.wake();
    }
}
