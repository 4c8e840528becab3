//! Jobs that are to start in time, or not at all.

use std::num::NonZeroUsize;
use std::time::Duration;

use executor::{
    AbandonReason, GreenFuture, GreenThreadPoolExecutor, Refusal, Shutdown, TaskError, TaskOutcome,
    TaskState, reject_when_reached, sleep, wait_for_all, wait_for_any,
};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread;

use super::support::process::{os_thread, threads_named};
use super::support::{
    Drops, Gate, Held, PanicsInDrop, Progress, block_on, by_build, eventually, ms, pool, watched,
};

const LONG: Duration = Duration::from_secs(3600);

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a result is not used afterwards")]
fn assert_expired<T: std::fmt::Debug>(result: Result<T, TaskError>) {
    assert!(matches!(result, Err(TaskError::Abandoned(AbandonReason::Expired))), "{result:?}");
}

#[test]
fn a_job_that_has_not_started_in_time_ends_while_all_workers_are_busy() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let token = drops.token();
    let job = pool.job().expires(ms(2)).submit(move || token.keep()).unwrap();
    let handle = job.handle();
    assert_expired(job.result());
    assert_eq!((drops.alive(), pool.queue_size()), (0, 0));
    assert_eq!((handle.state(), handle.outcome()), (TaskState::Done, Some(TaskOutcome::Abandoned)));
    let statistics = pool.statistics();
    assert_eq!((statistics.expired(), statistics.abandoned(), statistics.executed()), (1, 1, 0));
    held.release();
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
}

#[test]
fn a_job_expires_in_time_where_every_carrier_computes() {
    let pool = pool(1, 1);
    let (started, done) = (Progress::new(), Arc::new(AtomicU64::new(0)));
    let (start, until) = (started.clone(), done.clone());
    let busy = pool.submit(move || {
        start.advance();
        while until.load(Ordering::Acquire) == 0 {
            std::hint::spin_loop();
        }
    });
    started.wait_until(1);
    assert_expired(pool.job().expires(ms(2)).submit(|| ()).unwrap().result());
    done.store(1, Ordering::Release);
    busy.unwrap().result().unwrap();
}

#[test]
fn all_kinds_of_waits_end_when_the_job_expires() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let limited = pool.job().expires(ms(2));
    let called = Progress::new();
    let call = called.clone();
    let jobs = [(); 3].map(|()| limited.clone().submit(|| ()).unwrap());
    jobs[0].add_done_callback(move |job| {
        assert_eq!(job.outcome(), Some(TaskOutcome::Abandoned));
        call.advance();
    });
    assert_eq!(wait_for_all(&jobs).unwrap().done.len(), 3);
    called.wait_until(1);
    let late = pool.submit(|| ()).unwrap();
    let next = limited.clone().submit(|| ()).unwrap();
    assert_eq!(wait_for_any([late.handle(), next.handle()]).unwrap().done, [next.handle()]);
    assert_expired(block_on(limited.submit(|| ()).unwrap()));
    held.release();
}

#[test]
fn a_job_that_has_started_in_time_runs_as_long_as_it_likes() {
    let pool = pool(1, 1);
    let gate = Gate::new();
    let limited = pool.job().expires(ms(20));
    let job = loop {
        let pass = gate.pass();
        let job = limited.clone().submit(move || {
            pass.wait();
            7
        });
        let job = job.unwrap();
        eventually(|| job.state() != TaskState::Pending);
        if job.is_running() {
            break job;
        }
    };
    // One behind it expires, so the time of the first is over too.
    assert_expired(limited.submit(|| ()).unwrap().result());
    gate.open();
    assert_eq!(job.result().unwrap(), 7);
}

#[test]
fn the_room_of_a_job_that_expires_is_free() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.check_and_reject(reject_when_reached(1)));
    let held = Held::workers(&pool, 1);
    let first = pool.job().expires(ms(2)).submit(|| ()).unwrap();
    let waiting = pool.submit_wait(|| 7).unwrap();
    assert_expired(first.result());
    held.release();
    assert_eq!(waiting.result().unwrap(), 7);
}

