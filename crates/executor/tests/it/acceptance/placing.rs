//! Jobs that are placed beside another one.

use executor::sync::bounded;
use executor::{GreenFuture, TaskState};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU32, Ordering};
use greenstd::thread;

use super::support::process::os_thread;
use super::support::{Gate, Held, Watched, by_build, detach, eventually, pool};

const PAIRS: usize = if cfg!(debug_assertions) { 50 } else { 400 };

/// A job that says where it runs, once the gate is open.
fn submit_server(pool: &Watched, gate: &Gate) -> GreenFuture<String> {
    let pass = gate.pass();
    let server = move || {
        pass.wait();
        os_thread()
    };
    pool.submit(server).unwrap()
}

fn wait_until_it_runs<T: Send + 'static>(future: &GreenFuture<T>) {
    eventually(|| future.is_running());
}

#[test]
fn a_job_beside_one_that_runs_is_on_its_carrier() {
    let pool = pool(64, 4);
    for _ in 0..PAIRS {
        let gate = Gate::new();
        let server = submit_server(&pool, &gate);
        wait_until_it_runs(&server);
        let client = pool.job().beside(&server.handle()).submit(os_thread).unwrap();
        let client = client.result().unwrap();
        gate.open();
        assert_eq!(client, server.result().unwrap());
    }
}

#[test]
fn a_job_beside_one_that_has_not_started_follows_it_to_its_carrier() {
    let pool = pool(2 * PAIRS, 4);
    let gates: Vec<_> = (0..PAIRS).map(|_| Gate::new()).collect();
    let pairs: Vec<_> = gates
        .iter()
        .map(|gate| {
            let server = submit_server(&pool, gate);
            let client = pool.job().beside(&server.handle()).submit(os_thread).unwrap();
            (server, client)
        })
        .collect();
    for ((server, client), gate) in pairs.into_iter().zip(gates) {
        // The server runs until its client has.
        let client = client.result().unwrap();
        gate.open();
        assert_eq!(client, server.result().unwrap());
    }
}

#[test]
fn two_that_talk_end_up_on_one_carrier() {
    let pool = pool(64, 4);
    for _ in 0..PAIRS {
        let (ask, questions) = bounded::<u64>(1);
        let (reply, answers) = bounded::<u64>(1);
        let server = pool
            .submit(move || {
                for n in questions {
                    reply.send(n + 1).unwrap();
                }
                os_thread()
            })
            .unwrap();
        let client = pool.job().beside(&server.handle()).submit(move || {
            for n in 0..20 {
                ask.send(n).unwrap();
                assert_eq!(answers.recv(), Ok(n + 1));
            }
            os_thread()
        });
        assert_eq!(client.unwrap().result().unwrap(), server.result().unwrap());
    }
}

/// Each is submitted before the one that it is to be beside has started.
#[test]
fn a_row_of_jobs_beside_one_another_is_on_one_carrier() {
    let pool = pool(64, 4);
    for _ in 0..PAIRS {
        let gate = Gate::new();
        let first = submit_server(&pool, &gate);
        let second = pool.job().beside(&first.handle()).submit(os_thread).unwrap();
        let third = pool.job().beside(&second.handle()).submit(os_thread).unwrap();
        let fourth = pool.job().beside(&third.handle()).submit(os_thread).unwrap();
        let others = [second, third, fourth].map(|job| job.result().unwrap());
        gate.open();
        let first = first.result().unwrap();
        // The third and fourth may have been submitted after the end of the one before: then anything goes.
        assert_eq!(others[0], first);
    }
}

#[test]
fn a_job_placed_here_is_on_the_carrier_of_the_job_that_submits_it() {
    let pool = pool(64, 4);
    let parents: Vec<_> = (0..PAIRS)
        .map(|_| {
            let handle = pool.handle();
            let parent = move || {
                let child = handle.job().here().name("child").submit(os_thread).unwrap();
                (os_thread(), child)
            };
            pool.submit(parent).unwrap()
        })
        .collect();
    for parent in parents {
        let (carrier, child) = parent.result().unwrap();
        assert_eq!(child.result().unwrap(), carrier);
    }
}

#[test]
fn here_on_a_plain_thread_and_in_a_job_of_another_executor_says_nothing() {
    let (ours, theirs) = (pool(2, 2), pool(2, 2));
    assert_eq!(ours.job().here().submit(|| 1).unwrap().result().unwrap(), 1);
    let handle = ours.handle();
    let job = theirs.submit(move || handle.job().here().submit(|| 2).unwrap()).unwrap();
    assert_eq!(job.result().unwrap().result().unwrap(), 2);
    assert_eq!((ours.statistics().executed(), theirs.statistics().executed()), (2, 1));
}

#[test]
fn a_job_beside_one_that_has_ended_runs_anywhere() {
    let pool = pool(2, 2);
    let first = pool.submit(|| 1).unwrap();
    let handle = first.handle();
    assert_eq!(first.result().unwrap(), 1);
    let second = pool.job().beside(&handle).fallible().submit(|| Ok::<_, ()>(2)).unwrap();
    assert_eq!(second.result().unwrap(), 2);
}

