//! How long a waiter pauses, and what it learns from a wait.

/// The heat at which a waiter makes 64 pauses: some hundred sections long.
pub(super) const HOTTEST: u8 = 6;

/// It was a run if the others have made a turn in so many pauses.
const RUN: u32 = 2;

/// How often a waiter pauses before it looks.
pub(super) const fn pauses_at(heat: u8) -> u32 {
    1 << heat
}

/// The heat after a wait in which the others have made `turns` turns.
pub(super) fn heat_after(heat: u8, turns: u32, pauses: u32) -> u8 {
    let is_run = turns >= pauses.div_ceil(RUN);
    if is_run { HOTTEST.min(heat + 1) } else { heat.saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The heat after so many waits, in each of which the others make `turns` turns a pause.
    fn heat_of(waits: u32, turns: fn(u32) -> u32) -> u8 {
        (0..waits).fold(3, |heat, _| heat_after(heat, turns(pauses_at(heat)), pauses_at(heat)))
    }

    #[test]
    fn a_lock_that_the_others_take_all_the_time_gets_hot_and_no_hotter_than_the_hottest() {
        assert_eq!(heat_of(2, |pauses| 3 * pauses), 5);
        assert_eq!(heat_of(100, |pauses| 3 * pauses), HOTTEST);
    }

    #[test]
    fn a_lock_that_the_others_seldom_take_gets_cold() {
        assert_eq!(heat_of(100, |_| 0), 0);
        assert!(heat_of(100, |_| 1) <= 2, "a wait of one section is a short one");
    }

    #[test]
    fn runs_of_few_turns_keep_a_lock_as_hot_as_they_are_long() {
        let heat = heat_of(100, |pauses| pauses.min(16));
        assert!((4..=6).contains(&heat), "{heat}");
    }
}