#[test]
fn the_time_counts_from_the_call_where_there_is_no_room() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.check_and_reject(reject_when_reached(0)));
    let held = Held::workers(&pool, 1);
    for job in [pool.job().wait(), pool.job().wait_timeout(LONG)] {
        let refused = job.expires(ms(2)).submit(|| 7).unwrap_err();
        assert_eq!((refused.reason(), refused.into_inner()()), (Refusal::TimedOut, 7));
    }
    let refused = pool.job().expires(ms(2)).submit(|| 7).unwrap_err();
    assert_eq!(refused.reason(), Refusal::Rejected);
    held.release();
}

#[test]
fn a_cancelled_job_does_not_expire_and_an_expired_one_is_not_cancelled() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (soon, later) = (pool.job().expires(ms(2)), pool.job().expires(LONG));
    let cancelled = later.submit(|| ()).unwrap();
    assert!(cancelled.cancel());
    assert!(cancelled.result().unwrap_err().is_cancelled());
    let expired = soon.submit(|| ()).unwrap();
    expired.wait().unwrap();
    assert!(!expired.cancel() && !expired.is_cancelled());
    let statistics = pool.statistics();
    assert_eq!((statistics.cancelled(), statistics.expired()), (1, 1));
    held.release();
}

#[test]
fn an_earlier_moment_than_all_others_is_kept() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let later: Vec<_> =
        (1..=50).map(|n| pool.job().expires(LONG * n).submit(|| 7).unwrap()).collect();
    let soon: Vec<_> =
        (1..=5).rev().map(|n| pool.job().expires(ms(n)).submit(|| 7).unwrap()).collect();
    soon.into_iter().for_each(|job| assert_expired(job.result()));
    held.release();
    for job in later {
        assert_eq!(job.result().unwrap(), 7);
    }
}

#[test]
fn a_limit_of_zero_never_starts_and_an_endless_one_never_expires() {
    let pool = pool(4, 2);
    for _ in 0..100 {
        assert_expired(pool.job().expires(Duration::ZERO).submit(|| ()).unwrap().result());
    }
    let for_ever = pool.job().expires(Duration::ZERO).expires(Duration::MAX);
    assert_eq!(for_ever.submit(|| 7).unwrap().result().unwrap(), 7);
    assert_eq!(pool.statistics().executed(), 1);
}

#[test]
fn a_waiter_runs_it_on_the_spot_in_time_and_not_later() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let in_time = handle.job().expires(LONG).submit(|| 7).unwrap();
        assert_eq!(in_time.result().unwrap(), 7);
        let too_late = handle.job().expires(Duration::ZERO).submit(|| 7).unwrap();
        assert_expired(too_late.result());
    });
    parent.unwrap().result().unwrap();
}

#[test]
fn a_placed_job_expires_too() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 2);
    let other = pool.submit(|| ()).unwrap();
    let follows = pool.job().beside(&other.handle()).expires(ms(2)).submit(|| ()).unwrap();
    assert_expired(follows.result());
    held.release();
    other.result().unwrap();
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let pinned = handle.job().here().expires(ms(2)).submit(|| ()).unwrap();
        // Its carrier computes until it is too late.
        while !pinned.is_done() {
            std::hint::spin_loop();
        }
        assert_expired(pinned.result());
    });
    parent.unwrap().result().unwrap();
}

#[test]
fn a_shutdown_lets_jobs_expire_or_cancels_them() {
    for cancels in [false, true] {
        let pool = pool(1, 1);
        let held = Held::workers(&pool, 1);
        let soon = pool.job().expires(ms(2)).submit(|| ()).unwrap();
        let later = pool.job().expires(LONG).submit(|| 7).unwrap();
        let handle = pool.handle();
        let how = Shutdown::wait();
        let how = if cancels { how.cancel_pending() } else { how };
        let ending = thread::spawn(move || handle.shutdown(how));
        match cancels {
            false => assert_expired(soon.result()),
            true => later.wait().unwrap(),
        }
        held.release();
        ending.join().unwrap().unwrap();
        match cancels {
            false => assert_eq!(later.result().unwrap(), 7),
            true => assert!(later.result().unwrap_err().is_cancelled()),
        }
    }
}

#[test]
fn the_thread_that_lets_jobs_expire_comes_with_the_first_and_ends_with_the_executor() {
    let (pool, _watch) =
        watched(GreenThreadPoolExecutor::builder().name("in-time").max_workers(1).carriers(1))
            .into_parts();
    assert_eq!(threads_named("in-time-time").len(), 0);
    let held = Held::workers(&pool, pool.max_workers());
    let jobs = [(); 3].map(|()| pool.job().expires(LONG).submit(|| ()).unwrap());
    eventually(|| threads_named("in-time-time").len() == 1);
    held.release();
    for job in jobs {
        job.result().unwrap();
    }
    // It does not wait until the moments come.
    drop(pool);
    eventually(|| threads_named("in-time-time").is_empty());
}

