//! Jobs that are described before they are submitted.

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, JobBuilder, Refusal, Shutdown, reject_when_reached};
use greenstd::{thread, time};

use super::support::{Drops, Held, Watched, ms, pool, watched};

/// One worker, and no room behind it.
#[track_caller]
fn limited() -> Watched {
    watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(0)),
    )
}

#[test]
fn a_description_alone_submits_nothing() {
    let pool = pool(1, 1);
    let _ = pool.job().name("never").wait();
    assert_eq!(pool.statistics().submitted(), 0);
}

#[test]
fn an_err_counts_as_a_failure_only_where_it_was_said_so() {
    let pool = pool(1, 1);
    let plain = pool.job().submit(|| Err::<(), _>("a value")).unwrap();
    assert_eq!(plain.result().unwrap(), Err("a value"));
    assert_eq!(pool.statistics().failures(), 0);
    let failed = pool.job().fallible().submit(|| Err::<(), _>("no")).unwrap();
    assert_eq!(failed.result().unwrap_err().into_failure(), Some("no"));
    let good = pool.job().fallible().submit(|| Ok::<_, ()>(1)).unwrap();
    assert_eq!(good.result().unwrap(), 1);
    let panicked = pool.job().fallible().submit(|| -> Result<(), ()> { panic!("worse") });
    assert!(panicked.unwrap().result().unwrap_err().is_panicked());
    let statistics = pool.statistics();
    assert_eq!((statistics.failures(), statistics.failed(), statistics.panicked()), (2, 1, 1));
}

#[test]
fn the_parts_of_a_description_come_in_any_order() {
    let pool = limited();
    let job = || Err::<(), _>("no");
    let orders = [
        pool.job().name("any").wait().fallible().submit(job).unwrap(),
        pool.job().fallible().wait().name("any").submit(job).unwrap(),
        pool.job().wait().fallible().name(String::from("any")).submit(job).unwrap(),
    ];
    for future in orders {
        assert_eq!(future.handle().name(), Some("any"));
        assert!(future.result().unwrap_err().is_failed());
    }
    assert_eq!(pool.statistics().rejected(), 0);
}

#[test]
fn one_description_serves_several_jobs() {
    let pool = pool(1, 1);
    let described = pool.job().name("tile").wait();
    let futures: Vec<_> = (0..3).map(|n| described.clone().submit(move || n).unwrap()).collect();
    for (n, future) in futures.into_iter().enumerate() {
        assert_eq!(future.handle().name(), Some("tile"));
        assert_eq!(future.result().unwrap(), n);
    }
}

#[test]
fn a_described_job_knows_the_line_of_its_submit() {
    let pool = pool(1, 1);
    let described = pool.job().name("early");
    let futures = [
        (line!(), described.clone().submit(|| ()).unwrap()),
        (line!(), described.submit(|| ()).unwrap()),
    ];
    for (line, future) in futures {
        let site = future.handle().submitted_at();
        assert!(site.file().ends_with("job_builder.rs"), "{site}");
        assert_eq!(site.line(), line);
    }
}

#[test]
fn a_described_job_that_is_not_to_wait_is_refused_and_comes_back() {
    let pool = limited();
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let token = drops.token();
    let refused = pool.job().name("a").submit(move || token).unwrap_err();
    assert!(refused.is_rejected());
    assert_eq!(drops.alive(), 1);
    drop(refused.into_inner()());
    let refused = pool.job().fallible().submit(|| Err::<(), _>(5)).unwrap_err();
    assert!(refused.is_rejected());
    assert_eq!(refused.into_inner()(), Err(5));
    assert_eq!(pool.statistics().rejected(), 2);
    held.release();
}

#[test]
fn a_wait_without_a_limit_ends_when_there_is_room() {
    let pool = limited();
    let held = Held::workers(&pool, 1);
    let submitters = [true, false].map(|fallible| {
        let handle = pool.handle();
        thread::spawn(move || match fallible {
            true => handle.job().wait().fallible().submit(|| Ok::<_, ()>(1)).unwrap().result().ok(),
            false => handle.job().wait().submit(|| 1).unwrap().result().ok(),
        })
    });
    held.release();
    for submitter in submitters {
        assert_eq!(submitter.join().unwrap(), Some(1));
    }
    assert_eq!(pool.statistics().rejected(), 0);
}

#[test]
fn a_wait_with_a_limit_gives_the_closure_back_in_time() {
    let pool = limited();
    let held = Held::workers(&pool, 1);
    let drops = Drops::new();
    let ways: [fn(JobBuilder<'_>) -> JobBuilder<'_>; 4] = [
        |job| job.wait_timeout(ms(2)),
        |job| job.wait_timeout(Duration::ZERO),
        |job| job.wait_deadline(time::now() + ms(2)),
        |job| job.wait_deadline(time::now()),
    ];
    for way in ways {
        let token = drops.token();
        let refused = way(pool.job()).submit(move || token).unwrap_err();
        assert_eq!(refused.reason(), Refusal::TimedOut);
        assert_eq!(drops.alive(), 1);
        drop(refused.into_inner()());
    }
    let refused = pool.job().wait_deadline(time::now()).fallible().submit(|| Err::<(), _>(7));
    let refused = refused.unwrap_err();
    assert_eq!((refused.reason(), refused.into_inner()()), (Refusal::TimedOut, Err(7)));
    held.release();
}

#[test]
fn a_moment_that_has_passed_is_no_reason_to_refuse_where_there_is_room() {
    let pool = pool(1, 1);
    let passed = time::now();
    assert_eq!(pool.job().wait_deadline(passed).submit(|| 1).unwrap().result().unwrap(), 1);
    let at_once = pool.job().wait_timeout(Duration::ZERO);
    assert_eq!(at_once.submit(|| 2).unwrap().result().unwrap(), 2);
    let for_ever = pool.job().wait_timeout(Duration::MAX);
    assert_eq!(for_ever.submit(|| 3).unwrap().result().unwrap(), 3);
}

#[test]
fn of_several_limits_the_last_one_counts() {
    let pool = limited();
    let held = Held::workers(&pool, 1);
    let reason = |job: JobBuilder<'_>| job.submit(|| ()).unwrap_err().reason();
    let hour = Duration::from_secs(3600);
    assert_eq!(reason(pool.job().wait().wait_timeout(ms(1))), Refusal::TimedOut);
    assert_eq!(reason(pool.job().wait_timeout(hour).wait_deadline(time::now())), Refusal::TimedOut);
    let deadline = time::now() + hour;
    assert_eq!(reason(pool.job().wait_deadline(deadline).wait_timeout(ms(1))), Refusal::TimedOut);
    let waiting = {
        let handle = pool.handle();
        thread::spawn(move || {
            handle.job().wait_deadline(time::now()).wait().submit(|| "in").unwrap().result().ok()
        })
    };
    held.release();
    assert_eq!(waiting.join().unwrap(), Some("in"));
}

#[test]
fn a_wait_of_a_described_job_ends_with_the_executor() {
    let pool = limited();
    let held = Held::workers(&pool, 1);
    let submitter = {
        let handle = pool.handle();
        thread::spawn(move || handle.job().name("late").wait().submit(|| ()).unwrap_err().reason())
    };
    pool.shutdown(Shutdown::no_wait()).unwrap();
    assert_eq!(submitter.join().unwrap(), Refusal::Shutdown);
    held.release();
}
