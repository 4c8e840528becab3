//! What foreign code sees that runs after a job: callbacks, and the drops of results and closures.

use std::cell::Cell;

use executor::{green_local, is_cancelled};
use greenstd::sync::{Arc, Mutex};

use super::support::{Gate, Held, Progress, eventually, pool};

green_local! {
    static CALLS: Cell<u32> = Cell::new(0);
}

/// What was seen, call by call.
type Seen = Arc<Mutex<Vec<(bool, u32)>>>;

/// Counts the calls in a green-local, and notes whether the caller is cancelled.
fn note(seen: &Seen) {
    CALLS.set(CALLS.get() + 1);
    seen.lock().push((is_cancelled(), CALLS.get()));
}

/// Notes its drop.
struct Noted(Seen);

impl Drop for Noted {
    fn drop(&mut self) {
        note(&self.0);
    }
}

#[test]
fn a_callback_of_a_child_run_on_the_spot_does_not_see_its_parents_cancellation() {
    let pool = pool(1, 1);
    let (handle, gate, runs, seen) = (pool.handle(), Gate::new(), Progress::new(), Seen::default());
    let (pass, starts, sees) = (gate.pass(), runs.clone(), seen.clone());
    let parent = pool.submit(move || {
        let child = handle.submit(move || {
            starts.advance();
            pass.wait();
        });
        let child = child.unwrap();
        child.add_done_callback(move |_| note(&sees));
        child.result().unwrap();
        assert!(is_cancelled());
    });
    let parent = parent.unwrap();
    runs.wait_until(1);
    parent.cancel();
    gate.open();
    parent.result().unwrap();
    assert_eq!(*seen.lock(), [(false, 1)]);
}

#[test]
fn the_green_locals_of_callbacks_end_with_their_job() {
    let (pool, seen) = (pool(1, 1), Seen::default());
    for _ in 0..3 {
        let gate = Gate::new();
        let pass = gate.pass();
        let job = pool.submit(move || pass.wait()).unwrap();
        for _ in 0..2 {
            let seen = seen.clone();
            job.add_done_callback(move |_| note(&seen));
        }
        gate.open();
        job.result().unwrap();
    }
    pool.shutdown(executor::Shutdown::wait()).unwrap();
    assert_eq!(*seen.lock(), [(false, 1), (false, 2)].repeat(3));
}

#[test]
fn the_green_locals_of_a_dropped_result_end_with_its_job() {
    let (pool, seen) = (pool(1, 1), Seen::default());
    for _ in 0..3 {
        let (gate, result) = (Gate::new(), Noted(seen.clone()));
        let pass = gate.pass();
        let job = pool.submit(move || {
            pass.wait();
            result
        });
        // Before the job has ended, so that its result has no other owner.
        drop(job.unwrap());
        gate.open();
    }
    eventually(|| seen.lock().len() == 3);
    assert_eq!(*seen.lock(), [(false, 1); 3]);
}

#[test]
fn the_drop_of_a_cancelled_jobs_closure_sees_nothing_of_its_canceller() {
    let (pool, others, seen) = (pool(1, 1), pool(1, 1), Seen::default());
    let held = Held::workers(&pool, 1);
    let closure = Noted(seen.clone());
    let job = pool.submit(move || drop(closure)).unwrap();
    let canceller = others.submit(move || {
        CALLS.set(5);
        executor::shield(|| assert!(job.cancel()));
        CALLS.get()
    });
    assert_eq!(canceller.unwrap().result().unwrap(), 5);
    held.release();
    assert_eq!(*seen.lock(), [(false, 1)]);
}
