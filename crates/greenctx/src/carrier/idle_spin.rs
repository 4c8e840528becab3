//! Whether to stay awake a moment longer before sleeping.
//!
//! A sleep and the wake-up that ends it take several microseconds, most of them in the kernel. Two carriers
//! whose threads answer one another would spend all their time in that, although each answer is there within a
//! fraction of a microsecond. So a carrier with nothing to do keeps looking at its inbox for up to 12 µs,
//! where that pays. It learns this from its sleeps:
//!
//! * It begins to spin when some sleeps in a row were ended soon by a message. At first one is enough.
//! * A spin in which a message comes halves how many it takes the next time.
//! * A spin in which none comes is the last one for now, and doubles how many it takes, up to 64.
//!
//! So what is wasted is bounded: at the worst, one spin for 64 sleeps.
//!
//! *Messages alone count.* A sleep that is ended by a socket, a timer or new work says nothing about answers. Nor
//! does one that was ended from the same CPU: a waker there cannot go on while the carrier spins.
//!
//! *It spins by the clock,* since a pause of the processor takes 5 ns here and 50 ns there. It never yields to
//! the system in between: that takes as long as the answer. And it spins only if all awake carriers have a CPU
//! each, or it would keep the answer from being written.
//!
//! Where messages do not end the sleeps, learning costs two loads and no reading of the clock.

use std::time::Duration;

use greenstd::thread;
use greenstd::time::{self, Instant};

use super::awake::Awake;
use super::shared::Shared;

/// How long it spins at most: about as long as a sleep and a wake-up take.
const MAX_SPIN: Duration = Duration::from_micros(12);

/// A sleep that ends before this, the two ways through the kernel included, might have been spared by a spin.
const SOON: Duration = Duration::from_micros(30);

/// Looks at the inbox between two looks at the clock.
const LOOKS_PER_READING: u32 = 8;

/// The most sleeps that must end soon before it spins again.
const MAX_NEEDED: u32 = 64;

/// What one carrier has learnt from its last sleeps.
#[derive(Debug)]
pub(super) struct IdleSpin {
    /// How many sleeps in a row must be ended soon by a message before it spins.
    needed: u32,
    /// How many were.
    soon: u32,
    /// Whether a message ended the last sleep. If not, the next one is not timed.
    last_by_message: bool,
    /// When the present sleep began, if it is timed.
    asleep_since: Option<Instant>,
}

impl Default for IdleSpin {
    fn default() -> Self {
        IdleSpin { needed: 1, soon: 0, last_by_message: false, asleep_since: None }
    }
}

impl IdleSpin {
    /// Spins if that may pay. `true` if something has come for the carrier, `false` if it is to sleep.
    #[inline]
    pub(super) fn pays(&mut self, shared: &Shared, awake: &Awake) -> bool {
        self.is_worth_it() && awake.has_cpu_for_itself() && self.spin(shared)
    }

    /// The carrier is going to sleep.
    pub(super) fn before_sleep(&mut self) {
        self.asleep_since = self.last_by_message.then(time::now);
    }

    /// The carrier has slept.
    pub(super) fn after_sleep(&mut self, shared: &Shared) {
        let by_message = shared.may_have_mail() && !shared.was_woken_from_here();
        let slept = self.asleep_since.map(time::since);
        self.learn_from_sleep(by_message, slept);
    }

    #[cold]
    fn spin(&mut self, shared: &Shared) -> bool {
        let begun = time::now();
        while time::since(begun) < MAX_SPIN {
            for _ in 0..LOOKS_PER_READING {
                if shared.may_have_mail() {
                    self.learn_from_spin(true);
                    return true;
                }
                thread::spin_loop();
            }
            // Somebody has work for the carrier, or wants it to end. That teaches nothing about messages.
            if shared.is_woken() {
                return true;
            }
        }
        self.learn_from_spin(false);
        false
    }

    fn is_worth_it(&self) -> bool {
        // No checker can follow a spin.
        self.soon >= self.needed && !cfg!(any(green_loom, green_shuttle))
    }

    fn learn_from_spin(&mut self, message_came: bool) {
        if message_came {
            self.needed = (self.needed / 2).max(1);
        } else {
            self.soon = 0;
            self.needed = (2 * self.needed).min(MAX_NEEDED);
        }
    }

    /// `slept` is how long it was, if it was timed.
    fn learn_from_sleep(&mut self, by_message: bool, slept: Option<Duration>) {
        let was_soon = by_message && slept.is_some_and(|slept| slept < SOON);
        self.soon = if was_soon { self.soon.saturating_add(1) } else { 0 };
        self.last_by_message = by_message;
    }
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use super::*;

    const AT_ONCE: Option<Duration> = Some(Duration::from_micros(9));
    const LATE: Option<Duration> = Some(Duration::from_micros(300));

    /// How many sleeps that a message ends at once it takes until it spins.
    fn sleeps_until_worth_it(idle_spin: &mut IdleSpin) -> u32 {
        let mut sleeps = 0;
        while !idle_spin.is_worth_it() {
            idle_spin.learn_from_sleep(true, AT_ONCE);
            sleeps += 1;
        }
        sleeps
    }

    #[test]
    fn it_spins_once_a_message_has_ended_a_sleep_soon() {
        let mut idle_spin = IdleSpin::default();
        assert!(!idle_spin.is_worth_it());
        idle_spin.learn_from_sleep(true, AT_ONCE);
        assert!(idle_spin.is_worth_it());
    }

    #[test]
    fn sleeps_ended_late_or_by_something_else_teach_it_not_to_spin() {
        for (by_message, slept) in [(true, LATE), (true, None), (false, AT_ONCE)] {
            let mut idle_spin = IdleSpin::default();
            idle_spin.learn_from_sleep(true, AT_ONCE);
            idle_spin.learn_from_sleep(by_message, slept);
            assert!(!idle_spin.is_worth_it(), "{by_message} {slept:?}");
        }
    }

    #[test]
    fn each_spin_in_vain_makes_the_next_one_rarer() {
        let mut idle_spin = IdleSpin::default();
        let mut taken = Vec::new();
        for _ in 0..8 {
            taken.push(sleeps_until_worth_it(&mut idle_spin));
            idle_spin.learn_from_spin(false);
        }
        assert_eq!(taken, [1, 2, 4, 8, 16, 32, 64, 64]);
    }

    #[test]
    fn it_goes_on_spinning_while_that_pays_and_forgets_the_spins_in_vain() {
        let mut idle_spin = IdleSpin::default();
        for _ in 0..10 {
            sleeps_until_worth_it(&mut idle_spin);
            idle_spin.learn_from_spin(false);
        }
        sleeps_until_worth_it(&mut idle_spin);
        for _ in 0..10 {
            idle_spin.learn_from_spin(true);
            assert!(idle_spin.is_worth_it());
        }
        idle_spin.learn_from_spin(false);
        assert_eq!(sleeps_until_worth_it(&mut idle_spin), 2);
    }

    #[test]
    fn a_sleep_is_timed_only_after_one_that_a_message_ended() {
        let mut idle_spin = IdleSpin::default();
        idle_spin.before_sleep();
        assert_eq!(idle_spin.asleep_since, None);
        idle_spin.learn_from_sleep(true, None);
        idle_spin.before_sleep();
        assert!(idle_spin.asleep_since.is_some());
        idle_spin.learn_from_sleep(false, None);
        idle_spin.before_sleep();
        assert_eq!(idle_spin.asleep_since, None);
    }
}
