//! The attention word: one test for all that wants to look at switches now and then.
//!
//! Most programs watch no switch, and a switch takes less time than a few loads from a far line. So all that
//! may want to look at switches share one word, [`Attention`]. It lies in the carrier's [`Local`], beside the
//! queue that each switch touches. A bit in it stands for one kind of look, and any bit leads to a
//! function that is `#[cold]`. With no bit set, no switch pays for it.
//!
//! *Setting a bit.* Only the carrier's own OS thread does: before it runs its first green thread, or when it
//! reads a message from its inbox. So the word is a plain cell, and the checkers have nothing to explore.
//!
//! *Testing a bit.* A look *around* a suspension ([`HOOK`]) has to begin on the stack that is about to be left.
//! A green thread takes these bits over at its start ([`AROUND`]). It keeps them in the word that every park
//! point tests anyhow, to refuse inside [`no_park`](crate::no_park): [`Watch`]. So this look costs no
//! instruction where it is not wanted. A look *at the choice* of the next thread ([`TRACE`]) tests the carrier's
//! word before the scheduler resumes a thread, and where a thread is made ready. A look *after* a suspension
//! ([`AFTER`]) tests it right behind the switch: that is a load and a branch. [`STIR`] is tested after a sleep alone.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::hold::Stirrer;
use crate::hook::ErasedHook;
use crate::survey::Copies;

/// A hook is to be called around each suspension.
pub(crate) const HOOK: u32 = 1;

/// What happens is to be noted in the ring of the carrier; see the module `trace`.
pub(crate) const TRACE: u32 = 2;

/// The thread that is being resumed is to copy its stack and to suspend again; see `survey`.
pub(crate) const REPORT: u32 = 4;

/// A watcher wants to know when the carrier has woken up; see `hold`.
pub(crate) const STIR: u32 = 8;

/// The bits for a look right after a suspension.
const AFTER: u32 = REPORT;

/// The bits for a look that lasts from before a suspension until after it.
const AROUND: u32 = HOOK;

/// One open `no_park` scope: the count lies above the bits.
const ONE_SCOPE: u32 = 1 << 8;

/// The word of a carrier, and what its bits call for.
#[derive(Default)]
pub(crate) struct Attention {
    word: Cell<u32>,
    hook: RefCell<Option<Rc<dyn ErasedHook>>>,
    /// Where the next report goes.
    copies: RefCell<Copies>,
    stirrer: RefCell<Option<Stirrer>>,
}

impl Attention {
    /// Gives a carrier its hook, before it starts.
    pub(crate) fn set_hook(&self, hook: Rc<dyn ErasedHook>) {
        *self.hook.borrow_mut() = Some(hook);
        self.word.set(self.word.get() | HOOK);
    }

    /// The hook, counted: it is called with no borrow open.
    pub(crate) fn hook(&self) -> Option<Rc<dyn ErasedHook>> {
        self.hook.borrow().clone()
    }

    /// Whether what happens is to be noted.
    #[inline(always)]
    pub(crate) fn is_traced(&self) -> bool {
        self.word.get() & TRACE != 0
    }

    /// Carrier, reading its inbox: begins or ceases to note what happens.
    pub(crate) fn set_traced(&self, is_traced: bool) {
        let others = self.word.get() & !TRACE;
        self.word.set(if is_traced { others | TRACE } else { others });
    }

    /// Carrier, reading its inbox: stirs that watcher after each of its sleeps.
    pub(crate) fn set_stirrer(&self, stirrer: Stirrer) {
        *self.stirrer.borrow_mut() = Some(stirrer);
        self.word.set(self.word.get() | STIR);
    }

    /// Carrier, no longer announced as asleep.
    pub(crate) fn stir(&self) {
        if self.word.get() & STIR != 0
            && let Some(stirrer) = &*self.stirrer.borrow()
        {
            stirrer.stir();
        }
    }

    /// Whether a thread that has just been resumed has more to do than to go on.
    #[inline(always)]
    pub(crate) fn is_any_after(&self) -> bool {
        self.word.get() & AFTER != 0
    }

    #[inline]
    pub(crate) fn is_reporting(&self) -> bool {
        self.word.get() & REPORT != 0
    }

    /// Scheduler: calls `resume` with the bit [`REPORT`] set.
    pub(crate) fn report_in<R>(&self, resume: impl FnOnce() -> R) -> R {
        self.word.set(self.word.get() | REPORT);
        let result = resume();
        self.word.set(self.word.get() & !REPORT);
        result
    }

    /// Where reports go. `access` does not switch.
    pub(crate) fn with_copies<R>(&self, access: impl FnOnce(&mut Copies) -> R) -> R {
        access(&mut self.copies.borrow_mut())
    }

    /// The bits that a green thread takes over when it starts.
    #[inline]
    pub(crate) fn watch(&self) -> Watch {
        Watch(Cell::new(self.word.get() & AROUND))
    }
}

/// The word of a green thread: whether a park point has to do more than a plain switch.
#[derive(Debug)]
pub(crate) struct Watch(Cell<u32>);

impl Watch {
    /// Whether parking is forbidden, or a hook is to be called.
    #[inline(always)]
    pub(crate) fn is_any(&self) -> bool {
        self.0.get() != 0
    }

    /// Whether a hook is to be called.
    #[inline]
    pub(crate) fn is_hooked(&self) -> bool {
        self.0.get() & HOOK != 0
    }

    /// Whether a `no_park` scope is open.
    #[inline]
    pub(crate) fn is_parking_forbidden(&self) -> bool {
        self.0.get() >= ONE_SCOPE
    }

    pub(crate) fn forbid_parking(&self) {
        self.0.set(self.0.get() + ONE_SCOPE);
    }

    pub(crate) fn allow_parking(&self) {
        self.0.set(self.0.get() - ONE_SCOPE);
    }
}
