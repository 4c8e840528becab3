//! The lock of a [`Mutex`](crate::Mutex), without its value.
//!
//! # Protocol
//!
//! One word tells a lock or unlock that meets no other thread all that it must know. A monitor keeps the queue.
//!
//! | bit | says | changed by |
//! | --- | --- | --- |
//! | `LOCKED` | a thread holds the lock | the thread that takes it, and its holder |
//! | `QUEUED` | a thread is in the queue | the thread that holds the monitor |
//! | `WOKEN` | a thread was taken off the queue and has not tried for the lock yet | the thread that holds the monitor |
//! | `IMPATIENT` | the first one in the queue wants to be handed the lock | the thread that holds the monitor |
//!
//! An unlock makes the lock free and wakes the first one in the queue, which then tries for it. A thread that
//! runs already may be faster (*barging*). While a woken one has not had its try, further unlocks wake
//! no other. A thread that has tried in vain stands first again. After [`PATIENCE`] such tries the next
//! unlock hands the lock to it without making it free.
//!
//! | step | what it does |
//! | --- | --- |
//! | *lock-take* | sets `LOCKED`; if it was not set, the lock is taken |
//! | *lock-queue* | else, in the monitor, by compare-and-swap of the word: takes the lock if it is free by now, or sets `QUEUED` and joins the queue |
//! | *unlock-free* | clears `LOCKED` by compare-and-swap, if the queue is empty, or if one is woken and none impatient |
//! | *unlock-pass* | else, in the monitor: hands the lock over, or clears `LOCKED`, sets `WOKEN` and takes the first one off |
//!
//! *No thread is left in the queue of a free lock.* *unlock-free* and *lock-queue* are read-modify-writes of one word.
//! If *unlock-free* comes first, *lock-queue* finds the lock free. If *lock-queue* comes first, *unlock-free* fails, and
//! *unlock-pass* finds the node, which is linked in the same monitor section as *lock-queue*. (Named steps:
//! `mutex-unlock-cas` in *unlock-free*, `mutex-queue-cas` in *lock-queue*.)
//!
//! *`WOKEN` does not outlast the thread that was woken.* That thread tries by *lock-queue*, even if it was cancelled
//! or is late, and clears the bit in the same step. (Named step: `mutex-woken-tries`.)
//!
//! *What one holder wrote, the next one sees.* Freeing is a release and taking an acquire. A thread that is handed
//! the lock has it by way of the monitor. (Named steps: `mutex-unlock-release`, `mutex-lock-acquire`.)
//!
//! *No thread starves.* The next unlock wakes the first one in the queue, unless one that was first before is yet to
//! try. It tries at most [`PATIENCE`] times in vain, and is then handed the lock.

use std::panic::Location;

use greenctx::Interrupted;
use greenstd::atomic::{AtomicU8, Ordering};
use greenstd::step;
use greenstd::time::Instant;

use crate::deadlock;
use crate::monitor::{Entry, Inside, Monitor, Waited};

/// Where the caller of a lock is.
pub(crate) type Site = &'static Location<'static>;

