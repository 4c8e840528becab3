//! Jobs that are run on the spot by who waits for them, when others want the same or it must not park.

use executor::{
    GreenThreadPoolExecutor, TaskHandle, TaskOutcome, WaitError, no_park, park, shield, sleep,
    wait_for_all, wait_for_any,
};
use greenctx::{DEFAULT_STACK_BYTES, MIN_STACK_BYTES, Thread};
use greenstd::sync::{Arc, Mutex};

use super::support::{Gate, Progress, deep_down, eventually, ms, pool, watched};

/// Something that one job leaves for another.
type Place<T> = Arc<Mutex<Option<T>>>;

/// Where on a stack the caller is.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    &raw const local as usize
}

#[test]
fn a_child_runs_on_its_parents_stack_if_half_of_that_is_left() {
    for bytes in [2 * MIN_STACK_BYTES, DEFAULT_STACK_BYTES] {
        let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
        let pool = watched(builder.stack_size(bytes));
        let handle = pool.handle();
        let parent = pool.submit(move || (here(), handle.submit(here).unwrap().result().unwrap()));
        let (parent, child) = parent.unwrap().result().unwrap();
        assert!(child < parent, "not below {parent:#x}, but at {child:#x}");
        assert!(parent - child < bytes / 2, "{} bytes below", parent - child);
    }
}

/// Three workers on two carriers. One of them keeps the other carrier busy, until the *helper* lets it
/// take the child: after the parent has lent its slot and before the borrower runs. The child then
/// waits for a job for which there is a slot only because everybody else waits.
#[test]
fn who_has_lent_its_slot_in_vain_counts_as_waiting() {
    let pool = pool(3, 2);
    let (gate, occupied, child_runs) = (Gate::new(), Progress::new(), Progress::new());
    let (pass, occupies) = (gate.pass(), occupied.clone());
    let occupant = pool.submit(move || {
        occupies.advance();
        // Blocks the carrier as well.
        greenstd::thread::spawn(move || pass.wait()).join().unwrap();
    });
    occupied.wait_until(1);
    let (handle, runs) = (pool.handle(), child_runs.clone());
    let parent = pool.submit(move || {
        let (helper, child) = (Place::<Thread>::default(), Place::<TaskHandle>::default());
        let (its_own, theirs, child_runs) = (helper.clone(), child.clone(), runs.clone());
        let helping = handle.submit(move || {
            *its_own.lock() = Some(greenctx::current());
            park().unwrap();
            gate.open();
            while child_runs.get() == 0 {
                greenstd::thread::yield_now();
            }
            let child = theirs.lock().clone().unwrap();
            wait_for_any([child]).unwrap();
        });
        eventually(|| helper.lock().is_some());
        let inner = handle.clone();
        let waited_for = handle.submit(move || {
            runs.advance();
            sleep(ms(20)).unwrap();
            let grandchild = inner.submit(|| ()).unwrap();
            wait_for_any([&grandchild]).unwrap();
        });
        let waited_for = waited_for.unwrap();
        *child.lock() = Some(waited_for.handle());
        // It runs before the borrower.
        helper.lock().take().unwrap().unpark();
        deep_down(|| waited_for.result().unwrap());
        helping.unwrap().result().unwrap();
    });
    parent.unwrap().result().unwrap();
    occupant.unwrap().result().unwrap();
}

#[test]
fn a_job_may_park_although_who_waits_for_it_must_not() {
    let pool = pool(1, 1);
    let (handle, child) = (pool.handle(), Place::<TaskHandle>::default());
    let theirs = child.clone();
    let parent = pool.submit(move || {
        let future = handle.submit(|| sleep(ms(1)).unwrap()).unwrap();
        *theirs.lock() = Some(future.handle());
        no_park(|| future.wait().is_ok())
    });
    let error = parent.unwrap().result().unwrap_err();
    assert!(error.is_panicked(), "its own wait is what it has forbidden itself: {error}");
    let child = child.lock().take().unwrap();
    child.wait().unwrap();
    assert_eq!(child.outcome(), Some(TaskOutcome::Succeeded));
}