#[test]
fn a_job_beside_one_of_another_executor_runs_in_its_own() {
    let (ours, theirs) = (pool(2, 2), pool(2, 2));
    let gate = Gate::new();
    let other = submit_server(&theirs, &gate);
    let job = ours.job().beside(&other.handle()).submit(os_thread).unwrap();
    let carrier = job.result().unwrap();
    gate.open();
    assert_ne!(carrier, other.result().unwrap());
    assert_eq!(ours.statistics().executed(), 1);
}

#[test]
fn a_job_beside_one_that_is_cancelled_before_it_starts_runs_all_the_same() {
    let pool = pool(2, 2);
    let held = Held::workers(&pool, 2);
    let other = pool.submit(|| ()).unwrap();
    let job = pool.job().beside(&other.handle()).submit(|| 7).unwrap();
    assert!(other.cancel());
    held.release();
    assert_eq!(job.result().unwrap(), 7);
}

/// Whichever carrier gives a slot back, the job's own one gets to know of it.
#[test]
fn a_placed_job_waits_for_a_worker_slot_and_then_runs_on_its_carrier() {
    for _ in 0..by_build(20, 200) {
        let pool = pool(2, 2);
        let (gate, others) = (Gate::new(), Gate::new());
        let server = submit_server(&pool, &gate);
        let filler = submit_server(&pool, &others);
        wait_until_it_runs(&server);
        wait_until_it_runs(&filler);
        let job = pool.job().beside(&server.handle()).submit(os_thread).unwrap();
        assert_eq!(job.handle().state(), TaskState::Pending);
        others.open();
        let carrier = job.result().unwrap();
        gate.open();
        assert_eq!(carrier, server.result().unwrap());
        filler.result().unwrap();
    }
}

#[test]
fn with_one_worker_placed_jobs_start_in_the_order_of_submission() {
    let pool = pool(1, 2);
    let started = Arc::new(AtomicU32::new(0));
    let held = Held::workers(&pool, 1);
    let mut jobs = Vec::new();
    for n in 0..20 {
        let started = started.clone();
        let job = move || assert_eq!(started.fetch_add(1, Ordering::Relaxed), n);
        let description = pool.job();
        let job = match jobs.last().filter(|_| n % 3 != 0) {
            Some(last) => description.beside(&GreenFuture::handle(last)).submit(job),
            None => description.submit(job),
        };
        jobs.push(job.unwrap());
    }
    held.release();
    jobs.into_iter().for_each(|job| job.result().unwrap());
}

/// The job's carrier is blocked, so it would never get there. A worker waits for it, and runs it itself.
#[test]
fn a_worker_that_waits_for_a_placed_job_runs_it_where_it_is() {
    let pool = pool(4, 2);
    let (go_on, blocked) = std::sync::mpsc::channel::<()>();
    let blocker = pool.submit(move || {
        blocked.recv().unwrap(); // blocks the carrier
        os_thread()
    });
    let blocker = blocker.unwrap();
    wait_until_it_runs(&blocker);
    let (handle, beside) = (pool.handle(), blocker.handle());
    let waiter = pool.submit(move || {
        let placed = handle.job().beside(&beside).submit(os_thread).unwrap();
        (placed.result().unwrap(), os_thread())
    });
    let (ran_on, waiter) = waiter.unwrap().result().unwrap();
    assert_eq!(ran_on, waiter);
    go_on.send(()).unwrap();
    assert_ne!(blocker.result().unwrap(), waiter);
}

#[test]
fn placed_jobs_are_cancelled_and_shut_down_as_others_are() {
    let pool = pool(4, 2);
    let (go_on, blocked) = std::sync::mpsc::channel::<()>();
    let blocker = pool.submit(move || blocked.recv().unwrap()).unwrap();
    wait_until_it_runs(&blocker);
    let place = || pool.job().beside(&blocker.handle()).submit(|| ()).unwrap();
    let (cancelled, drained) = (place(), place());
    assert!(cancelled.cancel());
    assert!(cancelled.result().unwrap_err().is_cancelled());
    let closer = {
        let handle = pool.handle();
        thread::spawn(move || handle.shutdown(executor::Shutdown::wait().cancel_pending()))
    };
    assert!(drained.result().unwrap_err().is_cancelled());
    go_on.send(()).unwrap();
    blocker.result().unwrap();
    closer.join().unwrap().unwrap();
}

/// Many pairs, started from everywhere, beside each other and beside jobs that end meanwhile.
#[test]
fn every_placed_job_ends_whatever_becomes_of_the_one_beside_it() {
    let pool = pool(16, 4);
    let count = Arc::new(AtomicU32::new(0));
    let rounds = by_build(500, 10_000);
    let mut last = pool.submit(|| ()).unwrap();
    for n in 0..rounds {
        let (handle, counted) = (pool.handle(), count.clone());
        let beside = last.handle();
        let job = pool.job().beside(&beside).submit(move || {
            let child = counted.clone();
            let child = move || _ = child.fetch_add(1, Ordering::Relaxed);
            drop(handle.job().here().submit(child).unwrap());
            counted.fetch_add(1, Ordering::Relaxed);
        });
        last = job.unwrap();
        if n % 7 == 0 {
            detach(&pool, || ());
        }
    }
    eventually(|| count.load(Ordering::Relaxed) == 2 * rounds);
    last.result().unwrap();
}
