//! The end of an executor, at any moment and from anywhere.

use std::sync::Arc;
use std::time::Duration;

use executor::{Refusal, Shutdown, ShutdownError, TaskError, park, reject_when_reached};
use greenstd::model::{choose, explore};
use greenstd::sync::Mutex;
use greenstd::thread;

use super::{Ledger, build, executor, shut_down, throw};

#[test]
fn shutting_down_while_others_submit_loses_no_job() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let submitters = [(); 2].map(|()| {
            let (handle, ledger) = (pool.handle(), ledger.clone());
            thread::spawn(move || {
                for n in 0..2 {
                    match handle.submit(ledger.job(move || n)) {
                        Ok(future) => match future.result() {
                            Ok(result) => assert_eq!(result, n),
                            Err(error) => assert!(error.is_cancelled()),
                        },
                        Err(error) => assert_eq!(error.reason(), Refusal::Shutdown),
                    }
                }
            })
        });
        let handle = pool.handle();
        match choose(5) {
            0 => shut_down(&handle),
            1 => handle.shutdown(Shutdown::no_wait()).unwrap(),
            2 => handle.shutdown(Shutdown::wait().cancel_pending()).unwrap(),
            3 => {
                let timeout = Shutdown::wait().timeout(Duration::from_millis(1));
                if let Err(error) = handle.shutdown(timeout) {
                    assert!(matches!(error, ShutdownError::TimedOut(_)));
                }
            }
            _ => {}
        }
        drop(pool);
        for submitter in submitters {
            submitter.join().unwrap();
        }
        ledger.check(&[&handle]);
    });
}

#[test]
fn everybody_who_shuts_down_waits_for_the_end() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let jobs = [(); 2].map(|()| pool.submit(ledger.job(|| executor::yield_now())).unwrap());
        let others = [(); 2].map(|()| {
            let handle = pool.handle();
            thread::spawn(move || {
                shut_down(&handle);
                assert_eq!(handle.statistics().succeeded(), 2);
            })
        });
        ledger.settle(pool);
        for other in others {
            other.join().unwrap();
        }
        for job in jobs {
            job.result().unwrap();
        }
    });
}

#[test]
fn a_job_may_shut_its_executor_down_or_drop_it() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(2, 2);
        let handle = pool.handle();
        let owner = Arc::new(Mutex::new(Some(pool)));
        let first = handle
            .submit(ledger.job({
                let handle = handle.clone();
                move || match handle.shutdown(Shutdown::wait()) {
                    Err(ShutdownError::WouldDeadlock) => {}
                    other => throw(format!("{other:?}")),
                }
            }))
            .unwrap();
        match handle.submit(ledger.job(move || drop(owner.lock().take()))) {
            Ok(second) => second.result().unwrap(),
            Err(refused) => drop(refused.into_inner()),
        }
        first.result().unwrap();
        shut_down(&handle);
        ledger.check(&[&handle]);
    });
}

#[test]
fn a_shutdown_in_time_or_not_says_what_is_left() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 1);
        let waiting = Arc::new(Mutex::new(None::<greenctx::Thread>));
        let theirs = waiting.clone();
        let parked = ledger.job(move || {
            *theirs.lock() = Some(greenctx::current());
            park().unwrap();
        });
        drop(pool.job().name("parked").submit(parked).unwrap());
        drop(pool.submit(ledger.job(|| ())).unwrap());
        let error = pool.shutdown(Shutdown::wait().timeout(Duration::from_millis(1))).unwrap_err();
        let ShutdownError::TimedOut(left) = error else { panic!("{error}") };
        assert!(left.running.len() <= 1 && left.queued <= 2, "{left}");
        loop {
            if let Some(thread) = waiting.lock().take() {
                thread.unpark();
                break;
            }
            thread::yield_now();
        }
        ledger.settle(pool);
    });
}

#[test]
fn who_waits_for_room_learns_of_the_end() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = executor(1, 1).check_and_reject(reject_when_reached(0)).build().unwrap();
        let waiting = thread::spawn({
            let (handle, ledger) = (pool.handle(), ledger.clone());
            move || {
                for _ in 0..3 {
                    match handle.submit_wait(ledger.job(|| ())) {
                        Ok(future) => drop(future),
                        Err(error) => assert_eq!(error.reason(), Refusal::Shutdown),
                    }
                }
            }
        });
        let handle = pool.handle();
        drop(pool);
        waiting.join().unwrap();
        ledger.check(&[&handle]);
    });
}

#[test]
fn pending_jobs_are_cancelled_or_were_faster() {
    explore(|| {
        let ledger = Ledger::new();
        let pool = build(1, 2);
        let jobs = [(); 3].map(|()| pool.submit(ledger.job(|| ())).unwrap());
        pool.shutdown(Shutdown::wait().cancel_pending()).unwrap();
        for job in jobs {
            assert!(job.is_done());
            if let Err(error) = job.result() {
                assert!(error.is_cancelled());
            }
        }
        ledger.settle(pool);
    });
}

#[test]
fn a_failed_initializer_breaks_the_executor_and_abandons_its_jobs() {
    explore(|| {
        let ledger = Ledger::new();
        let turn = Mutex::new(choose(3));
        let pool = executor(2, 2)
            .initializer(move || {
                let nth = {
                    let mut turn = turn.lock();
                    *turn += 1;
                    *turn
                };
                executor::yield_now();
                match nth {
                    1 => Err("no database".into()),
                    2 => throw("initializer"),
                    _ => Ok(()),
                }
            })
            .build()
            .unwrap();
        for n in 0..3 {
            match pool.submit(ledger.job(move || n)) {
                Ok(future) => match future.result() {
                    Ok(result) => assert_eq!(result, n),
                    Err(error) => assert!(matches!(error, TaskError::Abandoned(_)), "{error}"),
                },
                Err(error) => assert_eq!(error.reason(), Refusal::Broken),
            }
        }
        ledger.settle(pool);
    });
}

#[test]
fn jobs_wait_for_the_initializers() {
    explore(|| {
        let ledger = Ledger::new();
        let ready = Arc::new(Mutex::new(0));
        let theirs = ready.clone();
        let pool = executor(2, 2)
            .initializer(move || {
                executor::sleep(Duration::from_millis(1))?;
                *theirs.lock() += 1;
                Ok(())
            })
            .build()
            .unwrap();
        let jobs = [(); 2].map(|()| {
            let ready = ready.clone();
            pool.submit(ledger.job(move || *ready.lock())).unwrap()
        });
        for job in jobs {
            assert!(job.result().unwrap() > 0);
        }
        ledger.settle(pool);
        assert_eq!(*ready.lock(), 2);
    });
}
