//! Whether a thread that finds no message, or no room, looks again before it waits.
//!
//! To wait costs more than many messages: the thread parks, and the thread that wakes it sends a message to its
//! carrier. Where all senders are on one carrier and all receivers on another, that may happen for each single message. A
//! queue with room for 16 is full, four senders wait, and each message that is received wakes one of them. That one
//! fills the one place, and waits again.
//!
//! So such a thread pauses for about a microsecond, and then looks again. Meanwhile it stands in no list, and the
//! other side need not wake it: it empties the queue, or fills it, in one go. To pause keeps the carrier, so it is done
//! only where it pays:
//!
//! * *The other side is at work, but not here.* What is on the thread's own carrier cannot go on while that pauses. So
//!   each side of a channel has the *places*, that is OS threads, where it has been seen of late. They are noted when a
//!   thread has nothing to do but wait, and at the end of its [turn](crate#giving-way). One where it was not seen for
//!   some hundred waits is forgotten, as threads end.
//! * *There is room for several messages.* With room for one, each message is waited for in any case.
//! * *It has paid of late.* A second look has paid if the other side was in the channel at least twice during the
//!   pause. If not, the other side is slow, or its processor is taken. Four that pay make up for one that does not. If too
//!   few pay, threads wait at once, and one in 32 tries anew.
//!
//! So a channel that is used now and then, or for questions and answers, wastes a pause in 32 waits at most.
//!
//! All this decides about time alone. A second look is under the same lock as the first one, and does the same. What is
//! learnt is guarded by that lock. In a model there is no second look: no checker can follow a pause.

use std::cell::Cell;

use greenstd::atomic::unwatched::Counter;
use greenstd::thread;

use super::core::{Channel, Inside};

/// About a microsecond.
const PAUSES: u32 = 32;

/// With less room than this, a pause saves too little.
const LEAST_ROOM: usize = 4;

/// Sections of the other side during a pause, if it has paid.
const BUSY: u32 = 2;

/// What a second look in vain takes from the credit; one that pays adds one.
const IN_VAIN: u8 = 4;
const MOST_CREDIT: u8 = 15;

/// Without credit, one wait in so many tries anew.
const TRY_EVERY: u8 = 32;

/// After so many waits of a side, the places that were not seen since the last time are forgotten.
const FORGET_EVERY: u8 = 128;

/// What a channel knows of its two sides. These go by the numbers of their lists, 0 and 1.
#[derive(Debug, Default)]
pub(super) struct SecondLooks {
    sides: [Side; 2],
}

#[derive(Debug, Default)]
struct Side {
    /// Where its threads have been seen, a bit for each place: of late, and in the time before.
    places: [u16; 2],
    /// Whether second looks have paid; with 0, a thread waits at once.
    credit: u8,
    /// How often its threads had nothing to do but wait.
    waits: u8,
}

impl SecondLooks {
    /// A thread of `side` is at work here.
    pub(super) fn note(&mut self, side: usize) {
        self.sides[side].places[0] |= here();
    }

    /// A thread of `side` has nothing to do but wait: whether it is to look again first.
    pub(super) fn pays(&mut self, side: usize) -> bool {
        self.pays_at(here(), side) && !cfg!(any(green_loom, green_shuttle))
    }

    fn pays_at(&mut self, here: u16, side: usize) -> bool {
        let [of_late, before] = self.sides[1 - side].places;
        let others = of_late | before;
        let Side { places, credit, waits } = &mut self.sides[side];
        places[0] |= here;
        *waits = (*waits + 1) % FORGET_EVERY;
        let (waits, is_elsewhere) = (*waits, others != 0 && others & here == 0);
        if is_elsewhere && *credit == 0 && waits.is_multiple_of(TRY_EVERY) {
            *credit = 1;
        }
        let pays = is_elsewhere && *credit > 0;
        if waits == 0 {
            self.sides.iter_mut().for_each(|side| side.places = [0, side.places[0]]);
        }
        pays
    }

