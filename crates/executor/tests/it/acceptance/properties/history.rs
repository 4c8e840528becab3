//! What may happen to an executor, and doing it.

use std::time::Duration;

use executor::{
    ExecutorHandle, GreenFuture, Refusal, Shutdown, TaskError, WaitError, park_timeout, sleep,
    wait_for_all, wait_for_all_timeout, wait_for_any, yield_now,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::ledger::Ledger;
use crate::acceptance::support::{PanicsInDrop, Token, deep_down};

#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) carriers: usize,
    pub(super) max_workers: usize,
    pub(super) backlog: Option<usize>,
    /// Ended by dropping it, not by a shutdown.
    pub(super) is_dropped: bool,
}

pub(super) fn setup() -> impl Strategy<Value = Setup> {
    (1..=4_usize, 1..8_usize, prop::option::of(0..30_usize), any::<bool>()).prop_map(
        |(carriers, max_workers, backlog, is_dropped)| Setup {
            carriers,
            max_workers,
            backlog,
            is_dropped,
        },
    )
}

/// What a job does.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Return,
    Fail,
    Panic,
    /// By what its closure holds.
    PanicInDrop,
    Yield(u8),
    Sleep(u8),
    Park(u8),
    Parent(Vec<Deed>, Care),
    /// Cancels one of all jobs, perhaps itself.
    Cancel(usize),
    Resize(usize),
    /// Closes the executor on which it runs.
    Close,
}

/// What a parent does about its children.
#[derive(Debug, Clone, Copy)]
pub(super) enum Care {
    Result,
    /// With so little stack left that the children run on others.
    ResultDeepDown,
    ResultInTime,
    All,
    Any,
    Detach,
    Cancel,
}

pub(super) fn deed() -> impl Strategy<Value = Deed> {
    let care = prop_oneof![
        4 => Just(Care::Result),
        4 => Just(Care::ResultDeepDown),
        1 => Just(Care::ResultInTime),
        2 => Just(Care::All),
        1 => Just(Care::Any),
        1 => Just(Care::Detach),
        1 => Just(Care::Cancel),
    ];
    let leaf = prop_oneof![
        30 => Just(Deed::Return),
        10 => Just(Deed::Fail),
        10 => Just(Deed::Panic),
        5 => Just(Deed::PanicInDrop),
        20 => any::<u8>().prop_map(Deed::Yield),
        10 => any::<u8>().prop_map(Deed::Sleep),
        10 => any::<u8>().prop_map(Deed::Park),
        10 => any::<usize>().prop_map(Deed::Cancel),
        5 => (1..8_usize).prop_map(Deed::Resize),
        1 => Just(Deed::Close),
    ];
    leaf.prop_recursive(3, 40, 6, move |deed| {
        (vec(deed, 0..6), care.clone()).prop_map(|(deeds, care)| Deed::Parent(deeds, care))
    })
}

/// What the history's own thread does.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Submit(Deed),
    SubmitWait(Deed),
    SubmitInTime(Deed),
    Map(u8),
    Cancel(usize),
    TakeResult(usize),
    DropFuture(usize),
    Resize(usize),
    Close,
    CancelPending,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        60 => deed().prop_map(Step::Submit),
        10 => deed().prop_map(Step::SubmitWait),
        10 => deed().prop_map(Step::SubmitInTime),
        3 => any::<u8>().prop_map(Step::Map),
        20 => any::<usize>().prop_map(Step::Cancel),
        10 => any::<usize>().prop_map(Step::TakeResult),
        10 => any::<usize>().prop_map(Step::DropFuture),
        5 => (1..8_usize).prop_map(Step::Resize),
        1 => Just(Step::Close),
        1 => Just(Step::CancelPending),
    ]
}

type Future = GreenFuture<Token, &'static str>;

pub(super) struct Driver {
    pool: ExecutorHandle,
    ledger: Ledger,
    futures: Vec<Future>,
}

impl Driver {
    pub(super) fn new(pool: ExecutorHandle, ledger: Ledger) -> Self {
        Driver { pool, ledger, futures: Vec::new() }
    }

    pub(super) fn take(&mut self, step: Step) {
        let (pool, ledger) = (&self.pool, &self.ledger);
        match step {
            Step::Submit(deed) => self.futures.extend(submit(pool, ledger, deed)),
            Step::SubmitWait(deed) => {
                let job = job(pool, ledger, deed);
                self.futures.extend(enter(ledger, pool.job().wait().fallible().submit(job)));
            }
            Step::SubmitInTime(deed) => {
                let job = job(pool, ledger, deed);
                let time = Duration::from_micros(50);
                self.futures
                    .extend(enter(ledger, pool.job().wait_timeout(time).fallible().submit(job)));
            }
            Step::Map(inputs) => self.map(u64::from(inputs % 16)),
            Step::Cancel(which) => ledger.cancel(which),
            Step::TakeResult(which) => {
                if let Some(future) = self.remove(which) {
                    drop(future.result());
                }
            }
            Step::DropFuture(which) => drop(self.remove(which)),
            Step::Resize(max_workers) => pool.resize(max_workers).expect("it is not 0"),
            Step::Close => pool.shutdown(Shutdown::no_wait()).expect("it does not wait"),
            Step::CancelPending => {
                let how = Shutdown::no_wait().cancel_pending();
                pool.shutdown(how).expect("it does not wait");
            }
        }
    }

