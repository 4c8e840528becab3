//! Entries: what lies in a deque for an unstarted child.
//!
//! # Invariants
//!
//! 1. An entry points to a child that begins with a [`Header`], and that stays where it is until it has ended.
//! 2. There is one entry for each child, and it is given up when the child is run. So a child is run once, or its
//!    entry is [given back](Entry::is_of) to the parent that runs or drops the child itself.

use super::away::Away;
use super::deque::Mark;
use super::raid::Raid;

/// Where a child begins.
#[repr(C)]
pub(super) struct Header {
    run: unsafe fn(*const Header, Taken<'_>) -> Ran,
}

/// An unstarted child.
#[derive(Debug)]
pub(crate) struct Entry(*const Header);

// SAFETY: what it points to may be run on another OS thread: the makers of children ask for `Send`.
unsafe impl Send for Entry {}

/// Who has taken the entry out of its deque.
#[derive(Clone, Copy)]
pub(super) enum Taken<'a> {
    /// The green thread that has pushed it, under the frames that it had then. It has this deque.
    Back(Mark),
    /// A worker on a raid.
    Away(&'a Raid<'a>),
    /// The same, which plays the owner of a scope already. It takes the child off the latch itself.
    Along(&'a Away<'a>),
}

/// What has come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// The child was run.
    Done,
    /// It was not, and its entry is the caller's still: it is no child of the scope that the caller plays the owner of.
    NotOfTheScope,
}

impl Header {
    /// For a child that `run` runs.
    #[inline]
    pub(super) fn new(run: unsafe fn(*const Header, Taken<'_>) -> Ran) -> Self {
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
    pub(super) fn run_back(self, deque: Mark) {
        let ran = self.run(Taken::Back(deque));
        debug_assert_eq!(ran, Ran::Done);
    }

    /// The same, on a raid.
    pub(super) fn run_away(self, raid: &Raid<'_>) {
        let ran = self.run(Taken::Away(raid));
        debug_assert_eq!(ran, Ran::Done);
    }

    /// Runs the child, if it is one of the scope whose owner the caller plays, and leaves its end to the caller. If it
    /// is not, gives its entry back.
    pub(super) fn run_along(self, away: &Away<'_>) -> Result<(), Entry> {
        // The child is run at most once: its entry is given back only if it was not.
        match self.run(Taken::Along(away)) {
            Ran::Done => Ok(()),
            Ran::NotOfTheScope => Err(self),
        }
    }

    fn run(&self, taken: Taken<'_>) -> Ran {
        // SAFETY: by invariant 1 the child is there.
        let run = unsafe { (*self.0).run };
        // SAFETY: by invariant 2 it is run once: this is its entry, which our callers give up or give back.
        unsafe { run(self.0, taken) }
    }
}
