//! Submitting: results, ids, errors, wait sets.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use executor::{WaitError, as_completed, wait_for_all};
use greenstd::sync::Arc;
use greenstd::sync::Mutex;
use greenstd::thread;
use remote::engine::{Cancelled, Encoding, InProcess, QueueOptions};
use remote::{Function, Refused, Remote, RemoteError, RemoteFuture};

use crate::support::{divide, eventually, note, panics, pool, registry, sleep_for, square};

fn without_worker() -> Remote {
    Remote::new(InProcess::new())
}

#[test]
fn results_come_back_with_their_types() {
    let pool = pool(8);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let jobs: Vec<_> = (0..200).map(|n| queue.submit(square, (n,)).unwrap()).collect();
    for (n, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.result(), Ok((n * n) as u64));
    }
    let statistics = queue.statistics();
    assert_eq!((statistics.submitted, statistics.succeeded), (200, 200));
}

#[test]
fn an_error_of_the_function_comes_back_as_it_was() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let job = queue.submit(divide, (1, 0)).unwrap();
    assert_eq!(job.result(), Err(RemoteError::Failed("by zero".to_owned())));
    let text = queue.submit(divide, (1, 0)).unwrap().result().unwrap_err().to_string();
    assert_eq!(text, "the job has failed: by zero");
}

#[test]
fn a_panic_comes_back_with_its_text() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let job = queue.submit(panics, ("no such image".to_owned(),)).unwrap();
    assert_eq!(job.result(), Err(RemoteError::Panicked("no such image".to_owned())));
    eventually(|| pool.statistics().panicked() == 1);
}

#[test]
fn postcard_is_read_as_it_was_written() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let small = square.encoding(Encoding::Postcard);
    assert_eq!(queue.submit(small, (12,)).unwrap().result(), Ok(144));
    let failing = divide.encoding(Encoding::Postcard);
    let failed = queue.submit(failing, (1, 0)).unwrap().result();
    assert_eq!(failed, Err(RemoteError::Failed("by zero".to_owned())));
}

#[test]
fn arguments_that_do_not_fit_are_a_dead_letter() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let wrong: Function<(String,), u64> = Function::new("square");
    let result = queue.submit(wrong, ("seven".to_owned(),)).unwrap().result();
    let Err(RemoteError::Malformed(why)) = result else { panic!("{result:?}") };
    assert!(why.starts_with("the arguments: "), "{why}");
    assert_eq!(queue.dead(10).unwrap().len(), 1);
}

#[test]
fn one_wait_set_holds_remote_and_local_jobs() {
    let pool = pool(4);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let far: Vec<_> = (0..10).map(|n| queue.submit(square, (n,)).unwrap()).collect();
    let near = pool.submit(|| 7).unwrap();
    let mut handles: Vec<_> = far.iter().map(RemoteFuture::handle).collect();
    handles.push(near.handle());
    let set = wait_for_all(handles).unwrap();
    assert_eq!((set.done.len(), set.not_done.len()), (11, 0));
    let mut sum = 0;
    for job in as_completed(far) {
        sum += job.unwrap().result().unwrap();
    }
    assert_eq!(sum, 285);
}

#[test]
fn a_job_may_wait_for_a_job_elsewhere() {
    let (near, far) = (pool(1), pool(1));
    let queue = Remote::in_process(&far, &registry()).queue("numbers");
    let outer = near.submit(move || queue.submit(square, (7,)).unwrap().result().unwrap());
    assert_eq!(outer.unwrap().result().unwrap(), 49);
}

#[test]
fn a_future_can_be_awaited() {
    let pool = pool(2);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let job = queue.submit(square, (7,)).unwrap();
    assert_eq!(executor::io::block_on(job).unwrap(), Ok(49));
    let idle = without_worker().queue("numbers");
    let mut waiting = pin!(idle.submit(square, (7,)).unwrap());
    let poll = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll, Poll::Pending));
}

#[test]
fn callbacks_get_the_result_though_nobody_holds_anything() {
    let pool = pool(2);
    let remote = Remote::in_process(&pool, &registry());
    let seen = Arc::new(Mutex::new(Vec::new()));
    for n in 0..10 {
        let seen = seen.clone();
        let job = remote.queue("numbers").submit(square, (n,)).unwrap();
        job.on_done(move |result| seen.lock().push(result.unwrap()));
    }
    eventually(|| seen.lock().len() == 10);
    assert_eq!(seen.lock().iter().sum::<u64>(), 285);
}

