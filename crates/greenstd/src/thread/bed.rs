//! Where an OS thread sleeps.
//!
//! Not by `std::thread::park`: that needs a handle of the thread, which `std` no longer gives in the last
//! moments of a thread (in C's `atexit` handlers, say), and one can wait there too.

use crate::time::Instant;

#[cfg(not(any(green_loom, green_shuttle)))]
pub(super) use os::Bed;
#[cfg(any(green_loom, green_shuttle))]
pub(super) use scripted::Bed;

#[cfg(not(any(green_loom, green_shuttle)))]
mod os {
    use std::sync::{Condvar, Mutex, PoisonError};

    use super::Instant;
    use crate::time;

    /// The lock guards nothing: it keeps a wake from falling between a look and the sleep that follows it.
    #[derive(Default)]
    pub(in super::super) struct Bed {
        turning_in: Mutex<()>,
        woken: Condvar,
    }

    impl Bed {
        /// A sleeper needs no introduction.
        pub(in super::super) fn bind(&self) {}

        /// Sleeps until `is_over`, which the waker makes true before it wakes, or `deadline`.
        pub(in super::super) fn sleep(
            &self,
            deadline: Option<Instant>,
            is_over: impl Fn() -> bool,
        ) {
            let mut guard = self.turning_in.lock().unwrap_or_else(PoisonError::into_inner);
            while !is_over() {
                guard = match deadline {
                    None => self.woken.wait(guard).unwrap_or_else(PoisonError::into_inner),
                    Some(deadline) => {
                        let left = time::until(deadline);
                        if left.is_zero() {
                            return;
                        }
                        let slept = self.woken.wait_timeout(guard, left);
                        slept.unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            }
        }

        /// Ends the sleep.
        pub(in super::super) fn wake(&self) {
            drop(self.turning_in.lock().unwrap_or_else(PoisonError::into_inner));
            self.woken.notify_one();
        }
    }
}

/// The checkers have no timed waits, and fewer steps to try with a park.
#[cfg(any(green_loom, green_shuttle))]
mod scripted {
    use std::time::Duration;

    use super::super::imp;
    use super::super::yield_now;
    use super::Instant;
    use crate::sync::OnceLock;
    use crate::time;

    #[derive(Default)]
    pub(in super::super) struct Bed {
        owner: OnceLock<imp::Thread>,
    }

    impl Bed {
        /// The calling thread is the one who sleeps here.
        pub(in super::super) fn bind(&self) {
            self.owner.get_or_init(imp::current);
        }

        pub(in super::super) fn sleep(
            &self,
            deadline: Option<Instant>,
            is_over: impl Fn() -> bool,
        ) {
            let Some(deadline) = deadline else {
                loop {
                    imp::park();
                    // Others may use this thread's own token: only the permit counts.
                    if is_over() {
                        return;
                    }
                }
            };
            loop {
                let left = time::until(deadline);
                if left.is_zero() || is_over() {
                    return;
                }
                park_timeout(left);
            }
        }

        pub(in super::super) fn wake(&self) {
            // Only a bound owner sleeps, so a waker who is called finds it.
            if let Some(owner) = self.owner.get() {
                owner.unpark();
            }
        }
    }

    /// In a model the time is over after a few turns of the others; how many is the checker's choice.
    #[cfg(green_shuttle)]
    fn park_timeout(timeout: Duration) {
        use shuttle::rand::Rng;
        for _ in 0..shuttle::rand::thread_rng().gen_range(0..4) {
            yield_now();
        }
        time::advance(timeout);
    }

    #[cfg(green_loom)]
    fn park_timeout(timeout: Duration) {
        yield_now();
        time::advance(timeout);
    }
}