#[test]
fn one_thread_keeps_the_time_of_all_that_waits() {
    let pool = watched(GreenThreadPoolExecutor::builder().name("one").max_workers(1).carriers(1));
    let held = Held::workers(&pool, 1);
    let limited = pool.job().expires(LONG).submit(|| 1).unwrap();
    let delayed = pool.submit_after(LONG, || 2).unwrap();
    let schedule = pool.every(LONG).run(|_| {}).unwrap();
    let soon = pool.job().expires(ms(2)).submit_after(ms(2), || 3).unwrap();
    assert_expired(soon.result());
    assert_eq!(threads_named("one-time").len(), 1);
    schedule.stop();
    assert!(delayed.cancel());
    held.release();
    assert_eq!(limited.result().unwrap(), 1);
}

#[test]
fn a_closure_that_panics_when_its_job_expires_harms_nobody() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let limited = pool.job().expires(ms(2));
    let part = PanicsInDrop("in the drop of the closure");
    let bad = limited.clone().submit(move || part.keep()).unwrap();
    bad.add_done_callback(|_| panic!("in a callback"));
    assert_expired(bad.result());
    assert_expired(limited.submit(|| ()).unwrap().result());
    held.release();
}

#[test]
fn a_callback_of_a_job_that_expires_may_submit_and_does_not_wait_for_the_end() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let job = pool.job().expires(ms(2)).submit(|| ()).unwrap();
    let (handle, called) = (pool.handle(), Progress::new());
    let (call, adder) = (called.clone(), os_thread());
    job.add_done_callback(move |_| {
        drop(handle.job().expires(ms(1)).submit(|| ()).unwrap());
        // One that is added too late is called by whoever adds it, who may well wait.
        if os_thread() != adder {
            assert!(handle.shutdown(Shutdown::wait()).is_err());
        }
        call.advance();
    });
    called.wait_until(1);
    held.release();
}

#[test]
fn starting_against_expiring_has_one_winner() {
    let pool = pool(2, 2);
    let ran = Arc::new(AtomicU64::new(0));
    let count = by_build(2_000, 20_000);
    let jobs: Vec<_> = (0..count)
        .map(|n| {
            let ran = ran.clone();
            let limited = pool.job().expires(Duration::from_micros(n % 200));
            limited.submit(move || ran.fetch_add(1, Ordering::Relaxed)).unwrap()
        })
        .collect();
    let expired = jobs.into_iter().map(GreenFuture::result).filter(Result::is_err).count() as u64;
    let statistics = pool.statistics();
    assert_eq!(ran.load(Ordering::Relaxed) + expired, count);
    assert_eq!((statistics.expired(), statistics.executed()), (expired, count - expired));
    pool.submit(|| sleep(ms(1))).unwrap().result().unwrap().unwrap();
}

#[test]
fn a_member_of_a_group_expires_and_its_wait_for_a_place_counts() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 1);
    let group = pool.group().limit(NonZeroUsize::MIN);
    let gate = Gate::new();
    let pass = gate.pass();
    group.submit(move || pass.wait()).unwrap();
    let late = pool.job().wait().expires(ms(2));
    assert_eq!(group.submit_as(late, || ()).unwrap_err().reason(), Refusal::TimedOut);
    gate.open();
    held.release();
    group.finish().unwrap();
    let held = Held::workers(&pool, 2);
    let group = pool.group();
    let member = group.submit_as(pool.job().expires(ms(2)), || ()).unwrap();
    member.wait().unwrap();
    assert_eq!(member.outcome(), Some(TaskOutcome::Abandoned));
    held.release();
    assert!(group.finish().is_err());
}

#[test]
fn a_member_of_a_group_has_its_own_limit() {
    let pool = pool(2, 1);
    let group = pool.try_group();
    let limited = pool.job().timeout(ms(2));
    let member = group.try_submit_as(limited, || sleep(LONG)).unwrap();
    member.wait().unwrap();
    assert_eq!(member.outcome(), Some(TaskOutcome::TimedOut));
    assert!(group.finish().is_err());
}