#[test]
fn a_job_with_the_same_id_runs_once_and_both_get_the_result() {
    let pool = pool(2);
    let calls = Arc::new(Mutex::new(0));
    let count = calls.clone();
    let mut registry = registry();
    registry.register(square, move |number: u64| {
        *count.lock() += 1;
        number * number
    });
    let queue = Remote::in_process(&pool, &registry).queue("numbers");
    let first = queue.job().id("seven").submit(square, (7,)).unwrap();
    let second = queue.job().id("seven").submit(square, (7,)).unwrap();
    assert_eq!((first.is_duplicate(), second.is_duplicate()), (false, true));
    assert_eq!((first.result(), second.result()), (Ok(49), Ok(49)));
    let later = queue.job().id("seven").submit(square, (7,)).unwrap();
    assert_eq!(later.result(), Ok(49));
    assert_eq!(*calls.lock(), 1);
    assert_eq!(queue.statistics().duplicates, 2);
}

#[test]
fn a_future_of_an_earlier_job_gets_its_result() {
    let pool = pool(2);
    let remote = Remote::in_process(&pool, &registry());
    drop(remote.queue("numbers").job().id("seven").durable().submit(square, (7,)).unwrap());
    let attached = remote.queue("numbers").attach(square, "seven").unwrap();
    assert_eq!(attached.result(), Ok(49));
}

#[test]
fn futures_of_one_id_that_come_and_go_lose_no_result() {
    let pool = pool(4);
    let queue = Remote::in_process(&pool, &registry()).queue("numbers");
    let submitters: Vec<_> = (0..4u64)
        .map(|who| {
            let queue = queue.clone();
            thread::spawn(move || {
                for n in 0..200u64 {
                    let job = queue.job().id(format!("job-{n}")).submit(square, (n,)).unwrap();
                    // Some are let go at once, while others begin to wait for the same.
                    if (n + who) % 3 == 0 {
                        drop(job);
                    } else {
                        assert_eq!(job.result(), Ok(n * n));
                    }
                }
            })
        })
        .collect();
    for submitter in submitters {
        submitter.join().unwrap();
    }
    let statistics = queue.statistics();
    assert_eq!((statistics.submitted, statistics.duplicates), (200, 600));
}

#[test]
fn a_full_queue_gives_the_arguments_back() {
    let options = QueueOptions { max_jobs: Some(1), ..QueueOptions::default() };
    let queue = without_worker().queue_with("numbers", options);
    let _job = queue.submit(divide, (7, 1)).unwrap();
    let refused = queue.submit(divide, (8, 2)).unwrap_err();
    assert!(matches!(refused.reason(), Refused::Full));
    assert_eq!(refused.into_inner(), (8, 2));
    let late = queue.job().wait_timeout(Duration::from_millis(20)).submit(divide, (8, 2));
    assert!(matches!(late.unwrap_err().reason(), Refused::Full));
    assert_eq!(queue.statistics().refused, 2);
}

#[test]
fn a_submitter_that_waits_gets_in_when_there_is_room() {
    let pool = pool(2);
    let options = QueueOptions { max_jobs: Some(2), ..QueueOptions::default() };
    let queue = Remote::in_process(&pool, &registry()).queue_with("numbers", options);
    let jobs: Vec<_> = (0..20).map(|n| queue.submit_wait(square, (n,)).unwrap()).collect();
    for (n, job) in jobs.into_iter().enumerate() {
        assert_eq!(job.result(), Ok((n * n) as u64));
    }
}

#[test]
fn a_queue_needs_a_name_that_engines_can_use() {
    let refused = without_worker().queue("no spaces").submit(note, ()).unwrap_err();
    assert!(matches!(refused.reason(), Refused::Engine(_)), "{refused}");
}

#[test]
fn cancelling_what_waits_ends_it_at_once() {
    let queue = without_worker().queue("numbers");
    let job = queue.submit(square, (7,)).unwrap();
    assert_eq!(job.cancel().unwrap(), Cancelled::BeforeStart);
    assert_eq!(job.result(), Err(RemoteError::Cancelled));
    assert_eq!(queue.counts().unwrap().waiting, 0);
}

#[test]
fn giving_up_the_wait_leaves_the_job() {
    let queue = without_worker().queue("numbers");
    let mut job = queue.submit(square, (7,)).unwrap();
    let limited = job.result_timeout(Duration::from_millis(1));
    assert!(matches!(limited, Err(WaitError::TimedOut)));
    job.handle().cancel();
    assert_eq!(job.result(), Err(RemoteError::Abandoned));
    assert_eq!(queue.counts().unwrap().waiting, 1);
}

#[test]
fn a_cancelled_waiter_is_interrupted_and_the_job_goes_on() {
    let (near, queue) = (pool(1), without_worker().queue("numbers"));
    let theirs = queue.clone();
    let waiter = near.submit(move || theirs.submit(sleep_for, (1,)).unwrap().result()).unwrap();
    eventually(|| queue.counts().unwrap().waiting == 1);
    waiter.cancel();
    assert_eq!(waiter.result().unwrap(), Err(RemoteError::Interrupted));
    assert_eq!(queue.counts().unwrap().waiting, 1);
}
