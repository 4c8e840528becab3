//! A forked child has none of its parent's carriers: there, every call says so, and none hangs.

use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

use executor::{
    AbandonReason, GreenFuture, GreenThreadPoolExecutor, Refusal, Shutdown, ShutdownError,
    SynchronousExecutor, TaskError, TaskState, WaitError, as_completed, reject_when_reached,
    wait_for_all, wait_for_any, wait_for_first_failure,
};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use greenstd::thread;

use super::support::{Drops, Gate, block_on, child, eventually, ms};
use testkit::exit_code_of_fork;

/// An executor of one worker at the moment of the fork.
struct Busy {
    gate: Gate,
    done: GreenFuture<u32>,
    running: GreenFuture<u32>,
    queued: GreenFuture<u32>,
    pool: GreenThreadPoolExecutor,
}

impl Busy {
    fn new() -> Self {
        let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(2);
        let pool = builder.check_and_reject(reject_when_reached(1)).build().unwrap();
        let done = pool.submit(|| 1).unwrap();
        done.wait().unwrap();
        let gate = Gate::new();
        let pass = gate.pass();
        let wait = move || {
            pass.wait();
            2
        };
        let running = pool.submit(wait).unwrap();
        eventually(|| pool.statistics().parked() == 1);
        let queued = pool.submit(|| 3).unwrap();
        Busy { gate, done, running, queued, pool }
    }

    /// In the parent all is well.
    fn finish(self) {
        self.gate.open();
        let results = [self.done, self.running, self.queued].map(|future| future.result().unwrap());
        assert_eq!(results, [1, 2, 3]);
        self.pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(self.pool.statistics().executed(), 3);
    }
}

/// Forks with a busy executor, and has the child look into its copy of it by `in_child`.
#[track_caller]
fn in_a_fork(path: &str, in_child: impl FnOnce(Busy)) {
    let ended = child::run(path, || {
        let mut busy = Some(Busy::new());
        let code = exit_code_of_fork(|| {
            in_child(busy.take().expect("it was made above"));
            0
        });
        assert_eq!(code, 0, "the forked child has said why, or was ended by its alarm");
        busy.expect("the child has taken its own copy").finish();
    });
    ended.assert_done();
}

#[track_caller]
fn assert_abandoned<T>(result: &Result<T, TaskError>) {
    assert!(matches!(result, Err(TaskError::Abandoned(AbandonReason::Forked))));
}

#[test]
fn a_forked_child_cannot_submit_and_gets_its_closures_back() {
    const THIS: &str = "acceptance::fork::a_forked_child_cannot_submit_and_gets_its_closures_back";
    in_a_fork(THIS, |busy| {
        let pool = &busy.pool;
        let drops = Drops::new();
        let token = drops.token();
        let refused = pool.submit(move || token).unwrap_err();
        assert_eq!(refused.reason(), Refusal::Forked);
        assert!(refused.to_string().contains("forked"), "{refused}");
        drop(refused.into_inner()());
        assert_eq!((drops.made(), drops.alive()), (1, 0));
        let reasons = [
            pool.job().name("named").submit(|| ()).unwrap_err().reason(),
            pool.submit_wait(|| ()).unwrap_err().reason(),
            pool.job().wait_timeout(ms(1)).submit(|| ()).unwrap_err().reason(),
            pool.try_submit(|| Ok::<_, ()>(())).unwrap_err().reason(),
            pool.job().wait().fallible().submit(|| Ok::<_, ()>(())).unwrap_err().reason(),
        ];
        assert_eq!(reasons, [Refusal::Forked; 5]);
        assert!(pool.map(0..3, |n| n).is_err());
        assert!(pool.statistics().submitted() >= 3);
    });
}

#[test]
fn a_forked_child_cannot_wait_but_can_read_what_was_done() {
    const THIS: &str = "acceptance::fork::a_forked_child_cannot_wait_but_can_read_what_was_done";
    in_a_fork(THIS, |busy| {
        let Busy { done, mut running, queued, .. } = busy;
        assert_eq!(done.wait(), Ok(()));
        for future in [&running, &queued] {
            assert_eq!(future.wait(), Err(WaitError::Forked));
            assert_eq!(future.wait_timeout(ms(1)), Err(WaitError::Forked));
            assert_eq!(future.handle().wait(), Err(WaitError::Forked));
            assert_eq!(wait_for_any([future]).unwrap_err(), WaitError::Forked);
            assert_eq!(wait_for_all([future]).unwrap_err(), WaitError::Forked);
            assert_eq!(wait_for_first_failure([future]).unwrap_err(), WaitError::Forked);
            let next = as_completed([future]).next().unwrap();
            assert_eq!(next.map(drop).unwrap_err().reason, WaitError::Forked);
            assert!(!future.cancel());
        }
        assert_eq!(wait_for_any([&done, &running]).unwrap().done.len(), 1);
        assert_eq!(running.result_timeout(ms(1)).map(drop).unwrap_err(), WaitError::Forked);
        assert_eq!((running.state(), queued.state()), (TaskState::Running, TaskState::Pending));
        assert!(running.try_result().is_none());
        assert_abandoned(&running.result());
        let shared = queued.shared();
        let Err(error) = shared.result() else { panic!("nobody can have run it") };
        assert!(matches!(*error, TaskError::Abandoned(AbandonReason::Forked)));
        assert_eq!(done.result().unwrap(), 1);
    });
}

