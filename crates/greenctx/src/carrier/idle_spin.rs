//! Whether to stay awake a moment longer before sleeping.
//!
//! A sleep and the wake-up that ends it take several microseconds, most of them in the kernel. Two carriers
//! whose threads answer one another would spend all their time in that, although each answer is there within a
//! fraction of a microsecond. So a carrier with nothing to do keeps looking at its inbox for as long as that
//! has lately paid. After a message came meanwhile, it looks twice as long the next time; after none came,
//! half as long. Where it never pays, as where carriers wait for sockets and timers, it comes down to a short
//! look every few sleeps.

use greenstd::thread;

/// The most looks: they take about as long as a sleep and a wake-up.
const MAX_LOOKS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 256 };

/// As many looks as an immediate answer takes.
const FEW_LOOKS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 16 };

/// One sleep in so many begins with a few looks, to learn whether they pay.
const SLEEPS_PER_TRIAL: u32 = 16;

/// How long one carrier looks before it sleeps, learnt from its last sleeps.
#[derive(Debug, Default)]
pub(super) struct IdleSpin {
    looks: u32,
    sleeps: u32,
}

impl IdleSpin {
    /// Calls `has_come` for a while. `true` as soon as that says so, `false` when the carrier is to sleep.
    pub(super) fn sees(&mut self, has_come: impl Fn() -> bool) -> bool {
        let mut looks = self.looks;
        if looks < FEW_LOOKS {
            self.sleeps += 1;
            if !self.sleeps.is_multiple_of(SLEEPS_PER_TRIAL) {
                return false;
            }
            looks = FEW_LOOKS;
        }
        for _ in 0..looks {
            if has_come() {
                self.looks = (2 * looks).min(MAX_LOOKS);
                return true;
            }
            thread::spin_loop();
        }
        self.looks = looks / 2;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// How often `idle_spin` looks before it gives up, or until something comes at look `comes_at`.
    fn looks(idle_spin: &mut IdleSpin, comes_at: u32) -> u32 {
        let count = Cell::new(0);
        idle_spin.sees(|| {
            count.set(count.get() + 1);
            count.get() > comes_at
        });
        count.get()
    }

    #[test]
    fn it_looks_seldom_where_that_does_not_pay() {
        let mut idle_spin = IdleSpin::default();
        let total: u32 = (0..1600).map(|_| looks(&mut idle_spin, u32::MAX)).sum();
        assert_eq!(total, 100 * FEW_LOOKS);
    }

    #[test]
    fn it_looks_longer_where_that_pays_and_gives_up_when_it_does_no_more() {
        let mut idle_spin = IdleSpin::default();
        // Found by a trial.
        let found = (0..SLEEPS_PER_TRIAL).filter(|_| looks(&mut idle_spin, 3) > 0).count();
        assert_eq!(found, 1);
        for _ in 0..10 {
            assert_eq!(looks(&mut idle_spin, 3), 4);
        }
        let spent: u32 = (0..20).map(|_| looks(&mut idle_spin, u32::MAX)).sum();
        assert!((MAX_LOOKS..=3 * MAX_LOOKS).contains(&spent), "{spent} looks");
    }
}
