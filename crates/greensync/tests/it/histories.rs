//! Random histories of one carrier, against a plain model of what must hold.

use std::collections::VecDeque;

use greenctx::{JoinHandle, spawn};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU8, Ordering};
use greensync::{Event, RwLock, Semaphore};
use proptest::prelude::*;

use crate::{let_others_run, on_carrier};

/// A thread that asks for something, holds it until it is told, and gives it back.
struct Asker {
    state: Arc<AtomicU8>,
    leave: Arc<Event>,
    thread: JoinHandle<()>,
}

const WAITS: u8 = 0;
const HOLDS: u8 = 1;
const GONE: u8 = 2;

impl Asker {
    fn start<G>(ask: impl FnOnce(&dyn Fn()) -> Option<G> + Send + 'static) -> Self {
        let state = Arc::new(AtomicU8::new(WAITS));
        let leave = Arc::new(Event::new());
        let thread = spawn({
            let (state, leave) = (state.clone(), leave.clone());
            move || {
                let hold = || {
                    state.store(HOLDS, Ordering::Relaxed);
                    // Also one that was cancelled holds on.
                    greensync::shield(|| leave.wait()).unwrap();
                };
                drop(ask(&hold));
                state.store(GONE, Ordering::Relaxed);
            }
        });
        let_others_run();
        Asker { state, leave, thread }
    }

    fn state(&self) -> u8 {
        self.state.load(Ordering::Relaxed)
    }

    fn give_back(&self) {
        self.leave.set();
        let_others_run();
    }

    fn cancel(&self) {
        self.thread.thread().cancel();
        let_others_run();
    }

    fn end(self) {
        self.leave.set();
        self.thread.thread().cancel();
        self.thread.join().unwrap();
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Somebody asks for so much.
    Ask(usize),
    /// Of those that hold something, this one gives it back.
    GiveBack(usize),
    /// Of those that wait, this one is cancelled.
    Cancel(usize),
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..=most).prop_map(Step::Ask),
        2 => (0..100usize).prop_map(Step::GiveBack),
        1 => (0..100usize).prop_map(Step::Cancel),
    ];
    prop::collection::vec(step, 1..40)
}

/// What the askers must be doing.
trait Model {
    fn ask(&mut self, asker: usize, amount: usize);
    fn give_back(&mut self, asker: usize);
    fn cancel(&mut self, asker: usize);
    fn holders(&self) -> Vec<usize>;
    fn waiters(&self) -> Vec<usize>;
}

fn check(mut model: impl Model, steps: &[Step], ask: impl Fn(usize) -> Asker) {
    let mut askers: Vec<Asker> = Vec::new();
    for step in steps {
        let (holders, waiters) = (model.holders(), model.waiters());
        match *step {
            Step::Ask(amount) => {
                model.ask(askers.len(), amount);
                askers.push(ask(amount));
            }
            Step::GiveBack(which) if !holders.is_empty() => {
                let which = holders[which % holders.len()];
                model.give_back(which);
                askers[which].give_back();
            }
            Step::Cancel(which) if !waiters.is_empty() => {
                let which = waiters[which % waiters.len()];
                model.cancel(which);
                askers[which].cancel();
            }
            _ => {}
        }
        let (holders, waiters) = (model.holders(), model.waiters());
        for (number, asker) in askers.iter().enumerate() {
            let expected = match () {
                () if holders.contains(&number) => HOLDS,
                () if waiters.contains(&number) => WAITS,
                () => GONE,
            };
            assert_eq!(asker.state(), expected, "asker {number} after {step:?} in {steps:?}");
        }
    }
    askers.into_iter().for_each(Asker::end);
}

#[derive(Default)]
struct Permits {
    left: usize,
    held: Vec<(usize, usize)>,
    queue: VecDeque<(usize, usize)>,
}

impl Permits {
    fn serve(&mut self) {
        while let Some((asker, amount)) = self.queue.front().copied()
            && amount <= self.left
        {
            self.queue.pop_front();
            self.left -= amount;
            self.held.push((asker, amount));
        }
    }
}

impl Model for Permits {
    fn ask(&mut self, asker: usize, amount: usize) {
        self.queue.push_back((asker, amount));
        self.serve();
    }

    fn give_back(&mut self, asker: usize) {
        let place = self.held.iter().position(|held| held.0 == asker).unwrap();
        self.left += self.held.remove(place).1;
        self.serve();
    }

    fn cancel(&mut self, asker: usize) {
        self.queue.retain(|waiting| waiting.0 != asker);
        self.serve();
    }

    fn holders(&self) -> Vec<usize> {
        self.held.iter().map(|held| held.0).collect()
    }

    fn waiters(&self) -> Vec<usize> {
        self.queue.iter().map(|waiting| waiting.0).collect()
    }
}

/// An amount of 0 asks to write, others to read.
#[derive(Default)]
struct Turns {
    reading: Vec<usize>,
    writing: Option<usize>,
    readers: Vec<usize>,
    writers: VecDeque<usize>,
}

impl Turns {
    fn next(&mut self, readers_first: bool) {
        if self.writing.is_some() {
            return;
        }
        if readers_first || self.writers.is_empty() {
            self.reading.append(&mut self.readers);
        }
        if self.reading.is_empty() {
            self.writing = self.writers.pop_front();
        }
    }
}

impl Model for Turns {
    fn ask(&mut self, asker: usize, amount: usize) {
        if amount == 0 {
            self.writers.push_back(asker);
        } else {
            self.readers.push(asker);
        }
        self.next(false);
    }

    fn give_back(&mut self, asker: usize) {
        let wrote = self.writing == Some(asker);
        self.reading.retain(|reading| *reading != asker);
        if wrote {
            self.writing = None;
        }
        self.next(wrote);
    }

    fn cancel(&mut self, asker: usize) {
        self.writers.retain(|waiting| *waiting != asker);
        self.readers.retain(|waiting| *waiting != asker);
        self.next(false);
    }

    fn holders(&self) -> Vec<usize> {
        self.reading.iter().copied().chain(self.writing).collect()
    }

    fn waiters(&self) -> Vec<usize> {
        self.readers.iter().chain(&self.writers).copied().collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_semaphore_serves_as_a_queue_does(permits in 0..5usize, steps in steps(4)) {
        on_carrier(move || {
            let semaphore = Arc::new(Semaphore::new(permits));
            let model = Permits { left: permits, ..Permits::default() };
            check(model, &steps, |amount| {
                let semaphore = semaphore.clone();
                Asker::start(move |hold| {
                    let permit = semaphore.acquire_many_owned(amount).ok()?;
                    hold();
                    Some(permit)
                })
            });
            assert_eq!(semaphore.available_permits(), permits);
        });
    }

    #[test]
    fn readers_and_writers_take_turns(steps in steps(2)) {
        on_carrier(move || {
            let lock = Arc::new(RwLock::new(()));
            check(Turns::default(), &steps, |amount| {
                let lock = lock.clone();
                Asker::start(move |hold| {
                    if amount == 0 {
                        let guard = lock.write().ok()?;
                        hold();
                        drop(guard);
                    } else {
                        let guard = lock.read().ok()?;
                        hold();
                        drop(guard);
                    }
                    Some(())
                })
            });
            assert!(lock.try_write().is_some(), "all have given it back");
        });
    }
}