    fn remove(&mut self, which: usize) -> Option<Future> {
        let which = which.checked_rem(self.futures.len())?;
        Some(self.futures.swap_remove(which))
    }

    /// One by one, as the map's own jobs have no handles to enter.
    fn map(&mut self, inputs: u64) {
        for input in 0..inputs {
            let (ledger, token) = (self.ledger.clone(), self.ledger.token());
            let job = move || {
                ledger.started();
                if input == 7 { Err("the seventh") } else { Ok(token) }
            };
            self.futures.extend(enter(&self.ledger, self.pool.try_submit(job)));
        }
        let waited = wait_for_all_timeout(&self.futures, Duration::from_millis(5));
        let split = waited.expect("nobody cancels a plain thread");
        assert_eq!(split.done.len() + split.not_done.len(), self.futures.len());
    }
}

fn job(
    pool: &ExecutorHandle,
    ledger: &Ledger,
    deed: Deed,
) -> impl FnOnce() -> Result<Token, &'static str> + Send + use<> {
    let (pool, ledger, token) = (pool.clone(), ledger.clone(), ledger.token());
    let bomb = matches!(deed, Deed::PanicInDrop).then(|| PanicsInDrop("a part of the closure"));
    move || {
        ledger.started();
        perform(&pool, &ledger, deed)?;
        // Before there is a result: the compiler leaks one that a later panic overtakes.
        drop(bomb);
        Ok(token)
    }
}

fn submit(pool: &ExecutorHandle, ledger: &Ledger, deed: Deed) -> Option<Future> {
    enter(ledger, pool.try_submit(job(pool, ledger, deed)))
}

fn enter<F>(
    ledger: &Ledger,
    submitted: Result<Future, executor::SubmitError<F>>,
) -> Option<Future> {
    match submitted {
        Ok(future) => {
            ledger.accepted(&future);
            Some(future)
        }
        Err(refused) => {
            ledger.refused(refused.reason());
            let reasonable = [
                Refusal::Rejected,
                Refusal::Shutdown,
                Refusal::TimedOut,
                Refusal::Interrupted,
                Refusal::WouldDeadlock,
            ];
            assert!(reasonable.contains(&refused.reason()), "{refused}");
            // What the closure holds may panic, and is ours to drop.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(refused)));
            None
        }
    }
}

fn perform(pool: &ExecutorHandle, ledger: &Ledger, deed: Deed) -> Result<(), &'static str> {
    match deed {
        Deed::Return | Deed::PanicInDrop => {}
        Deed::Fail => return Err("on purpose"),
        Deed::Panic => panic!("on purpose"),
        Deed::Yield(times) => (0..times % 8).for_each(|_| yield_now()),
        // Interrupted if the job has been cancelled.
        Deed::Sleep(time) => drop(sleep(Duration::from_micros(time.into()))),
        Deed::Park(time) => drop(park_timeout(Duration::from_micros(time.into()))),
        Deed::Cancel(which) => ledger.cancel(which),
        Deed::Resize(max_workers) => pool.resize(max_workers).expect("it is not 0"),
        Deed::Close => drop(pool.shutdown(Shutdown::wait())),
        Deed::Parent(deeds, care) => {
            let children = deeds.into_iter().filter_map(|deed| submit(pool, ledger, deed));
            look_after(children.collect(), care);
        }
    }
    Ok(())
}

/// Waiting fails if the parent has been cancelled, which is no fault of its children.
fn look_after(mut children: Vec<Future>, care: Care) {
    match care {
        Care::Result => {
            for child in children {
                let result = child.result();
                assert!(!matches!(result, Err(TaskError::Abandoned(_))));
            }
        }
        Care::ResultDeepDown => deep_down(|| look_after(children, Care::Result)),
        Care::ResultInTime => {
            for child in &mut children {
                let result = child.result_timeout(Duration::from_millis(1));
                assert!(!matches!(result, Err(WaitError::Taken | WaitError::Forked)));
            }
        }
        Care::All => {
            if let Ok(split) = wait_for_all(&children) {
                assert!(split.not_done.is_empty());
            }
        }
        Care::Any => {
            if let Ok(split) = wait_for_any(&children) {
                assert!(children.is_empty() || !split.done.is_empty());
            }
        }
        Care::Detach => {}
        Care::Cancel => {
            for child in &children {
                child.cancel();
            }
        }
    }
}
