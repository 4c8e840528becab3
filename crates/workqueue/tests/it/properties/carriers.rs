//! Several carriers: what they take, which slots they hold, when they sleep.

use proptest::collection::vec;
use proptest::prelude::*;
use workqueue::{Queue, Retirement};

use super::config;
use crate::token::Token;
use crate::{Wakes, run_one};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn several_carriers_take_each_item_once(
        pushes in vec((0..4usize, 1..40usize), 1..30),
        takers in vec(0..3usize, 1..60),
    ) {
        let (queue, mut locals) = Queue::new(3, 3);
        let (mut pushed, mut taken) = (0, Vec::new());
        let mut takers = takers.iter().cycle();
        for (place, count) in pushes {
            for _ in 0..count {
                let admitted = queue.admit().expect("there is no limit");
                match place {
                    3 => admitted.push(Token::new(pushed)),
                    carrier => admitted.push_on_carrier(carrier, Token::new(pushed)),
                }
                pushed += 1;
            }
            for _ in 0..count / 2 {
                let taker = *takers.next().expect("they go round");
                let token = run_one(&mut locals[taker]);
                taken.push(token.expect("more were pushed than taken").number);
            }
        }
        // Whoever looks last finds all the rest, wherever it is.
        while let Some(token) = run_one(&mut locals[1]) {
            taken.push(token.number);
        }
        prop_assert!(queue.is_quiet() && queue.is_empty());
        taken.sort_unstable();
        prop_assert_eq!(taken, (0..pushed).collect::<Vec<_>>());
    }

    #[test]
    fn one_worker_wherever_it_is_takes_in_the_order_of_submission(
        turns in vec((0..20usize, 0..20usize, 0..4usize), 1..40),
    ) {
        let (queue, mut locals) = Queue::new(4, 1);
        let (mut submitted, mut taken) = (0, 0);
        for (submits, takes, carrier) in turns {
            for _ in 0..submits {
                prop_assert!(queue.submit(Token::new(submitted)).is_ok());
                submitted += 1;
            }
            for _ in 0..takes {
                let Some(token) = run_one(&mut locals[carrier]) else { break };
                prop_assert_eq!(token.number, taken);
                taken += 1;
            }
        }
    }

    #[test]
    fn slots_are_a_number_between_nothing_and_the_most(steps in vec((0..5u8, 0..6usize), 0..200)) {
        let (queue, locals) = Queue::<Token>::new(1, 2);
        let local = &locals[0];
        let (mut live, mut max) = (0, 2);
        for (step, number) in steps {
            match step {
                0 | 1 => {
                    prop_assert_eq!(local.start_worker(), live < max);
                    live += usize::from(live < max);
                }
                2 if live > 0 => {
                    prop_assert_eq!(local.retire_worker(), Retirement::Retired);
                    live -= 1;
                }
                3 if live > 0 => {
                    local.step_down();
                    live -= 1;
                }
                4 => {
                    queue.set_max_workers(number);
                    max = number;
                }
                _ => {}
            }
            prop_assert_eq!((queue.live_workers(), queue.max_workers()), (live, max));
        }
    }

    #[test]
    fn no_item_stays_beside_a_free_slot_while_all_carriers_sleep(
        steps in vec((0..6u8, 0..3usize), 0..200),
    ) {
        let (queue, mut locals) = Queue::new(3, 3);
        let wakes: Vec<_> = (0..3).map(|_| Wakes::new()).collect();
        locals.iter().zip(&wakes).for_each(|(local, wakes)| local.set_waker(wakes.waker()));
        // By carrier: how often it had been woken when it fell asleep, if it has.
        let mut asleep: [Option<usize>; 3] = [None; 3];
        for (step, carrier) in steps {
            let local = &mut locals[carrier];
            let awake = asleep[carrier].is_none();
            match step {
                0 => prop_assert!(queue.submit(Token::new(0)).is_ok()),
                1 if awake => {
                    queue.admit().expect("there is no limit").push_on(local, Token::new(0));
                }
                2 if awake && local.start_worker() => {
                    drop(run_one(local));
                    local.search_over();
                    local.step_down();
                }
                3 if awake => local.start_search(),
                4 if awake => {
                    let before = wakes[carrier].count();
                    if local.announce_sleep() {
                        asleep[carrier] = Some(before);
                    } else {
                        local.end_sleep();
                    }
                }
                5 if asleep[carrier].is_some_and(|before| wakes[carrier].count() > before) => {
                    local.end_sleep();
                    asleep[carrier] = None;
                }
                _ => {}
            }
            let is_deaf = |carrier: usize| asleep[carrier] == Some(wakes[carrier].count());
            let waiting = queue.queued() > 0 && queue.live_workers() < queue.max_workers();
            prop_assert!(!(waiting && (0..3).all(is_deaf)), "everybody sleeps beside an item");
        }
    }
}
