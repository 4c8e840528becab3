//! The timers of one carrier: a pure structure, with no clock, no thread and no lock.
//!
//! A seat has at most one timer. Most timers are cancelled before they are due. So cancelling only forgets
//! the timer's generation: its entry stays in the heap, and is skipped when it comes to the top. When more
//! than half of the entries are such leftovers, they are swept out. So arming and cancelling cost a few
//! nanoseconds each, amortised, and memory stays in proportion to the number of armed timers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Nanoseconds since the carrier's epoch.
pub(crate) type Nanos = u64;

/// With fewer entries a sweep costs more than it saves.
const SWEEP_FROM: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<Entry>>,
    /// By seat.
    armed: Vec<Armed>,
    generation: u32,
    /// How many entries of the heap are armed.
    live: usize,
}

/// The timer of a seat.
#[derive(Debug, Clone, Copy, Default)]
struct Armed {
    /// 0 if none is armed.
    generation: u32,
    due: Nanos,
}

/// Ordered by deadline, then by age: timers of one deadline fire in the order of arming (until the
/// generation counter wraps, after four billion timers).
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    due: Nanos,
    generation: u32,
    seat: u32,
}

impl Timers {
    /// Arms the timer of `seat`; one that was armed before is forgotten.
    pub(crate) fn arm(&mut self, seat: u32, due: Nanos) {
        self.cancel(seat);
        let index = seat as usize;
        if index >= self.armed.len() {
            self.armed.resize(index + 1, Armed::default());
        }
        self.generation = if self.generation == u32::MAX { 1 } else { self.generation + 1 };
        self.armed[index] = Armed { generation: self.generation, due };
        self.live += 1;
        self.heap.push(Reverse(Entry { due, generation: self.generation, seat }));
    }

    /// Forgets the timer of `seat`, if one is armed.
    pub(crate) fn cancel(&mut self, seat: u32) {
        let Some(armed) = self.armed.get_mut(seat as usize) else { return };
        if std::mem::take(&mut armed.generation) == 0 {
            return;
        }
        self.live -= 1;
        if self.heap.len() >= SWEEP_FROM && self.live < self.heap.len() / 2 {
            let armed = &self.armed;
            self.heap
                .retain(|Reverse(entry)| armed[entry.seat as usize].generation == entry.generation);
        }
    }

    /// Takes the next timer that is due at `now` and returns its seat.
    pub(crate) fn pop_due(&mut self, now: Nanos) -> Option<u32> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        self.armed[entry.seat as usize].generation = 0;
        self.live -= 1;
        Some(entry.seat)
    }

    /// When the next timer is due.
    pub(crate) fn next_due(&mut self) -> Option<Nanos> {
        while let Some(Reverse(entry)) = self.heap.peek() {
            if self.armed[entry.seat as usize].generation == entry.generation {
                return Some(entry.due);
            }
            self.heap.pop();
        }
        None
    }

    /// When the timer of `seat` is due, if one is armed.
    pub(crate) fn due_of(&self, seat: u32) -> Option<Nanos> {
        let armed = self.armed.get(seat as usize)?;
        (armed.generation != 0).then_some(armed.due)
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Clone)]
    enum Step {
        Arm(u32, Nanos),
        Cancel(u32),
        Advance(Nanos),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..40u32, 0..1000u64).prop_map(|(seat, after)| Step::Arm(seat, after)),
            (0..40u32).prop_map(Step::Cancel),
            (0..200u64).prop_map(Step::Advance),
        ];
        proptest::collection::vec(step, 0..600)
    }

    proptest! {
        #[test]
        fn timers_fire_like_an_ordered_map(steps in steps()) {
            let mut timers = Timers::default();
            // By (deadline, age), as the structure promises to fire them.
            let mut model: BTreeMap<(Nanos, usize), u32> = BTreeMap::new();
            let mut now = 0;
            for (age, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Arm(seat, after) => {
                        model.retain(|_, armed| *armed != seat);
                        model.insert((now + after, age), seat);
                        timers.arm(seat, now + after);
                    }
                    Step::Cancel(seat) => {
                        model.retain(|_, armed| *armed != seat);
                        timers.cancel(seat);
                    }
                    Step::Advance(by) => {
                        now += by;
                        while let Some((&key, &seat)) = model.first_key_value() {
                            if key.0 > now {
                                break;
                            }
                            model.remove(&key);
                            prop_assert_eq!(timers.pop_due(now), Some(seat));
                        }
                        prop_assert_eq!(timers.pop_due(now), None);
                    }
                }
                prop_assert_eq!(timers.next_due(), model.keys().next().map(|key| key.0));
                prop_assert_eq!(timers.is_empty(), model.is_empty());
                for (&(due, _), &seat) in &model {
                    prop_assert_eq!(timers.due_of(seat), Some(due));
                }
            }
        }
    }

    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let mut timers = Timers::default();
        for round in 0..100_000 {
            timers.arm(round % 7, Nanos::from(round) + 1_000_000);
            timers.cancel(round % 7);
        }
        assert!(timers.heap.len() < 2 * SWEEP_FROM, "{} entries left", timers.heap.len());
    }
}
