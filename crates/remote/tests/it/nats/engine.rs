//! One handle or two on one server.

use std::time::Duration;

use greenstd::{thread, time};
use remote::engine::{
    Again, Answer, Cancelled, Counts, Engine, EngineError, JobId, LeaseState, Outcome,
    QueueOptions, Submitted, Tally,
};
use testkit::NatsServer;

use super::{LEASE, LONG, connect, job, next, open, options, submit, value};

const NOW: Duration = Duration::ZERO;

#[test]
fn job_goes_to_a_worker_and_its_result_to_the_submitter() {
    let Some(server) = NatsServer::start() else { return };
    let (here, there) = (connect(&server), connect(&server));
    let (submitter, worker) = (open(&here), open(&there));
    let mut envelope = job("a b.c>\n*ä");
    envelope.headers.insert("trace".into(), "00-1".into());
    submitter.watch(&envelope.id);
    submit(&*submitter, &envelope);
    let delivery = next(&*worker);
    assert_eq!(delivery.envelope, envelope);
    assert_eq!((delivery.tally, delivery.attempt()), (Tally::default(), 1));
    assert_eq!(worker.counts().unwrap(), Counts { waiting: 0, leased: 1, dead: 0 });
    assert_eq!(worker.complete(&delivery.lease, &value("42")).unwrap(), Answer::Stored);
    let results = submitter.results(10, LONG).unwrap();
    assert_eq!(results, [(envelope.id.clone(), value("42"))]);
    assert_eq!(submitter.result(&envelope.id).unwrap(), Some(value("42")));
    assert_eq!(submitter.results(10, NOW).unwrap(), []);
    assert!(worker.fetch(1, NOW).unwrap().is_empty());
}

#[test]
fn result_that_was_there_before_or_is_of_another_submitter_is_found() {
    let Some(server) = NatsServer::start() else { return };
    let engine = connect(&server);
    let (first, second) = (open(&engine), open(&engine));
    submit(&*first, &job("a"));
    let delivery = next(&*first);
    second.watch(&JobId::from("b"));
    first.complete(&delivery.lease, &value("1")).unwrap().is_stored().then_some(()).unwrap();
    second.watch(&JobId::from("a"));
    assert_eq!(second.results(10, LONG).unwrap(), [(JobId::from("a"), value("1"))]);
    let mut durable = job("b");
    durable.durable = true;
    submit(&*first, &durable);
    let delivery = next(&*first);
    assert!(first.complete(&delivery.lease, &value("2")).unwrap().is_stored());
    assert_eq!(second.results(10, LONG).unwrap(), [(JobId::from("b"), value("2"))]);
}

#[test]
fn id_is_accepted_once_and_a_full_queue_refuses() {
    let Some(server) = NatsServer::start() else { return };
    let engine = connect(&server);
    let queue = engine.open("q", &QueueOptions { max_jobs: Some(2), ..options() }).unwrap();
    submit(&*queue, &job("a"));
    assert_eq!(queue.submit(&job("a")).unwrap(), Submitted::Duplicate);
    submit(&*queue, &job("b"));
    assert_eq!(queue.submit(&job("c")).unwrap(), Submitted::Full);
    assert_eq!(queue.submit(&job("a")).unwrap(), Submitted::Duplicate);
    let delivery = next(&*queue);
    assert!(queue.complete(&delivery.lease, &value("")).unwrap().is_stored());
    while queue.submit(&job("c")).unwrap() == Submitted::Full {
        thread::yield_now();
    }
    assert_eq!(queue.submit(&job("a")).unwrap(), Submitted::Duplicate);
    let again = engine.open("q", &QueueOptions::default()).unwrap();
    assert_eq!(again.options(), queue.options());
    assert_eq!(again.options().max_jobs, Some(2));
}

#[test]
fn failed_job_comes_again_after_its_pause_and_is_counted() {
    let Some(server) = NatsServer::start() else { return };
    let queue = open(&connect(&server));
    submit(&*queue, &job("a"));
    let first = next(&*queue);
    let why = Again::Failed("no".into());
    let start = time::now();
    assert_eq!(queue.again(&first.lease, LEASE / 2, &why).unwrap(), Answer::Stored);
    assert_eq!(queue.again(&first.lease, LEASE / 2, &why).unwrap(), Answer::Stored, "repeated");
    assert_eq!(queue.complete(&first.lease, &value("")).unwrap(), Answer::Fenced);
    let second = next(&*queue);
    assert!(time::now() - start >= LEASE / 2);
    assert_eq!(second.tally, Tally { failures: 1, deaths: 0, unknown: 0 });
    assert!(second.lease.delivery() > first.lease.delivery());
    assert!(queue.again(&second.lease, NOW, &Again::Unknown).unwrap().is_stored());
    let third = next(&*queue);
    assert_eq!(third.tally, Tally { failures: 1, deaths: 0, unknown: 1 });
    assert!(queue.again(&third.lease, NOW, &Again::GivenBack).unwrap().is_stored());
    let fourth = next(&*queue);
    assert_eq!(fourth.tally, third.tally);
    assert_eq!(queue.again(&third.lease, NOW, &Again::GivenBack).unwrap(), Answer::Fenced);
    assert!(queue.complete(&fourth.lease, &value("")).unwrap().is_stored());
}