/// After so many tries in vain, a waiting thread is handed the lock.
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

    /// Locks if that needs no waiting; returns whether it has.
    #[inline]
    pub(crate) fn try_lock(&self, site: Site) -> bool {
        let locked = self.take();
        if locked {
            deadlock::locked(self.address(), site);
        }
        locked
    }

    /// Locks, waiting until `deadline` at the latest; returns whether it has.
    #[inline]
    pub(crate) fn lock(&self, deadline: Option<Instant>, site: Site) -> Result<bool, Interrupted> {
        if self.take() || self.lock_contended(deadline, site)? {
            deadlock::locked(self.address(), site);
            return Ok(true);
        }
        Ok(false)
    }

    /// *lock-take*: returns whether the lock was free.
    #[inline(always)]
    fn take(&self) -> bool {
        // *lock-take*. The bit is set in either case; if it was set before, nothing has changed.
        self.word.fetch_or(LOCKED, lock_ordering()) & LOCKED == 0
    }

    #[cold]
    fn lock_contended(&self, deadline: Option<Instant>, site: Site) -> Result<bool, Interrupted> {
        let _noted = deadlock::waiting(self.address(), site, deadline.is_some());
        let what = greenctx::Waiting::on("mutex").with_object(self.address()).at(site);
        let mut vain = 0;
        loop {
            let waited = self.queue.wait_with(
                what,
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

    /// *lock-queue*, in the monitor, by a thread that has tried in vain `vain` times.
    fn take_or_wait(&self, vain: u32) -> Entry<(), Waiting> {
        // It clears `WOKEN` if it is the thread that was woken.
        let woken = if step::MUTEX_WOKEN_TRIES.holds(|| vain > 0) { WOKEN } else { 0 };
        let patience = if vain < PATIENCE { 0 } else { IMPATIENT };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            // *lock-queue*: an *unlock-free* before this is seen here, and one after it fails.
            let is_free = word & LOCKED == 0;
            let to = word & !woken | if is_free { LOCKED } else { QUEUED | patience };
            let (order, failure) = (lock_ordering(), Ordering::Relaxed);
            match step::MUTEX_QUEUE_CAS.compare_exchange(&self.word, word, to, order, failure) {
                Err(now) => word = now,
                Ok(_) if is_free => return Entry::Done(()),
                Ok(_) => break,
            }
        }
        // A thread that was woken in vain keeps its place: it stands first again.
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

    /// *unlock-free*, or else *unlock-pass*.
    #[inline(always)]
    fn release(&self) {
        // *unlock-free*, as long as nobody in the queue needs this unlock.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & IMPATIENT == 0 && word & (QUEUED | WOKEN) != QUEUED {
            let (free, order, failure) = (word & !LOCKED, unlock_ordering(), Ordering::Relaxed);
            match step::MUTEX_UNLOCK_CAS.compare_exchange(&self.word, word, free, order, failure) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.pass_on();
    }

    /// Unlocks, and hands the lock to the first one in the queue, if there is one.
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

    /// *unlock-pass*: the first one in the queue is impatient, or there is one and none is woken.
    #[cold]
    fn pass_on(&self) {
        self.queue.enter(|inside| {
            let word = self.word.load(Ordering::Relaxed);
            // *unlock-pass*, for one that has tried in vain too often: it need not try again.
            if word & IMPATIENT != 0 && self.hand_over(inside) {
                return;
            }
            // The word is ours: it is locked, so that *lock-take* changes nothing, and we are in the monitor. A
            // store would do, but then not all changes of the word were read-modify-writes.
            if word & WOKEN == 0 && inside.take_first(QUEUE).is_some() {
                let queued = if inside.is_anybody_in(QUEUE) { QUEUED } else { 0 };
                self.word.swap(WOKEN | queued, unlock_ordering());
            } else {
                // One that was woken is yet to try, or the last in the queue has left: wake nobody.
                self.word.swap(word & !LOCKED, unlock_ordering());
            }
        });
    }

    /// Gives the lock to the first one in the queue; returns whether there is one.
    fn hand_over(&self, inside: &mut Inside<'_, (), Waiting, 1>) -> bool {
        let Some(first) = inside.take_first(QUEUE) else { return false };
        // The word stays `LOCKED`: there is no moment in which another thread could take the lock.
        first.handed = true;
        self.describe_queue(inside);
        true
    }

    /// Writes into the word what is true of the queue now.
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
}

#[inline(always)]
fn lock_ordering() -> Ordering {
    step::MUTEX_LOCK_ACQUIRE.ordering(Ordering::Acquire)
}

#[inline(always)]
fn unlock_ordering() -> Ordering {
    step::MUTEX_UNLOCK_RELEASE.ordering(Ordering::Release)
}
