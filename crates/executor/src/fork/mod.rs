//! Fork-join: parts of a job that borrow from its frames, and that idle carriers may take over.
//!
//! `join` calls one of two closures and leaves the other one, its *child*, where thieves find it. Each green thread
//! has a deque for the children that it has forked and not started. The deque belongs to the green thread's seat:
//! it is made at the first fork there, and kept. The parent pushes and pops at the one end, so it gets its newest
//! child back. Thieves take the oldest at the other end. A child is an [`Entry`]: a pointer to what lies in its
//! parent's frame, or, in a scope, in an allocation of its own.
//!
//! # Protocol: who runs a child, and when its parent goes on
//!
//! A child is *unstarted* while its entry lies in a deque. Whoever takes the entry out runs it, and nobody else: the
//! deque gives each entry once. There are three ways out.
//!
//! * *Claimed back.* The parent pops the entry and runs the child on its own stack, as a call. A parent pops what
//!   came last, so above its own entry it may find children of an outer scope. It runs those too. If it finds the
//!   deque empty, its child was stolen: thieves take the oldest first, so all that is older than a stolen entry was
//!   stolen before.
//! * *Stolen.* A worker that looks for work takes the entry. It holds a worker slot. It assumes the
//!   [`Origin`](greenctx::Origin) of the parent and runs the child. Before it looks for other work it pops what the
//!   child has left in the deque of its own seat, and runs that. From a scope it may then take the next child in the
//!   same way, in a [raid](raid). It never takes an entry before it can run it.
//! * *Dropped.* If `a` has panicked, `join` claims the child back and drops it.
//!
//! The end of a child is a [`Latch`](latch), whose protocol is in `latch.rs`. The owner of a scope counts the
//! children that come back to it by a [`Tally`](tally), without the latch. The parent waits for it in a shield:
//! so no cancellation and no deadline lets it leave the frame early. Nothing between the push and the end of the
//! wait may unwind: `a` is called under `catch_unwind`, and a bomb is armed where the parent waits.
//!
//! *Frames are never touched late.* A thief reaches the parent's frame by the entry alone. Its last touch is the
//! latch (*latch-end* in `latch.rs`), after which the parent may return. The frame is not left before: the parent
//! leaves it after it has claimed the child back, or has seen the latch open.
//!
//! *A full pool does not stand still.* A parent needs no one to run its unstarted children: it does so itself. If a
//! child was stolen, its thief has a slot and a stack. So of those that wait for one another, the last one runs or
//! waits for something else. If that is a job of the same executor, every worker in the chain counts as waiting for
//! a job (`waiting/stall.rs`), and one more worker may start.
//!
//! # Protocol: how carriers learn of children
//!
//! A child that nobody steals is run by its parent. So what follows makes for parallelism, and never decides
//! whether a child runs.
//!
//! Each carrier has a *shelf*: a list, under a lock, of the deques of its seats in which there may be something. A
//! deque on it is *listed*. Its owner enters it, at a push. Whoever looks through the shelf and finds it empty
//! takes it off again.
//!
//! The owner pushes:
//!
//! 1. *fork-push*: it pushes the entry.
//! 2. *fork-push-fence*: a light fence.
//! 3. *fork-list*: it reads whether its deque is listed. If not, it enters it under the shelf's lock, and tells the
//!    queue with a full fence (*idle-beside-fence* to *idle-wake* of `workqueue`'s idle protocol).
//! 4. *fork-tell*: otherwise it tells the queue without a fence (*idle-submit-look* and *idle-wake*).
//!
//! A thread that looks through the shelves before its carrier sleeps (*idle-recheck* there), before it leaves a
//! search (*idle-last-searcher* there), or to clear away empty deques:
//!
//! 5. *fork-take-off*: it takes the empty deques off the shelf, and marks them as not listed.
//! 6. *fork-look-fence*: a heavy fence.
//! 7. *fork-look-again*: it looks again into those that it took off, and enters those with entries again.
//! 8. *fork-look*: it looks into all that are listed.
//!
//! *The fences.* A join is short, and a full fence in each would be a fifth of its cost. So *fork-push-fence* is a
//! fence for the compiler alone. The heavy fence *fork-look-fence* is `membarrier`, by which every thread of the
//! process goes through a full fence. Where the system has no `membarrier`, both are full fences. The owner learns
//! which by the look of *fork-list*: without `membarrier` no deque is listed *lightly*. Then the owner fences, and
//! looks again. In either case
//! *fork-push-fence* comes before *fork-look-fence* or after it, as with two fences.
//!
//! *No child is left while a slot is free and its carrier's siblings sleep.* Take a push and a sleeper.
//!
//! * *The fence of the push comes first.* Then *fork-look-again* or *fork-look* sees the entry. If the deque was
//!   not listed at *fork-look*, its owner enters it in *fork-list*. It does so after *fork-look*, under the lock
//!   that *fork-look* has held. So it sees the sleeper, and wakes a carrier.
//! * *That of the look comes first.* Then *fork-list* sees the mark of *fork-take-off*, or *fork-tell* sees the
//!   sleeper, which announced itself before.
//!
//! A carrier skips *fork-take-off* to *fork-look* if nothing is listed. Whoever enters a deque after that has its
//! full fence after the sleeper's (*idle-sleep-fence*).
//!
//! While a deque is off its shelf, between *fork-take-off* and *fork-look-again*, a sleeper may overlook it. The
//! thread that has entered it again goes on to steal from it, or another thief was faster. A thief that has stolen
//! a child and sees more tells the queue, with a fence (*fork-steal*).
//!
//! *A slot that is given back* may have been the last when *fork-tell* read it. Its carrier looks for work before
//! it sleeps, with *fork-look-fence*. So it finds the child, or its parent has taken it.
//!
//! # Protocol: a cancelled parent
//!
//! Its children have its identity, so they see the cancellation. One that waits has to be woken too. A canceller
//! wakes the parent. The parent is in its wait, or comes to it. There it looks whether it is cancelled, and wakes
//! those of its children that run elsewhere.
//!
//! 1. *fork-place*: a thief notes where the child runs. It fences (*fork-place-fence*). Then the child runs, and
//!    looks at the cancellation before each of its waits.
//! 2. *fork-cancelled*: the parent, woken, sees that it is cancelled. It fences (*fork-wake-fence*). Then it reads
//!    the note and wakes the thread there (*fork-wake*).
//!
//! *No child sleeps through it:* if *fork-place-fence* comes first, *fork-wake* reads the note. If
//! *fork-wake-fence* comes first, the child sees what *fork-cancelled* saw. A note may outlive its child: then
//! somebody is woken for nothing.
//!
//! The parent may compute for long before it comes to its wait. So a part that runs elsewhere is also entered with
//! the job, and the canceller wakes it itself (`away.rs`).
//!
//! # Named steps
//!
//! `fork-push-fence`, `fork-look-fence`, `fork-look-again`, `fork-place-fence` and `fork-wake-fence`. Those of the
//! latch and the tally are in `latch.rs` and `tally.rs`.

