//! Jobs that never leave their carrier without another one.

use executor::ExecutorHandle;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};

use super::support::{Gate, Held, Progress, detach, pool};

/// Submits its successor, until `enough`.
fn go_on(pool: &ExecutorHandle, enough: &Arc<AtomicBool>) {
    if !enough.load(Ordering::Relaxed) {
        let (handle, enough) = (pool.clone(), enough.clone());
        drop(pool.submit(move || go_on(&handle, &enough)));
    }
}

#[test]
fn a_job_from_outside_does_not_starve_behind_jobs_that_submit_their_successors() {
    for (workers, carriers) in [(1, 1), (10, 1), (1, 2), (2, 2), (10, 2)] {
        let pool = pool(workers, carriers);
        let enough = Arc::new(AtomicBool::new(false));
        for _ in 0..carriers {
            go_on(&pool, &enough);
        }
        for _ in 0..100 {
            pool.submit(|| ()).unwrap().result().unwrap();
        }
        enough.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_job_on_a_carrier_that_is_blocked_does_not_starve_behind_jobs_of_another_carrier() {
    let pool = pool(10, 2);
    let (gate, blocked, enough) = (Gate::new(), Progress::new(), Arc::new(AtomicBool::new(false)));
    // One carrier has jobs without end, the other two jobs of its own, and is blocked before they start.
    go_on(&pool, &enough);
    let (handle, pass, blocks) = (pool.handle(), gate.pass(), blocked.clone());
    let its_own = Progress::new();
    let count = its_own.clone();
    detach(&pool, move || {
        for _ in 0..2 {
            let count = count.clone();
            detach(&handle, move || count.advance());
        }
        blocks.advance();
        greenstd::thread::spawn(move || pass.wait()).join().unwrap();
    });
    blocked.wait_until(1);
    its_own.wait_until(2);
    enough.store(true, Ordering::Relaxed);
    gate.open();
}

#[test]
fn one_worker_runs_jobs_in_the_order_of_submission_whoever_submits() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |n: u32| {
            let order = order.clone();
            move || order.lock().push(n)
        };
        let (submitted, others) = (Progress::new(), Progress::new());
        let (handle, submits, rest) = (pool.handle(), submitted.clone(), others.clone());
        let by_the_job = [note(2), note(4)];
        let held = pool.submit(move || {
            for (turn, job) in by_the_job.into_iter().enumerate() {
                rest.wait_until(turn + 1);
                detach(&handle, job);
                submits.advance();
            }
        });
        for turn in 0..3 {
            submitted.wait_until(turn);
            detach(&pool, note(2 * turn as u32 + 1));
            others.advance();
        }
        held.unwrap().result().unwrap();
        drop(pool);
        assert_eq!(*order.lock(), [1, 2, 3, 4, 5], "on {carriers} carriers");
    }
}

#[test]
fn resized_to_one_worker_it_runs_what_waits_in_the_order_of_submission() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        let held = Held::workers(&pool, 3);
        let order = Arc::new(Mutex::new(Vec::new()));
        let (handle, note) = (pool.handle(), order.clone());
        let (inside, turns) = (Progress::new(), Progress::new());
        let (enters, waits) = (inside.clone(), turns.clone());
        let submitter = pool.submit(move || {
            for n in 0..100 {
                waits.wait_until(n + 1);
                let note = note.clone();
                detach(&handle, move || note.lock().push(2 * n + 1));
                enters.advance();
            }
        });
        for n in 0..100 {
            inside.wait_until(n);
            let note = order.clone();
            detach(&pool, move || note.lock().push(2 * n));
            turns.advance();
            if n == 50 {
                pool.resize(1).unwrap();
            }
        }
        submitter.unwrap().result().unwrap();
        held.release();
        drop(pool);
        assert_eq!(*order.lock(), (0..200).collect::<Vec<_>>(), "on {carriers} carriers");
    }
}
