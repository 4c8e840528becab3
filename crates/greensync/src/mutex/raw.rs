//! The lock of a [`Mutex`](crate::Mutex), without its value.
//!
//! # Protocol
//!
//! One word says all that a lock or unlock must know which meets nobody; a monitor keeps the queue.
//!
//! | bit | says | changed by |
//! | --- | --- | --- |
//! | `LOCKED` | somebody holds the lock | whoever takes it, and its holder |
//! | `QUEUED` | somebody is in the queue | who holds the monitor |
//! | `WOKEN` | one was taken off the queue that has not tried for the lock yet | who holds the monitor |
//! | `IMPATIENT` | the first one in the queue wants to be handed the lock | who holds the monitor |
//!
//! An unlock makes the lock free and wakes the first one in the queue, which then tries for it: whoever
//! runs already may be faster (*barging*). While a woken one has not had its try, further unlocks wake
//! nobody. One that has tried in vain stands first again, and after [`PATIENCE`] such tries the next
//! unlock hands the lock to it without making it free.
//!
//! (L1) To lock, set `LOCKED`; if it was not set, the lock is taken. Else (L2) in the monitor, by
//! compare-and-swap of the word, either take the lock, if it is free by now, or set `QUEUED` and join the
//! queue. (U1) To unlock, clear `LOCKED` by compare-and-swap, if nobody is queued or one is woken and
//! nobody impatient. Else (U2) in the monitor, hand over, or clear `LOCKED`, set `WOKEN` and take the first
//! one off.
//!
//! *Nobody is left in the queue of a free lock.* U1 and L2 are read-modify-writes of one word. If U1 comes
//! first, L2 finds the lock free. If L2 comes first, U1 fails, and U2 finds the node, which is linked in
//! the same monitor section as L2. (Named steps: `mutex-unlock-cas`, U1; `mutex-queue-cas`, L2.)
//!
//! *`WOKEN` does not outlast who was woken.* That one tries, by L2, whatever has become of it meanwhile
//! (cancelled, or late), and clears the bit in the same step. (Named step: `mutex-woken-tries`.)
//!
//! *What one holder wrote, the next one sees:* freeing is a release and taking an acquire; who is handed
//! the lock has it by way of the monitor. (Named steps: `mutex-unlock-release`, `mutex-lock-acquire`.)
//!
//! *Nobody starves.* Who is first in the queue is woken by the next unlock, unless one that was first
//! before is yet to try; tries at most [`PATIENCE`] times in vain, and is then handed the lock.

use std::panic::Location;

use greenctx::Interrupted;
use greenstd::atomic::{AtomicU8, Ordering};
use greenstd::time::Instant;
use greenstd::weaken;

use crate::deadlock;
use crate::monitor::{Entry, Inside, Monitor, Waited};

/// Where the caller of a lock is.
pub(crate) type Site = &'static Location<'static>;

/// After so many tries in vain the lock is handed over.
const PATIENCE: u32 = 3;

const LOCKED: u8 = 1;
const QUEUED: u8 = 2;
const WOKEN: u8 = 4;
const IMPATIENT: u8 = 8;

/// The one list of the monitor.
const QUEUE: usize = 0;

pub(crate) struct RawMutex {
    word: AtomicU8,
    queue: Monitor<(), Waiting>,
}

/// One in the queue.
struct Waiting {
    /// How often it was woken in vain.
    vain: u32,
    /// Whether it holds the lock.
    handed: bool,
}

impl RawMutex {
    greenstd::const_unless_loom! {
        /// Not locked.
        pub(crate) fn new() -> Self {
            RawMutex { word: AtomicU8::new(0), queue: Monitor::new(()) }
        }
    }

    /// Locks if that needs no waiting; whether it has.
    #[inline]
    pub(crate) fn try_lock(&self, site: Site) -> bool {
        let locked = self.take();
        if locked {
            deadlock::locked(self.address(), site);
        }
        locked
    }

    /// Locks, waiting until `deadline` at the latest; whether it has.
    #[inline]
    pub(crate) fn lock(&self, deadline: Option<Instant>, site: Site) -> Result<bool, Interrupted> {
        if self.take() || self.lock_contended(deadline, site)? {
            deadlock::locked(self.address(), site);
            return Ok(true);
        }
        Ok(false)
    }

    /// L1.
    #[inline(always)]
    fn take(&self) -> bool {
        self.word.fetch_or(LOCKED, lock_ordering()) & LOCKED == 0
    }

