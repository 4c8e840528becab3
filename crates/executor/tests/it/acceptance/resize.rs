//! Changing the number of workers while the executor works.

use executor::{
    BuildError, ExecutorHandle, GreenThreadPoolExecutor, Refusal, Shutdown, reject_when_reached,
};
use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Arc;
use greenstd::thread;

use super::support::{Gate, Held, Progress, Random, by_build, detach, eventually, pool, watched};

/// Jobs that wait at `gate`, and how many of them have started.
fn waiting_jobs(pool: &ExecutorHandle, gate: &Gate, count: usize) -> Progress {
    let started = Progress::new();
    for _ in 0..count {
        let (pass, start) = (gate.pass(), started.clone());
        detach(pool, move || {
            start.advance();
            pass.wait();
        });
    }
    started
}

#[test]
fn to_no_workers_at_all_is_refused_and_changes_nothing() {
    let pool = pool(3, 1);
    let error = pool.resize(0).unwrap_err();
    assert_eq!(error.to_string(), "max_workers is 0, but must be at least 1");
    assert!(matches!(error, BuildError::OutOfRange { field: "max_workers", value: 0, .. }));
    assert_eq!(pool.max_workers(), 3);
    Held::workers(&pool, 3).release();
}

#[test]
fn with_more_workers_what_waits_starts_at_once() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let gate = Gate::new();
        let started = waiting_jobs(&pool, &gate, 10);
        started.wait_until(1);
        assert_eq!((pool.num_workers(), pool.queue_size()), (1, 9));
        pool.resize(4).unwrap();
        started.wait_until(4);
        assert_eq!((pool.max_workers(), pool.num_workers(), pool.queue_size()), (4, 4, 6));
        pool.resize(usize::MAX).unwrap();
        started.wait_until(10);
        gate.open();
    }
}

#[test]
fn with_fewer_workers_those_that_run_go_on_and_no_others_start() {
    for carriers in [1, 2] {
        let pool = pool(4, carriers);
        let first: Vec<_> = (0..4).map(|_| Held::workers(&pool, 1)).collect();
        pool.resize(2).unwrap();
        assert_eq!((pool.max_workers(), pool.num_workers()), (2, 4));
        let gate = Gate::new();
        let started = waiting_jobs(&pool, &gate, 3);
        // Two ends bring it to the new number, and no free slot.
        let mut first = first.into_iter();
        first.next().unwrap().release();
        first.next().unwrap().release();
        eventually(|| pool.num_workers() == 2);
        assert_eq!((started.get(), pool.queue_size()), (0, 3));
        first.next().unwrap().release();
        started.wait_until(1);
        assert_eq!(pool.queue_size(), 2);
        first.next().unwrap().release();
        started.wait_until(2);
        assert_eq!((pool.num_workers(), pool.queue_size()), (2, 1));
        gate.open();
        started.wait_until(3);
    }
}

#[test]
fn the_free_slots_are_as_many_as_the_new_number_says() {
    // Full, then smaller, then larger again: seen by who is refused without a backlog.
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1);
    let pool = watched(builder.check_and_reject(reject_when_reached(0)));
    let assert_free = |free: usize| {
        let held = Held::workers(&pool, free);
        assert!(pool.submit(|| ()).unwrap_err().is_rejected(), "more than {free} were free");
        held.release();
    };
    let held = Held::workers(&pool, 2);
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    pool.resize(1).unwrap();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    held.release();
    assert_free(1);
    pool.resize(2).unwrap();
    assert_free(2);
    pool.resize(7).unwrap();
    assert_free(7);
}

#[test]
fn the_limit_moves_with_the_workers() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1);
    let pool = watched(builder.check_and_reject(reject_when_reached(1)));
    let held = Held::workers(&pool, 2);
    let first = pool.submit(|| ()).unwrap();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    // A slot more, which takes the one that waits: so there is a place again.
    pool.resize(3).unwrap();
    first.wait().unwrap();
    let third = Held::workers(&pool, 1);
    let second = pool.submit(|| ()).unwrap();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    // Fewer than are running: nobody comes in until as many have ended.
    pool.resize(1).unwrap();
    third.release();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    held.release();
    second.result().unwrap();
    let held = Held::workers(&pool, 1);
    let last = pool.submit(|| ()).unwrap();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected());
    held.release();
    last.result().unwrap();
}

