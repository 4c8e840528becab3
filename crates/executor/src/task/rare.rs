//! What few tasks have: extras that they are made with, or waiters that come later. The core has one word for both.
//!
//! | word | meaning |
//! | --- | --- |
//! | 0 | neither |
//! | an address | the list of waiters, which has room of its own |
//! | an address, and the bit `DESCRIBED` | the extras, which have the list of waiters in them |
//!
//! # Invariants
//!
//! 1. An address with the bit is that of boxed [`Extras`]. It is there from the beginning, and stays to the end.
//! 2. An address without the bit is that of a [`List`] in room for it. It is written over 0, and stays to the end.
//! 3. The word owns what it points to, and has exposed the pointer. Its drop drops that.
//!
//! # Protocol: the waiters of a task have one list
//!
//! Whoever comes to the list and finds 0 makes one, and writes its address by a compare-and-swap (`task-list-cas`).
//! One of those that try it succeeds. Each other one frees its own list, and takes the one that is there.
//!
//! *The publisher finds the list in which an announced waiter is entered.* The waiter has come to that list before it
//! announces itself, and the publisher comes to it after it has seen the announcement. So both come to an address that
//! was written once and stays (invariant 2). If the publisher's own came first, the waiter's compare-and-swap has
//! failed, and it has entered that one.
//!
//! What is in the list is behind a lock. The address is released by its writer and acquired by whoever reads it, so
//! that the lock is there.

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::step;
use greenstd::sync::Mutex;
use std::alloc::Layout;
use std::ptr::{self, NonNull};

use super::core::{Entry, Extras};
use super::room;
use super::waiters::Waiters;

/// Set in the address of extras, which is even.
const DESCRIBED: usize = 1;

const _: () = assert!(align_of::<Extras>() > DESCRIBED);

const LIST: Layout = Layout::new::<List>();

/// The waiters of a task.
pub(super) type List = Mutex<Waiting>;

/// All that is behind the lock.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) waiters: Waiters,
    /// What the last poll of the task's future has entered.
    pub(super) polled: Option<Entry>,
}

/// The word.
pub(super) struct Rare(AtomicUsize);

impl Rare {
    #[inline(always)]
    pub(super) fn new(extras: Option<Box<Extras>>) -> Self {
        let word = match extras {
            Some(extras) => Box::into_raw(extras).expose_provenance() | DESCRIBED,
            None => 0,
        };
        Rare(AtomicUsize::new(word))
    }

    /// Whether there is nothing to drop.
    #[inline(always)]
    pub(super) fn is_nothing(&mut self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Whether there are extras.
    #[inline(always)]
    pub(super) fn is_described(&self) -> bool {
        self.0.load(Ordering::Relaxed) & DESCRIBED != 0
    }

    #[inline(always)]
    pub(super) fn extras(&self) -> Option<&Extras> {
        // Relaxed: whoever has the task has it from its creator, after the extras were written.
        let word = self.0.load(Ordering::Relaxed);
        if word & DESCRIBED == 0 {
            return None;
        }
        // SAFETY: it points to extras that are there as long as the word (invariants 1 and 3), and are only shared.
        Some(unsafe { &*ptr::with_exposed_provenance(word & !DESCRIBED) })
    }

    /// Whether there is no list yet.
    #[inline(always)]
    pub(super) fn has_no_list(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// The list of waiters, which is made if there is none.
    pub(super) fn list(&self) -> &List {
        if let Some(extras) = self.extras() {
            return extras.waiters();
        }
        let word = match self.0.load(Ordering::Acquire) {
            0 => self.make_list(),
            word => word,
        };
        // SAFETY: it points to a list that is there as long as the word (invariants 2 and 3), and is only shared.
        unsafe { &*ptr::with_exposed_provenance(word) }
    }

    /// The word with the list that is there in the end.
    fn make_list(&self) -> usize {
        let list = room::take(LIST).cast::<List>();
        // SAFETY: it is room for a list, and nobody else knows of it yet.
        unsafe { list.write(List::default()) };
        let word = list.as_ptr().expose_provenance();
        let (order, other) = (Ordering::AcqRel, Ordering::Acquire);
        match step::TASK_LIST_CAS.compare_exchange(&self.0, 0, word, order, other) {
            Ok(_) => word,
            Err(other) => {
                // SAFETY: it was written above, and nobody else knows of it.
                unsafe { drop_list(list) };
                other
            }
        }
    }
}

impl Drop for Rare {
    fn drop(&mut self) {
        let word = self.0.load(Ordering::Relaxed);
        let address = word & !DESCRIBED;
        if word & DESCRIBED != 0 {
            let extras = ptr::with_exposed_provenance_mut::<Extras>(address);
            // SAFETY: they were boxed, and are ours (invariants 1 and 3).
            drop(unsafe { Box::from_raw(extras) });
        } else if let Some(list) = NonNull::new(ptr::with_exposed_provenance_mut::<List>(address)) {
            // SAFETY: it is ours (invariants 2 and 3).
            unsafe { drop_list(list) };
        }
    }
}

/// Drops a list, and gives its room back.
///
/// # Safety
/// It is the caller's alone, and lies in room that was taken for it.
unsafe fn drop_list(list: NonNull<List>) {
    // SAFETY: our caller says so.
    unsafe { list.drop_in_place() };
    // SAFETY: likewise, and the list is gone.
    unsafe { room::give_back(list.cast(), LIST) };
}