    #[cold]
    fn lock_contended(&self, deadline: Option<Instant>, site: Site) -> Result<bool, Interrupted> {
        let _waiting = deadlock::waiting(self.address(), site, deadline.is_some());
        let mut vain = 0;
        loop {
            let waited = self.queue.wait_with(
                deadline,
                |_| self.take_or_wait(vain),
                || (),
                |inside| self.describe_queue(inside),
            );
            match waited {
                Waited::Done(()) | Waited::Woken(Waiting { handed: true, .. }) => return Ok(true),
                Waited::Woken(_) => vain += 1,
                Waited::TimedOut(_) => return Ok(false),
                Waited::Interrupted(interrupted, _) => return Err(interrupted),
            }
        }
    }

    /// L2, in the monitor, by one who has tried so often before.
    fn take_or_wait(&self, vain: u32) -> Entry<(), Waiting> {
        let woken = if vain == 0 || weaken::skip("mutex-woken-tries") { 0 } else { WOKEN };
        let patience = if vain < PATIENCE { 0 } else { IMPATIENT };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let is_free = word & LOCKED == 0;
            let to = word & !woken | if is_free { LOCKED } else { QUEUED | patience };
            match self.change(word, to, "mutex-queue-cas", lock_ordering()) {
                Err(now) => word = now,
                Ok(_) if is_free => return Entry::Done(()),
                Ok(_) => break,
            }
        }
        let message = Waiting { vain, handed: false };
        match vain {
            0 => Entry::Wait { list: QUEUE, message },
            _ => Entry::WaitFirst { list: QUEUE, message },
        }
    }

    /// Unlocks. The caller has locked.
    #[inline]
    pub(crate) fn unlock(&self) {
        deadlock::unlocking(self.address());
        self.release();
    }

    /// U1, or else U2.
    #[inline(always)]
    fn release(&self) {
        let mut word = self.word.load(Ordering::Relaxed);
        while word & IMPATIENT == 0 && word & (QUEUED | WOKEN) != QUEUED {
            match self.change(word, word & !LOCKED, "mutex-unlock-cas", unlock_ordering()) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.pass_on();
    }

    /// Unlocks, and hands the lock to the first one in the queue if there is one.
    pub(crate) fn unlock_fair(&self) {
        deadlock::unlocking(self.address());
        if !self.queue.enter(|inside| self.hand_over(inside)) {
            self.release();
        }
    }

    /// What tells the lock from others as long as it is held.
    #[inline(always)]
    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// U2.
    #[cold]
    fn pass_on(&self) {
        self.queue.enter(|inside| {
            let word = self.word.load(Ordering::Relaxed);
            if word & IMPATIENT != 0 && self.hand_over(inside) {
                return;
            }
            // The word is ours: it is locked, so that L1 changes nothing, and we are in the monitor.
            if word & WOKEN == 0 && inside.take_first(QUEUE).is_some() {
                let queued = if inside.is_anybody_in(QUEUE) { QUEUED } else { 0 };
                self.word.store(WOKEN | queued, unlock_ordering());
            } else {
                self.word.store(word & !LOCKED, unlock_ordering());
            }
        });
    }

    /// Gives the lock to the first one in the queue; whether there is one.
    fn hand_over(&self, inside: &mut Inside<'_, (), Waiting, 1>) -> bool {
        let Some(first) = inside.take_first(QUEUE) else { return false };
        first.handed = true;
        self.describe_queue(inside);
        true
    }

    /// Says in the word who is first in the queue now.
    fn describe_queue(&self, inside: &mut Inside<'_, (), Waiting, 1>) {
        let described = match inside.first(QUEUE) {
            None => 0,
            Some(first) if first.vain < PATIENCE => QUEUED,
            Some(_) => QUEUED | IMPATIENT,
        };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let to = word & (LOCKED | WOKEN) | described;
            match self.word.compare_exchange(word, to, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    /// A compare-and-swap of the word that is a step of the proof.
    #[inline(always)]
    fn change(&self, from: u8, to: u8, step: &'static str, order: Ordering) -> Result<u8, u8> {
        if weaken::skip(step) && self.word.load(Ordering::Relaxed) == from {
            self.word.store(to, unlock_ordering());
            return Ok(from);
        }
        self.word.compare_exchange(from, to, order, Ordering::Relaxed)
    }
}

#[inline(always)]
fn lock_ordering() -> Ordering {
    weaken::ordering("mutex-lock-acquire", Ordering::Acquire)
}

#[inline(always)]
fn unlock_ordering() -> Ordering {
    weaken::ordering("mutex-unlock-release", Ordering::Release)
}