#[test]
fn lease_that_runs_out_is_a_death_and_its_late_answers_are_fenced() {
    let Some(server) = NatsServer::start() else { return };
    let queue = open(&connect(&server));
    submit(&*queue, &job("a"));
    let (first, second) = (next(&*queue), next(&*queue));
    assert_eq!(second.tally, Tally { deaths: 1, ..Tally::default() });
    assert_eq!(queue.extend(std::slice::from_ref(&first.lease)).unwrap(), [LeaseState::Lost]);
    assert_eq!(queue.complete(&first.lease, &value("late")).unwrap(), Answer::Fenced);
    assert_eq!(queue.again(&first.lease, NOW, &Again::Unknown).unwrap(), Answer::Fenced);
    assert_eq!(queue.bury(&first, &Outcome::UnknownFunction).unwrap(), Answer::Fenced);
    assert!(queue.dead(10).unwrap().is_empty());
    assert_eq!(queue.complete(&second.lease, &value("2")).unwrap(), Answer::Stored);
    assert_eq!(queue.complete(&second.lease, &value("2")).unwrap(), Answer::Stored, "repeated");
    assert_eq!(queue.complete(&first.lease, &value("later")).unwrap(), Answer::Fenced);
    assert_eq!(queue.result(&JobId::from("a")).unwrap(), Some(value("2")));
}

#[test]
fn put_back_job_is_cancelled_before_its_next_start() {
    let Some(server) = NatsServer::start() else { return };
    let queue = open(&connect(&server));
    submit(&*queue, &job("a"));
    let delivery = next(&*queue);
    assert!(queue.again(&delivery.lease, LEASE / 2, &Again::Unknown).unwrap().is_stored());
    assert_eq!(queue.cancel(&JobId::from("a")).unwrap(), Cancelled::BeforeStart);
    assert!(queue.fetch(1, LEASE).unwrap().is_empty());
    assert_eq!(queue.result(&JobId::from("a")).unwrap(), Some(Outcome::Cancelled));
}

#[test]
fn stopped_handle_ends_its_waits_and_answers_all_else() {
    let Some(server) = NatsServer::start() else { return };
    let engine = connect(&server);
    let (queue, other) = (open(&engine), open(&engine));
    let (fetching, watching) = (queue.clone(), queue.clone());
    let fetch = thread::spawn(move || fetching.fetch(5, LONG));
    let results = thread::spawn(move || watching.results(5, LONG));
    thread::sleep(Duration::from_millis(50));
    queue.stop_waiting();
    assert!(matches!(fetch.join().unwrap(), Err(EngineError::Closed)));
    assert!(matches!(results.join().unwrap(), Err(EngineError::Closed)));
    assert!(matches!(queue.fetch(1, NOW), Err(EngineError::Closed)));
    submit(&*queue, &job("a"));
    let delivery = next(&*other);
    assert_eq!(delivery.tally, Tally::default(), "the ended fetch has not taken it");
    assert!(queue.complete(&delivery.lease, &value("")).unwrap().is_stored());
}

#[test]
fn green_threads_submit_and_fetch_while_others_of_their_carrier_run() {
    let Some(server) = NatsServer::start() else { return };
    let queue = open(&connect(&server));
    let pool = executor::GreenThreadPoolExecutor::builder().max_workers(50).carriers(1);
    let pool = pool.build().unwrap();
    let submits: Vec<_> = (0..40)
        .map(|number| {
            let queue = queue.clone();
            pool.submit(move || queue.submit(&job(&number.to_string())).unwrap()).unwrap()
        })
        .collect();
    for submitted in submits {
        assert_eq!(submitted.result().unwrap(), Submitted::Accepted);
    }
    let work: Vec<_> = (0..4)
        .map(|_| {
            let queue = queue.clone();
            pool.submit(move || {
                let mut done = 0;
                while let Some(delivery) = queue.fetch(1, NOW).unwrap().pop() {
                    assert!(queue.complete(&delivery.lease, &value("")).unwrap().is_stored());
                    done += 1;
                }
                done
            })
            .unwrap()
        })
        .collect();
    assert_eq!(work.into_iter().map(|done| done.result().unwrap()).sum::<i32>(), 40);
}