mod away;
mod deque;
mod entry;
mod errand;
mod join;
mod latch;
mod raid;
mod scope;
mod shelf;
mod side;
mod tally;
mod wait;

pub use self::join::join;
pub use self::scope::{Scope, scope};
pub(crate) use self::shelf::Shelves;
pub(crate) use self::side::Side;

/// What the models look into.
#[cfg(all(test, green_loom))]
pub(crate) mod model {
    use greenstd::sync::Arc;

    use super::deque::Deque;
    use super::entry::{Entry, Header, Ran, Taken};
    pub(crate) use super::latch::Latch;
    use super::side::Side;
    pub(crate) use super::tally::Tally;
    use crate::pool::Pool;

    /// Whether a thief on `carrier` steals a child.
    pub(crate) fn steal(pool: &Pool, carrier: usize) -> bool {
        pool.shelves().steal(carrier).is_some()
    }

    /// A deque that is on the shelf of a carrier, or not, with its owner.
    pub(crate) struct Shelf {
        side: Side,
        deque: Deque,
    }

    impl Shelf {
        pub(crate) fn new(pool: &Arc<Pool>, carrier: usize, is_listed: bool) -> Self {
            let deque = Deque::new(pool, carrier);
            if is_listed {
                deque.list(pool, carrier);
            }
            Shelf { side: Side::new(pool.clone(), carrier), deque }
        }

        /// *fork-push* to *fork-tell*, with a child that nobody runs.
        pub(crate) fn push(&self) {
            unsafe fn run(_: *const Header, _: Taken<'_>) -> Ran {
                Ran::Done
            }
            let child = Box::leak(Box::new(Header::new(run)));
            // SAFETY: the child stays for ever, and its `run` touches nothing.
            let entry = unsafe { Entry::new(child) };
            self.deque.push(entry, &self.side);
        }
    }
}