#[test]
fn everybody_who_waits_for_room_gets_what_the_growth_makes() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(2);
    let pool = watched(builder.check_and_reject(reject_when_reached(0)));
    let other = super::support::pool(10, 1);
    let held = Held::workers(&pool, 1);
    let (gate, entered) = (Gate::new(), Progress::new());
    let wait = |handle: ExecutorHandle| {
        let (pass, progress) = (gate.pass(), entered.clone());
        move || {
            progress.advance();
            // They stay, so that each needs a room of its own.
            handle.submit_wait(move || pass.wait()).unwrap()
        }
    };
    let plain: Vec<_> = (0..3).map(|_| thread::spawn(wait(pool.handle()))).collect();
    let green: Vec<_> = (0..3).map(|_| other.submit(wait(pool.handle())).unwrap()).collect();
    entered.wait_until(6);
    eventually(|| other.statistics().parked() == 3);
    pool.resize(7).unwrap();
    let futures: Vec<_> = plain
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .chain(green.into_iter().map(|future| future.result().unwrap()))
        .collect();
    assert!(pool.submit(|| ()).unwrap_err().is_rejected(), "they have taken all that there was");
    gate.open();
    futures.into_iter().for_each(|future| future.result().unwrap());
    held.release();
}

#[test]
fn a_job_may_resize_its_own_executor() {
    let pool = pool(1, 1);
    let (handle, gate) = (pool.handle(), Gate::new());
    let pass = gate.pass();
    let parent = pool.submit(move || {
        handle.resize(2).unwrap();
        let child = handle.submit(|| "beside its parent").unwrap();
        let handle = child.handle();
        // It needs a worker of its own: nobody waits for it here.
        pass.wait();
        assert!(handle.is_done());
        child.result().unwrap()
    });
    eventually(|| pool.statistics().executed() == 1);
    gate.open();
    assert_eq!(parent.unwrap().result().unwrap(), "beside its parent");
}

#[test]
fn resizing_under_load_loses_no_job_and_never_lets_too_many_run() {
    let mut random =
        Random::for_test("resizing_under_load_loses_no_job_and_never_lets_too_many_run");
    let most = 8;
    for carriers in [1, 2, 3] {
        let pool = pool(most, carriers);
        let (running, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (done, jobs) = (Progress::new(), by_build(3000, 50_000));
        let (handle, progress) = (pool.handle(), done.clone());
        let counts = (running.clone(), peak.clone());
        let submitter = thread::spawn(move || {
            for n in 0..jobs {
                let (running, peak) = counts.clone();
                let progress = progress.clone();
                detach(&handle, move || {
                    peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    if n % 3 == 0 {
                        executor::yield_now();
                    }
                    running.fetch_sub(1, Ordering::SeqCst);
                    progress.advance();
                });
            }
        });
        while done.get() < jobs {
            pool.resize(random.within(1..most as u64 + 1) as usize).unwrap();
            thread::yield_now();
        }
        submitter.join().unwrap();
        assert!(peak.load(Ordering::SeqCst) <= most);
        // The last word counts.
        pool.resize(3).unwrap();
        eventually(|| pool.num_workers() == 0);
        let gate = Gate::new();
        let started = waiting_jobs(&pool, &gate, 5);
        started.wait_until(3);
        assert_eq!((pool.num_workers(), pool.queue_size()), (3, 2));
        gate.open();
    }
}

#[test]
fn two_who_resize_at_once_leave_a_limit_that_fits_the_workers() {
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(2);
    let pool = watched(builder.check_and_reject(reject_when_reached(2)));
    for _ in 0..by_build(50, 1000) {
        let resizers: Vec<_> = [2, 5]
            .into_iter()
            .map(|workers| {
                let handle = pool.handle();
                thread::spawn(move || handle.resize(workers).unwrap())
            })
            .collect();
        resizers.into_iter().for_each(|resizer| resizer.join().unwrap());
        let workers = pool.max_workers();
        assert!(workers == 2 || workers == 5, "{workers}");
        let held = Held::workers(&pool, workers);
        let queued = [pool.submit(|| ()).unwrap(), pool.submit(|| ()).unwrap()];
        assert!(pool.submit(|| ()).unwrap_err().is_rejected());
        held.release();
        queued.into_iter().for_each(|future| future.result().unwrap());
    }
}

#[test]
fn after_the_end_it_does_no_harm() {
    let pool = pool(2, 1);
    let held = Held::workers(&pool, 2);
    let queued = pool.submit(|| "queued").unwrap();
    pool.shutdown(Shutdown::no_wait()).unwrap();
    pool.resize(3).unwrap();
    assert_eq!(queued.result().unwrap(), "queued");
    held.release();
    pool.shutdown(Shutdown::wait()).unwrap();
    pool.resize(50).unwrap();
    assert_eq!(pool.submit(|| ()).unwrap_err().reason(), Refusal::Shutdown);
}
