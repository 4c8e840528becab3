//! Lists of nodes that lie on the stacks of waiting threads. For the invariants see the
//! [module above](super).

use std::marker::PhantomData;
use std::ptr;

use greenctx::Thread;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::cell::UnsafeCell;
use greenstd::{thread, weaken};

/// A thread in a list.
pub(super) struct Node<M> {
    /// K3: the waker is done with the node.
    woken: AtomicBool,
    inner: UnsafeCell<Inner<M>>,
}

struct Inner<M> {
    /// The handle of the waiting thread, which outlives the wait.
    thread: *const Thread,
    /// Neighbours in the list; `next` also the next one of a batch.
    previous: *const Node<M>,
    next: *const Node<M>,
    linked: bool,
    message: M,
}

impl<M> Node<M> {
    /// A node for the calling thread, in no list.
    #[inline]
    pub(super) fn new(thread: &Thread, message: M) -> Self {
        let inner =
            Inner { thread, previous: ptr::null(), next: ptr::null(), linked: false, message };
        Node { woken: AtomicBool::new(false), inner: UnsafeCell::new(inner) }
    }

    /// W3: whether the node has been taken, and its waker has done with it.
    #[inline]
    pub(super) fn is_woken(&self) -> bool {
        self.woken.load(weaken::ordering("monitor-woken-acquire", Ordering::Acquire))
    }

    /// Waits for K3 of a waker that has taken the node. It is a few instructions away, unless the
    /// waker's OS thread has lost its processor.
    pub(super) fn await_woken(&self) {
        while !self.is_woken() {
            thread::yield_now();
        }
    }

    /// Takes the message back.
    #[inline]
    pub(super) fn into_message(self) -> M {
        self.inner.into_inner().message
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
        let node: *const Node<M> = node;
        let (previous, next) =
            if first { (ptr::null(), self.first) } else { (self.last, ptr::null()) };
        // SAFETY: invariant 1.
        unsafe {
            Node::with(node, |inner| {
                inner.previous = previous;
                inner.next = next;
                inner.linked = true;
            });
        }
        // SAFETY: invariant 1; both are in this list.
        unsafe { self.join(previous, node) };
        // SAFETY: as above.
        unsafe { self.join(node, next) };
    }

    /// Takes a node off if it is in this list; whether it was.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock. The node is in this list or in none, and not in a batch
    /// whose waker is another thread, unless `linked` says that it is not in the list.
    pub(super) unsafe fn unlink(&mut self, node: &Node<M>) -> bool {
        // SAFETY: `linked` is written under the lock alone, which we hold.
        let (linked, previous, next) = unsafe {
            Node::with(node, |inner| {
                (std::mem::take(&mut inner.linked), inner.previous, inner.next)
            })
        };
        if linked {
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

    /// Takes the first node off, puts it into `batch` and lends its message.
    ///
    /// # Safety
    /// Invariant 1: the caller holds the lock as long as the borrow lasts.
    #[inline]
    pub(super) unsafe fn take_first<'a>(&mut self, batch: &'a mut Batch<M>) -> Option<&'a mut M> {
        let node = self.first;
        // SAFETY: a node in the list is alive (invariant 2), and `first` is null or one.
        let node_ref = unsafe { node.as_ref() }?;
        // SAFETY: invariant 1.
        unsafe { self.unlink(node_ref) };
        // SAFETY: invariant 3: it was linked, and is the batch's now.
        unsafe { batch.push(node) };
        // SAFETY: invariant 3, as long as the batch is borrowed.
        Some(unsafe { message_of(node) })
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

/// Nodes that have been taken and are to be woken.
pub(super) struct Batch<M> {
    first: *const Node<M>,
    last: *const Node<M>,
    _owns: PhantomData<M>,
}

impl<M> Batch<M> {
    #[inline]
    pub(super) fn new() -> Self {
        Batch { first: ptr::null(), last: ptr::null(), _owns: PhantomData }
    }

    /// # Safety
    /// Invariant 3: the caller has just taken the node off its list.
    #[inline]
    unsafe fn push(&mut self, node: *const Node<M>) {
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

    /// K3 and K4 for each node. Without the lock.
    #[inline]
    pub(super) fn wake(&mut self) {
        let mut node = std::mem::replace(&mut self.first, ptr::null());
        // SAFETY: invariant 3: the batch's own until it is marked as woken below.
        while let Some(taken) = unsafe { node.as_ref() } {
            if weaken::skip("monitor-last-touch") {
                taken.woken.store(true, Ordering::Release);
            }
            // SAFETY: invariant 3.
            let (thread, next) = unsafe { Node::with(node, |inner| (inner.thread, inner.next)) };
            // SAFETY: the thread's handle outlives the node (invariant 2).
            let wakeup = unsafe { (*thread).wakeup() };
            taken.woken.store(true, weaken::ordering("monitor-woken-release", Ordering::Release));
            wakeup.wake();
            node = next;
        }
    }
}

impl<M> Drop for Batch<M> {
    /// Nobody is left behind if somebody panics.
    fn drop(&mut self) {
        self.wake();
    }
}