    /// During the pause of a thread of `side`, others were in the channel `turns` times.
    fn learn(&mut self, side: usize, turns: u32) {
        let credit = &mut self.sides[side].credit;
        *credit = match turns >= BUSY {
            true => MOST_CREDIT.min(*credit + 1),
            false => credit.saturating_sub(IN_VAIN),
        };
    }
}

/// Whether there can be a second look at a channel with so much room.
#[inline(always)]
pub(super) fn is_worth_it(capacity: usize) -> bool {
    capacity >= LEAST_ROOM
}

impl<T> Channel<T> {
    /// Calls `look` under the lock after a pause, for a thread of `side`.
    #[cold]
    #[inline(never)]
    pub(super) fn look_again<R>(
        &self,
        side: usize,
        look: impl FnOnce(&mut Inside<'_, T>) -> R,
    ) -> R {
        let before = self.monitor.turns();
        (0..PAUSES).for_each(|_| thread::spin_loop());
        self.monitor.enter(|inside| {
            let turns = self.monitor.turns().wrapping_sub(before);
            inside.state.second_looks.learn(side, turns);
            look(inside)
        })
    }

    /// A thread of `side` has used its turn up without having waited.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&self, side: usize) {
        self.monitor.enter(|inside| inside.state.second_looks.note(side));
    }
}

greenstd::thread_local! {
    static HERE: Cell<u16> = const { Cell::new(0) };
}

/// The bit of this OS thread. Others may have the same one: then there is no second look where one would pay.
fn here() -> u16 {
    static NEXT: Counter = Counter::new(0);
    HERE.with(|here| {
        if here.get() == 0 {
            here.set(1 << (NEXT.add(1) % u64::from(u16::BITS)));
        }
        here.get()
    })
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use super::*;

    const THIS: usize = 0;
    const OTHER: usize = 1;
    const HERE: u16 = 1;
    const THERE: u16 = 2;

    /// How many of so many waits here were preceded by a second look, during each of which the others made `turns`.
    fn second_looks(looks: &mut SecondLooks, waits: u32, turns: u32) -> u32 {
        let mut count = 0;
        for _ in 0..waits {
            looks.sides[OTHER].places[0] |= THERE;
            if looks.pays_at(HERE, THIS) {
                looks.learn(THIS, turns);
                count += 1;
            }
        }
        count
    }

    #[test]
    fn while_the_others_are_busy_elsewhere_nearly_every_wait_is_preceded_by_a_second_look() {
        let mut looks = SecondLooks::default();
        assert_eq!(second_looks(&mut looks, 1000, 16), 1000 - 31);
    }

    #[test]
    fn while_the_others_are_idle_one_wait_in_32_is() {
        let mut looks = SecondLooks::default();
        assert_eq!(second_looks(&mut looks, 3200, 1), 100);
        assert_eq!(second_looks(&mut looks, 100, 16), 69);
        assert_eq!(second_looks(&mut looks, 3200, 0), 104, "a full credit is lost in four");
    }

    #[test]
    fn a_second_look_in_vain_now_and_then_does_not_end_them() {
        let mut looks = SecondLooks::default();
        second_looks(&mut looks, 100, 16);
        for _ in 0..100 {
            assert_eq!(second_looks(&mut looks, 1, 0), 1);
            assert_eq!(second_looks(&mut looks, 5, 16), 5);
        }
    }

    #[test]
    fn no_thread_looks_again_where_the_others_are_here_too() {
        let mut looks = SecondLooks::default();
        second_looks(&mut looks, 100, 16);
        for _ in 0..1000 {
            looks.sides[OTHER].places[0] |= HERE | THERE;
            assert!(!looks.pays_at(HERE, THIS));
        }
    }

    #[test]
    fn no_thread_looks_again_where_no_others_have_been_seen() {
        let mut looks = SecondLooks::default();
        assert!((0..1000).all(|_| !looks.pays_at(HERE, THIS)));
    }

    #[test]
    fn others_that_are_here_no_more_are_forgotten() {
        let mut looks = SecondLooks::default();
        looks.sides[OTHER].places[0] = HERE;
        assert_eq!(second_looks(&mut looks, 2 * u32::from(FORGET_EVERY), 16), 0);
        assert!(second_looks(&mut looks, 100, 16) > 60);
    }
}