#[test]
fn in_a_forked_child_async_code_gets_an_error_too() {
    const THIS: &str = "acceptance::fork::in_a_forked_child_async_code_gets_an_error_too";
    in_a_fork(THIS, |busy| {
        let Busy { mut done, mut running, queued, .. } = busy;
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(result) = std::pin::pin!(&mut running).poll(&mut context) else {
            panic!("nobody will ever wake it")
        };
        assert_abandoned(&result);
        let Poll::Ready(result) = std::pin::pin!(&mut done).poll(&mut context) else {
            panic!("it was done before the fork")
        };
        assert_eq!(result.unwrap(), 1);
        assert_abandoned(&block_on(queued));
    });
}

#[test]
fn in_a_forked_child_the_end_of_an_executor_is_an_error_or_nothing() {
    const THIS: &str =
        "acceptance::fork::in_a_forked_child_the_end_of_an_executor_is_an_error_or_nothing";
    in_a_fork(THIS, |busy| {
        let ways = [
            Shutdown::wait(),
            Shutdown::no_wait(),
            Shutdown::wait().cancel_pending(),
            Shutdown::wait().timeout(ms(1)),
        ];
        for how in ways {
            let error = busy.pool.shutdown(how).unwrap_err();
            assert!(matches!(error, ShutdownError::Forked), "{error}");
        }
        // The gate, the futures and the executor itself.
        drop(busy);
    });
}

#[test]
fn a_forked_child_may_have_an_executor_of_its_own() {
    const THIS: &str = "acceptance::fork::a_forked_child_may_have_an_executor_of_its_own";
    in_a_fork(THIS, |busy| {
        let pool = GreenThreadPoolExecutor::builder().carriers(2).build().unwrap();
        let sum: u64 = pool.map(0..100_u64, |n| n).unwrap().map(Result::unwrap).sum();
        assert_eq!(sum, 4950);
        // A job of it cannot use the other one either.
        let handle = busy.pool.handle();
        let inside = pool.submit(move || handle.submit(|| ()).unwrap_err().reason());
        assert_eq!(inside.unwrap().result().unwrap(), Refusal::Forked);
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(pool.statistics().executed(), 101);
    });
}

#[test]
fn whatever_the_parent_was_doing_a_forked_child_may_have_an_executor_of_its_own() {
    const THIS: &str = "acceptance::fork::whatever_the_parent_was_doing_a_forked_child_may_have_an_executor_of_its_own";
    const FORKS: u32 = 100;
    fn an_executor_works() -> i32 {
        let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
        pool.submit(|| 0).unwrap().result().unwrap()
    }
    // In a process where no thread begins or ends meanwhile: std has a lock for that, which no child may meet.
    let ended = child::run(THIS, || {
        // And where what all executors of a process share has been made.
        assert_eq!(an_executor_works(), 0);
        let is_over = Arc::new(AtomicBool::new(false));
        let (begins, begun) = mpsc::channel();
        let busy = [(); 2].map(|()| {
            let (is_over, begins) = (is_over.clone(), begins.clone());
            thread::spawn(move || {
                begins.send(()).unwrap();
                while !is_over.load(Ordering::Relaxed) {
                    let pool = SynchronousExecutor::new();
                    let job = pool.submit(|| ()).unwrap();
                    // Looks the executor up each time.
                    for _ in 0..100 {
                        job.cancel();
                    }
                    pool.shutdown(Shutdown::wait()).unwrap();
                }
            })
        });
        busy.iter().for_each(|_| begun.recv().unwrap());
        for fork in 0..FORKS {
            assert_eq!(exit_code_of_fork(an_executor_works), 0, "fork {fork}");
        }
        is_over.store(true, Ordering::Relaxed);
        for thread in busy {
            thread.join().unwrap();
        }
    });
    ended.assert_done();
}
