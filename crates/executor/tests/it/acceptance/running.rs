//! What runs, and stopping it at a shutdown.

use executor::{
    ExecutorHandle, GreenThreadPoolExecutor, Interrupted, RunningJob, Shutdown, is_cancelled,
    no_park, park,
};
use greenstd::atomic::{AtomicBool, Ordering::SeqCst};
use greenstd::sync::Arc;

use super::support::{Gate, Held, Progress, leftovers, pool, watched};

/// Waits until it is cancelled.
fn until_cancelled() -> Result<(), Interrupted> {
    loop {
        park()?;
    }
}

/// What runs, once so many jobs are known with their handles. On a busy machine, a carrier may come too late with its
/// answer; then little is known of its jobs.
fn running(pool: &ExecutorHandle, count: usize) -> Vec<RunningJob> {
    loop {
        let running = pool.running();
        if running.iter().filter(|job| job.handle.is_some()).count() == count {
            return running;
        }
    }
}

#[test]
fn what_runs_is_listed_with_name_site_and_age() {
    let pool = pool(4, 2);
    assert!(pool.running().is_empty());
    let gate = Gate::new();
    let started = Progress::new();
    let job = |name| {
        let (pass, started) = (gate.pass(), started.clone());
        let described = pool.job().name(name);
        described.submit(move || {
            started.advance();
            pass.wait();
        })
    };
    let jobs = [job("first").unwrap(), job("second").unwrap()];
    started.wait_until(2);
    let running = running(&pool, 2);
    let names: Vec<_> = running.iter().map(|job| job.handle.as_ref().unwrap().name()).collect();
    assert_eq!(names, [Some("first"), Some("second")]);
    // Its run has begun after its wait in the backlog.
    assert!(running.iter().all(|job| job.run_time.is_some() && job.run_time <= job.age));
    assert!(running[0].to_string().contains("running.rs:"));
    assert_eq!(running[0].handle, Some(jobs[0].handle()));
    gate.open();
    for job in jobs {
        job.result().unwrap();
    }
}

#[test]
fn a_job_that_waits_for_one_on_its_own_stack_is_listed_as_well() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let (gate, started) = (Gate::new(), Progress::new());
    let (pass, here) = (gate.pass(), started.clone());
    let parent = pool
        .submit(move || {
            let child = handle.submit(move || {
                here.advance();
                pass.wait();
            });
            child.unwrap().result().unwrap();
        })
        .unwrap();
    started.wait_until(1);
    let ids: Vec<_> = running(&pool, 2).iter().map(|job| job.id).collect();
    assert_eq!(ids, [1, 2]);
    gate.open();
    parent.result().unwrap();
}

#[test]
fn a_job_that_keeps_its_carrier_busy_is_listed_by_number_or_by_name() {
    let pool = pool(4, 2);
    let stop = Arc::new(AtomicBool::new(false));
    let started = Progress::new();
    let job = || {
        let (stop, started) = (stop.clone(), started.clone());
        move || {
            started.advance();
            while !stop.load(SeqCst) {
                std::hint::spin_loop();
            }
        }
    };
    let unnamed = pool.submit(job()).unwrap();
    let named = pool.job().name("hog").submit(job()).unwrap();
    started.wait_until(2);
    let running = pool.running();
    stop.store(true, SeqCst);
    let known: Vec<_> = running.iter().map(|job| (job.id, job.handle.is_some())).collect();
    assert_eq!(known, [(1, false), (2, true)]);
    unnamed.result().unwrap();
    named.result().unwrap();
}

#[test]
fn a_census_is_taken_where_parking_is_forbidden_too() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let seen = pool.submit(move || no_park(|| handle.running().len())).unwrap();
    assert!(seen.result().unwrap() <= 1);
}

#[test]
fn a_shutdown_cancels_what_runs_if_asked() {
    let pool = pool(8, 2);
    let started = Progress::new();
    let running: Vec<_> = (0..4)
        .map(|_| {
            let started = started.clone();
            let job = move || {
                started.advance();
                until_cancelled()
            };
            pool.try_submit(job).unwrap()
        })
        .collect();
    started.wait_until(4);
    pool.shutdown(Shutdown::wait().cancel_running()).unwrap();
    assert!(running.into_iter().all(|job| job.result().unwrap_err().is_cancelled()));
    assert_eq!(pool.statistics().cancelled(), 4);
}

#[test]
fn pending_jobs_run_after_those_that_a_shutdown_has_cancelled() {
    let pool = pool(1, 1);
    let started = Progress::new();
    let here = started.clone();
    let running = pool
        .try_submit(move || {
            here.advance();
            until_cancelled()
        })
        .unwrap();
    let pending = pool.submit(is_cancelled).unwrap();
    started.wait_until(1);
    pool.shutdown(Shutdown::wait().cancel_running()).unwrap();
    assert!(running.is_cancelled());
    assert!(!pending.result().unwrap());
}

#[test]
fn a_shutdown_that_cancels_reaches_groups_and_waiting_parents() {
    let pool = pool(8, 2);
    let handle = pool.handle();
    let started = Progress::new();
    let here = started.clone();
    let parent = pool
        .try_submit(move || {
            let group = handle.try_group();
            let member = move || {
                here.advance();
                until_cancelled()
            };
            group.try_submit(member).unwrap();
            group.finish()
        })
        .unwrap();
    started.wait_until(1);
    pool.shutdown(Shutdown::wait().cancel_pending().cancel_running()).unwrap();
    assert!(parent.result().unwrap_err().is_cancelled());
    assert_eq!(pool.statistics().failed(), 0);
}

#[test]
fn a_shutdown_that_does_not_wait_cancels_from_inside_a_job() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let own = pool.submit(move || {
        handle.shutdown(Shutdown::no_wait().cancel_running()).unwrap();
        is_cancelled()
    });
    assert!(own.unwrap().result().unwrap());
}

#[test]
fn what_a_shutdown_leaves_can_be_cancelled_by_its_handles() {
    let pool =
        watched(GreenThreadPoolExecutor::builder().max_workers(2).carriers(2).name("stubborn"));
    let held = Held::workers(&pool, 2);
    let pending = pool.submit(|| ()).unwrap();
    let left = leftovers(&pool, 0);
    assert_eq!((left.queued, left.running.len(), left.handles.len()), (1, 2, 2));
    left.handles.iter().for_each(|handle| assert!(!handle.cancel()));
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    pending.result().unwrap();
    assert!(left.handles.iter().all(executor::TaskHandle::is_done));
}