#[test]
fn who_has_been_cancelled_begins_no_child() {
    let pool = pool(1, 1);
    let (handle, ran) = (pool.handle(), Progress::new());
    let runs = ran.clone();
    let parent = pool.submit(move || {
        let children: Vec<_> = (0..3)
            .map(|_| {
                let runs = runs.clone();
                handle.submit(move || runs.advance()).unwrap()
            })
            .collect();
        // Until it is cancelled.
        park().unwrap_err();
        let waited = wait_for_all(&children);
        assert_eq!(waited.unwrap_err(), WaitError::Interrupted);
        // In a shield it waits as usual.
        let begun = runs.get();
        shield(|| wait_for_all(&children)).unwrap();
        begun
    });
    let parent = parent.unwrap();
    eventually(|| parent.is_running());
    parent.cancel();
    assert_eq!(parent.result().unwrap(), 0);
    assert_eq!(ran.get(), 3);
}

#[test]
fn a_waiter_that_is_cancelled_while_its_child_runs_in_its_slot_is_heard_at_once() {
    let pool = pool(1, 1);
    let (handle, child, gate, runs) =
        (pool.handle(), Place::<TaskHandle>::default(), Gate::new(), Progress::new());
    let (theirs, pass, running) = (child.clone(), gate.pass(), runs.clone());
    let parent = pool.submit(move || {
        let future = handle.submit(move || {
            running.advance();
            pass.wait();
        });
        let future = future.unwrap();
        *theirs.lock() = Some(future.handle());
        // Deep down, or with a limit: not on its own stack.
        deep_down(|| future.wait())
    });
    let parent = parent.unwrap();
    runs.wait_until(1);
    parent.cancel();
    assert_eq!(parent.result().unwrap(), Err(WaitError::Interrupted));
    let child = child.lock().take().unwrap();
    assert!(child.is_running(), "it goes on");
    gate.open();
    child.wait().unwrap();
}

#[test]
fn a_waiter_that_is_cancelled_while_its_child_runs_on_its_stack_is_heard_when_that_ends() {
    let pool = pool(1, 1);
    let (handle, gate, runs) = (pool.handle(), Gate::new(), Progress::new());
    let (pass, running) = (gate.pass(), runs.clone());
    let parent = pool.submit(move || {
        let first = handle.submit(move || {
            running.advance();
            pass.wait();
            executor::is_cancelled()
        });
        let second = handle.submit(|| ()).unwrap();
        (first.unwrap().result().unwrap(), second.wait())
    });
    let parent = parent.unwrap();
    runs.wait_until(1);
    parent.cancel();
    gate.open();
    // The child is not cancelled with it, and the answer wins; the next wait ends.
    assert_eq!(parent.result().unwrap(), (false, Err(WaitError::Interrupted)));
}

#[test]
fn who_runs_one_child_after_the_other_lets_its_siblings_run() {
    let pool = pool(2, 1);
    let (handle, over) = (pool.handle(), Progress::new());
    let ends = over.clone();
    let endless = pool.submit(move || {
        while ends.get() == 0 {
            handle.submit(|| ()).unwrap().result().unwrap();
        }
    });
    pool.submit(move || over.advance()).unwrap().result().unwrap();
    endless.unwrap().result().unwrap();
}

/// Then the end is not published in passing, but the result is the future's already.
#[test]
fn a_result_arrives_on_the_spot_also_if_others_hear_of_the_end() {
    let pool = pool(1, 1);
    let called: Place<TaskOutcome> = Place::default();
    let heard = called.clone();
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let child = handle.submit(|| vec![String::from("result")]).unwrap();
        child.add_done_callback(move |job| *heard.lock() = job.outcome());
        let kept = child.handle();
        let failing = handle.try_submit(|| Err::<(), _>(String::from("failure"))).unwrap();
        failing.add_done_callback(|_| ());
        let failure = failing.result().unwrap_err().into_failure();
        (child.result().unwrap(), failure, kept.outcome())
    });
    let (result, failure, outcome) = parent.unwrap().result().unwrap();
    assert_eq!((&*result[0], failure.as_deref()), ("result", Some("failure")));
    assert_eq!(outcome, Some(TaskOutcome::Succeeded));
    assert_eq!(called.lock().take(), outcome);
}
