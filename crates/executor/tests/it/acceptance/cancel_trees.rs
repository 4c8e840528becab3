//! Cancelling through groups and parts, down the tree.

use executor::{
    ExecutorHandle, GreenThreadPoolExecutor, Interrupted, TaskHandle, is_cancelled, join, park,
    scope,
};
use greenstd::atomic::{AtomicBool, Ordering::SeqCst};
use greenstd::sync::{Arc, Mutex};

use super::support::{Gate, Progress, by_build, pool, watched};

/// Waits until it is cancelled.
fn until_cancelled() -> Result<(), Interrupted> {
    loop {
        park()?;
    }
}

/// Computes until `flag` is set.
fn compute_until(flag: &AtomicBool) {
    while !flag.load(SeqCst) {
        std::hint::spin_loop();
    }
}

#[test]
fn members_hear_of_it_while_their_parent_computes() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let flags = || Arc::new(AtomicBool::new(false));
    let (started, runs, heard) = (Progress::new(), flags(), flags());
    let (here, running, theirs) = (started.clone(), runs.clone(), heard.clone());
    let parent = pool
        .submit(move || {
            let group = handle.group();
            let (runs, seen) = (running.clone(), theirs.clone());
            group
                .submit(move || {
                    runs.store(true, SeqCst);
                    let outcome = until_cancelled();
                    seen.store(true, SeqCst);
                    outcome
                })
                .unwrap();
            compute_until(&running); // so it runs on another carrier
            here.advance();
            compute_until(&theirs); // it does not wait, and hears nothing
        })
        .unwrap();
    started.wait_until(1);
    assert!(!parent.cancel(), "it runs");
    parent.result().unwrap();
    assert!(heard.load(SeqCst));
}

/// A job whose group has one job whose group, and so on; the innermost waits.
fn nest(pool: &ExecutorHandle, levels: u32, ready: &Progress) -> Result<(), Interrupted> {
    if levels == 0 {
        ready.advance();
        return until_cancelled();
    }
    let group = pool.try_group();
    let (inner, to_inner) = (pool.clone(), ready.clone());
    group.try_submit(move || nest(&inner, levels - 1, &to_inner)).unwrap();
    match group.finish() {
        Ok(_) => unreachable!("the innermost waits until it is cancelled"),
        Err(error) => Err(error.into_failure().unwrap_or_else(|| until_cancelled().unwrap_err())),
    }
}

#[test]
fn all_levels_of_a_tree_hear_of_it_and_count_as_cancelled() {
    let levels = by_build(50, 500);
    let pool = watched(GreenThreadPoolExecutor::builder().max_workers(1000).carriers(2));
    let ready = Progress::new();
    let (handle, to_inner) = (pool.handle(), ready.clone());
    let root = pool.try_submit(move || nest(&handle, levels, &to_inner)).unwrap();
    ready.wait_until(1);
    root.cancel();
    assert!(root.result().unwrap_err().is_cancelled());
    let statistics = pool.statistics();
    assert_eq!((statistics.cancelled(), statistics.failed()), (u64::from(levels) + 1, 0));
}

#[test]
fn a_detached_member_goes_on_and_is_waited_for() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let (started, gate) = (Progress::new(), Gate::new());
    let (here, pass) = (started.clone(), gate.pass());
    let parent = pool
        .submit(move || {
            let group = handle.group().all_whatever();
            let kept = here.clone();
            let detached = handle.job().detached();
            group
                .submit_as(detached, move || {
                    kept.advance();
                    pass.wait();
                    is_cancelled()
                })
                .unwrap();
            group.submit(|| until_cancelled().is_err()).unwrap();
            here.wait_until(1);
            here.advance();
            group.finish().into_iter().map(Result::ok).collect::<Vec<_>>()
        })
        .unwrap();
    started.wait_until(2);
    parent.cancel();
    gate.open();
    let members = parent.result().unwrap();
    assert_eq!(members[0], Some(false), "it was not cancelled");
    assert_ne!(members[1], Some(false));
}

#[test]
fn a_group_that_is_made_after_the_cancelling_is_stopped() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let (started, gate) = (Progress::new(), Gate::new());
    let (here, pass) = (started.clone(), gate.pass());
    let parent = pool
        .submit(move || {
            here.advance();
            pass.wait();
            let group = handle.group();
            let member = group.submit(|| unreachable!("it is cancelled from the start")).unwrap();
            (group.is_stopped(), member.is_cancelled())
        })
        .unwrap();
    started.wait_until(1);
    parent.cancel();
    gate.open();
    assert_eq!(parent.result().unwrap(), (true, true));
}

#[test]
fn jobs_of_the_executor_itself_hear_of_nobody() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let (started, gate) = (Progress::new(), Gate::new());
    let (here, pass) = (started.clone(), gate.pass());
    let child: Arc<Mutex<Option<TaskHandle>>> = Arc::default();
    let slot = child.clone();
    let parent = pool
        .submit(move || {
            let child = handle.submit(move || pass.wait()).unwrap();
            *slot.lock() = Some(child.handle());
            here.advance();
            let _ = until_cancelled();
        })
        .unwrap();
    started.wait_until(1);
    parent.cancel();
    parent.result().unwrap();
    gate.open();
    let child = child.lock().take().unwrap();
    child.wait().unwrap();
    assert!(!child.is_cancelled());
}

/// What a part does that was stolen, while its parent computes until it has heard.
fn stolen_parts_hear(fork: fn(parent: &(dyn Fn() + Sync), part: &(dyn Fn() + Sync))) {
    let pool = pool(16, 2);
    let started = Progress::new();
    let here = started.clone();
    let parent = pool
        .submit(move || {
            let (runs, heard) = (AtomicBool::new(false), AtomicBool::new(false));
            fork(
                &|| {
                    compute_until(&runs);
                    here.advance();
                    compute_until(&heard);
                },
                &|| {
                    runs.store(true, SeqCst);
                    let _ = until_cancelled();
                    heard.store(true, SeqCst);
                },
            );
        })
        .unwrap();
    started.wait_until(1);
    parent.cancel();
    parent.result().unwrap();
}

#[test]
fn a_stolen_part_of_a_join_hears_of_it_while_its_parent_computes() {
    stolen_parts_hear(|parent, part| {
        join(parent, part);
    });
}

#[test]
fn a_stolen_part_of_a_scope_hears_of_it_while_its_parent_computes() {
    stolen_parts_hear(|parent, part| {
        scope(|scope| {
            scope.submit(part);
            parent();
        });
    });
}

#[test]
fn a_job_whose_stolen_part_unwraps_its_interruption_counts_as_cancelled() {
    let pool = pool(16, 2);
    let started = Progress::new();
    let here = started.clone();
    let parent = pool
        .submit(move || {
            let runs = AtomicBool::new(false);
            join(
                || {
                    compute_until(&runs);
                    here.advance();
                },
                || {
                    runs.store(true, SeqCst);
                    until_cancelled().unwrap();
                },
            );
        })
        .unwrap();
    started.wait_until(1);
    parent.cancel();
    assert!(parent.result().unwrap_err().is_cancelled());
    assert_eq!(pool.statistics().panicked(), 0);
}

#[test]
fn a_job_that_makes_groups_for_ever_does_not_grow() {
    let pool = pool(4, 2);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        for n in 0..by_build(2_000, 100_000) {
            let group = handle.group();
            if n % 100 == 0 {
                group.submit(move || n).unwrap();
            }
            group.finish().unwrap();
        }
    });
    parent.unwrap().result().unwrap();
}
