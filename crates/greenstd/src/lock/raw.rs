//! Who may be in the section of a lock, and how the others wait: see the protocol in `mod.rs`.

use std::time::Duration;

use crate::atomic::{AtomicBool, Ordering};
use crate::thread::{self, Parker};
use crate::waiters::Waiters;
use crate::{fence, step};

/// How often a waiter looks before it enters the list. Before the second look it pauses once, and before each of the next
/// ones about twice as long.
const LOOKS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 4 };

/// How often it yields its time slice after that, and looks: the holder may have lost its processor.
const YIELDS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 7 };

/// When a waiter looks again by itself, where there is no heavy fence.
const LOOK_AFTER: Duration = Duration::from_millis(1);

pub(crate) struct RawLock {
    locked: AtomicBool,
    waiters: Waiters,
}

impl RawLock {
    pub(crate) fn new() -> Self {
        // Announces the heavy fences, which is quick as long as the process has one thread.
        let _ = fence::is_light_enough();
        RawLock { locked: AtomicBool::new(false), waiters: Waiters::default() }
    }

    #[inline(always)]
    pub(crate) fn lock(&self) {
        if !self.try_lock() {
            self.wait();
        }
    }

    /// *lock-take*. One that fails writes nothing.
    #[inline(always)]
    pub(crate) fn try_lock(&self) -> bool {
        let acquire = step::LOCK_TAKE_ACQUIRE.ordering(Ordering::Acquire);
        let taken = step::LOCK_TAKE_CAS.compare_exchange(
            &self.locked,
            false,
            true,
            acquire,
            Ordering::Relaxed,
        );
        taken.is_ok()
    }

    #[inline(always)]
    pub(crate) fn unlock(&self) {
        // lock-free
        self.locked.store(false, step::LOCK_FREE_RELEASE.ordering(Ordering::Release));
        // lock-free-fence
        fence::light(step::LOCK_FREE_FENCE);
        // lock-wake
        if self.waiters.is_any_waiting() {
            self.wake_one();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_one(&self) {
        self.waiters.wake_one();
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        if self.look_for_a_while() {
            return;
        }
        let parker = Parker::new();
        let waker = parker.waker();
        // lock-enter
        self.waiters.enter(waker.clone());
        loop {
            // lock-wait-fence
            let is_ordered = fence::heavy(step::LOCK_WAIT_FENCE);
            // lock-look
            if step::LOCK_LOOK.holds(|| self.try_lock()) {
                break;
            }
            if is_ordered {
                parker.park();
            } else {
                parker.park_timeout(LOOK_AFTER);
            }
            if self.look_for_a_while() {
                break;
            }
            // lock-enter again, now in the first place
            self.waiters.enter_again(&waker);
        }
        self.waiters.leave(&waker);
    }

    /// Pauses and looks in turns.
    fn look_for_a_while(&self) -> bool {
        (0..LOOKS).any(|look| {
            (1..1 << look).for_each(|_| thread::spin_loop());
            self.look()
        }) || (0..YIELDS).any(|_| {
            thread::yield_now();
            self.look()
        })
    }

    /// *lock-take*, if the lock looks free: to try would take the line away from the holder.
    fn look(&self) -> bool {
        !self.locked.load(Ordering::Relaxed) && self.try_lock()
    }
}
