//! Waiting for room.

use std::collections::VecDeque;

use greenstd::sync::Arc;
use proptest::collection::vec;
use proptest::prelude::*;

use super::config;
use crate::token::Token;
use crate::{Wakes, one_carrier};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn those_who_wait_for_room_are_woken_in_their_order(steps in vec((0..5u8, any::<usize>()), 0..100)) {
        let (queue, local) = one_carrier::<Token>();
        let mut waiting: VecDeque<Arc<Wakes>> = VecDeque::new();
        let mut used_up: Vec<Arc<Wakes>> = Vec::new();
        for (step, choice) in steps {
            match step {
                0 | 1 => {
                    let wakes = Wakes::new();
                    queue.wait_for_room(wakes.waker());
                    waiting.push_back(wakes);
                }
                2 => {
                    // Any start or end.
                    local.count_started();
                    used_up.extend(waiting.pop_front());
                }
                3 if !waiting.is_empty() => {
                    let place = choice % waiting.len();
                    let wakes = waiting.remove(place).expect("the place is within");
                    queue.stop_waiting_for_room(&wakes.waker(), false);
                    prop_assert_eq!(wakes.count(), 0);
                }
                4 if !used_up.is_empty() => {
                    let place = choice % used_up.len();
                    let wakes = used_up.swap_remove(place);
                    prop_assert_eq!(wakes.count(), 1);
                    if choice.is_multiple_of(2) {
                        queue.stop_waiting_for_room(&wakes.waker(), false);
                        used_up.extend(waiting.pop_front());
                    } else {
                        queue.stop_waiting_for_room(&wakes.waker(), true);
                    }
                }
                _ => {}
            }
            prop_assert!(waiting.iter().all(|wakes| wakes.count() == 0));
            prop_assert!(used_up.iter().all(|wakes| wakes.count() == 1));
        }
    }
}
