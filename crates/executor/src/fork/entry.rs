//! Entries: what lies in a deque for an unstarted child.
//!
//! # Invariants
//!
//! 1. An entry points to a child that begins with a [`Header`], and that stays where it is until it has ended.
//! 2. There is one entry for each child, and it is given up when the child is run. So a child is run once, or its
//!    entry is [given back](Entry::is_of) to the parent that runs or drops the child itself.

use crate::task::Place;

/// Where a child begins.
#[repr(C)]
pub(super) struct Header {
    run: unsafe fn(*const Header, Taken),
}

/// An unstarted child.
#[derive(Debug)]
pub(crate) struct Entry(*const Header);

// SAFETY: what it points to may be run on another OS thread: the makers of children ask for `Send`.
unsafe impl Send for Entry {}

/// Who has taken the entry out of its deque.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Taken {
    /// The green thread that has pushed it, under the frames that it had then.
    Back,
    /// A worker, which is here.
    Away(Place),
}

impl Header {
    /// For a child that `run` runs.
    #[inline]
    pub(super) fn new(run: unsafe fn(*const Header, Taken)) -> Self {
        Header { run }
    }
}

impl Entry {
    /// The entry of a child.
    ///
    /// # Safety
    /// The child keeps to the invariants. Its `run` may be called once, with a pointer to the child's header, on any
    /// OS thread.
    #[inline]
    pub(super) unsafe fn new(child: *const Header) -> Self {
        Entry(child)
    }

    /// Whether it is that of the child which begins there.
    #[inline]
    pub(super) fn is_of(&self, child: *const Header) -> bool {
        std::ptr::eq(self.0, child)
    }

    /// Runs the child, and ends it. Its panic is caught.
    pub(crate) fn run(self, taken: Taken) {
        // SAFETY: by invariant 1 the child is there.
        let run = unsafe { (*self.0).run };
        // SAFETY: by invariant 2 it is run once: this was its entry.
        unsafe { run(self.0, taken) }
    }
}
