//! One carrier, and items that come, wait, run, end or die.

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;
use workqueue::{Item, Refused};

use super::config;
use crate::token::{Claim, Dropped, Token, numbers};
use crate::{one_carrier, run_one};

#[derive(Debug, Clone)]
enum Step {
    Submit,
    /// Ask for room and give it back.
    GiveBack,
    Take,
    End,
    /// The waiting item of this place, counted round.
    Withdraw(usize),
    Limit(Option<u64>),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => Just(Step::Submit),
        2 => Just(Step::GiveBack),
        12 => Just(Step::Take),
        10 => Just(Step::End),
        5 => any::<usize>().prop_map(Step::Withdraw),
        2 => prop::option::of(0..30u64).prop_map(Step::Limit),
        1 => prop::bool::weighted(0.05).prop_map(|close| {
            if close { Step::Close } else { Step::Submit }
        }),
    ]
}

/// What a queue with one carrier is: a list and a few numbers.
#[derive(Default)]
struct Model {
    waiting: VecDeque<(u64, Claim)>,
    running: u64,
    accepted: u64,
    limit: Option<u64>,
    closed: bool,
}

impl Model {
    fn admits(&self) -> Result<(), Refused> {
        let outstanding = self.waiting.len() as u64 + self.running;
        match self.limit {
            _ if self.closed => Err(Refused::Closed),
            Some(limit) if outstanding >= limit => Err(Refused::Full),
            _ => Ok(()),
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_queue_with_one_carrier_is_a_list_with_a_limit(steps in vec(step(), 0..400)) {
        let (queue, mut local) = one_carrier();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Submit => {
                    let token = Token::new(model.accepted);
                    let claim = token.claim();
                    let submitted = queue.submit(token).map_err(|(refused, _)| refused);
                    prop_assert_eq!(submitted, model.admits());
                    if submitted.is_ok() {
                        model.waiting.push_back((model.accepted, claim));
                        model.accepted += 1;
                    }
                }
                Step::GiveBack => {
                    let room = queue.admit().map(|admitted| admitted.number());
                    prop_assert_eq!(room, model.admits().map(|()| model.accepted));
                    model.accepted += u64::from(room.is_ok());
                }
                Step::Take => {
                    let taken = local.take().map(|token| token.number);
                    prop_assert_eq!(taken, model.waiting.pop_front().map(|(number, _)| number));
                    if taken.is_some() {
                        local.count_started();
                        model.running += 1;
                    }
                }
                Step::End if model.running > 0 => {
                    local.count_ended();
                    model.running -= 1;
                }
                Step::End => {}
                Step::Withdraw(place) if !model.waiting.is_empty() => {
                    let place = place % model.waiting.len();
                    let (_, claim) = model.waiting.remove(place).expect("the place is within");
                    prop_assert!(claim.take());
                    queue.withdraw();
                }
                Step::Withdraw(_) => {}
                Step::Limit(limit) => {
                    queue.set_limit(limit);
                    model.limit = limit;
                }
                Step::Close => {
                    prop_assert_eq!(queue.close(), !model.closed);
                    model.closed = true;
                }
            }
            let gauge = queue.gauge();
            prop_assert_eq!(gauge.queued, model.waiting.len() as u64);
            prop_assert_eq!(gauge.running, model.running);
            prop_assert_eq!(queue.accepted(), model.accepted);
            prop_assert_eq!(queue.limit(), model.limit);
            let quiet = model.waiting.is_empty() && model.running == 0;
            prop_assert_eq!(queue.is_quiet(), quiet);
            prop_assert_eq!(queue.is_exhausted(), quiet && model.closed);
            prop_assert!(queue.len() >= model.waiting.len());
        }
        let left = numbers(queue.drain().into_iter().filter(Token::is_waiting));
        let expected: Vec<_> = model.waiting.iter().map(|(number, _)| *number).collect();
        prop_assert_eq!(left, expected);
        prop_assert!(queue.is_empty());
    }

    #[test]
    fn the_dead_never_outnumber_the_living_by_much(
        rounds in vec((0..800usize, 0..100usize, any::<bool>()), 1..8),
    ) {
        let (queue, mut local) = one_carrier();
        let dropped = Dropped::default();
        let (mut living, mut made): (VecDeque<Claim>, u64) = (VecDeque::new(), 0);
        for (submits, percent, front_first) in rounds {
            for _ in 0..submits {
                let token = Token::counted(made, &dropped);
                living.push_back(token.claim());
                made += 1;
                prop_assert!(queue.submit(token).is_ok());
            }
            for _ in 0..living.len() * percent / 100 {
                let end = if front_first { living.pop_front() } else { living.pop_back() };
                let claim = end.expect("a part of them");
                prop_assert!(claim.take());
                queue.withdraw();
                prop_assert!(queue.len() <= (living.len() + 256).max(2 * living.len() + 2));
                prop_assert_eq!(dropped.count() + queue.len(), made as usize);
            }
        }
        let mut taken = 0;
        while run_one(&mut local).is_some() {
            taken += 1;
        }
        prop_assert_eq!(taken, living.len());
        prop_assert_eq!(dropped.count(), made as usize);
        prop_assert!(queue.is_quiet());
    }
}
