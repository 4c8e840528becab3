//! The server goes, or the network.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use remote::engine::{
    Answer, Delivery, Engine, EngineError, EngineQueue, JobId, LeaseState, NatsEngine, Submitted,
};
use testkit::{NatsServer, Network, Proxy};

use super::{LONG, PAUSE, connect, job, next, open, options, submit, value};

/// Longer than it takes to see that nothing comes any more.
const OUTAGE: Duration = Duration::from_secs(2);

/// The same call until it can be answered.
fn until_answered<T>(mut call: impl FnMut() -> Result<T, EngineError>) -> T {
    loop {
        match call() {
            Err(error) if error.may_be_repeated() => thread::sleep(PAUSE),
            answer => return answer.unwrap(),
        }
    }
}

fn next_after_all(queue: &dyn EngineQueue) -> Delivery {
    loop {
        if let Some(delivery) = until_answered(|| queue.fetch(1, LONG / 20)).pop() {
            return delivery;
        }
    }
}

#[test]
fn stored_jobs_and_records_outlive_the_process_of_the_server() {
    let Some(mut server) = NatsServer::start() else { return };
    let queue = open(&connect(&server));
    let mut done = job("done");
    done.durable = true;
    submit(&*queue, &done);
    let delivery = next(&*queue);
    assert!(queue.complete(&delivery.lease, &value("1")).unwrap().is_stored());
    submit(&*queue, &job("waits"));
    server.kill();
    assert!(matches!(queue.counts(), Err(EngineError::Unreachable(_))));
    server.start_again();
    assert_eq!(until_answered(|| queue.submit(&job("waits"))), Submitted::Duplicate);
    assert_eq!(until_answered(|| queue.result(&JobId::from("done"))), Some(value("1")));
    let delivery = next_after_all(&*queue);
    assert_eq!(delivery.envelope.id.as_str(), "waits");
    let answer = until_answered(|| queue.complete(&delivery.lease, &value("2")));
    assert_eq!(answer, Answer::Stored);
}

#[test]
fn result_that_was_stored_while_the_submitter_was_cut_off_is_found_when_it_is_back() {
    let Some(server) = NatsServer::start() else { return };
    let proxy = Proxy::start(server.address());
    let far = NatsEngine::connect(&format!("nats://{}", proxy.address())).unwrap();
    let (submitter, worker) = (open(&far), open(&connect(&server)));
    for network in [Network::Cut, Network::Swallows] {
        let id = format!("{network:?}");
        submitter.watch(&JobId::from(id.as_str()));
        submit(&*submitter, &job(&id));
        proxy.set(network);
        let delivery = next(&*worker);
        assert!(worker.complete(&delivery.lease, &value("1")).unwrap().is_stored());
        thread::sleep(OUTAGE);
        proxy.set(Network::FINE);
        let result = submitter.results(1, LONG).unwrap().pop();
        assert_eq!(result, Some((JobId::from(id), value("1"))));
    }
}

#[test]
fn worker_that_was_cut_off_longer_than_its_lease_is_told_so() {
    let Some(server) = NatsServer::start() else { return };
    let proxy = Proxy::start(server.address());
    let far = NatsEngine::connect(&format!("nats://{}", proxy.address())).unwrap();
    let (cut_off, other) = (open(&far), open(&connect(&server)));
    submit(&*other, &job("a"));
    let first = next(&*cut_off);
    proxy.set(Network::Cut);
    let second = next(&*other);
    assert_eq!(second.tally.deaths, 1);
    proxy.set(Network::FINE);
    let lease = std::slice::from_ref(&first.lease);
    assert_eq!(until_answered(|| cut_off.extend(lease)), [LeaseState::Lost]);
    let late = until_answered(|| cut_off.complete(&first.lease, &value("late")));
    assert_eq!(late, Answer::Fenced);
    assert_eq!(other.complete(&second.lease, &value("2")).unwrap(), Answer::Stored);
}

/// Jobs go through while the network does what it does, and each has one result.
#[test]
fn delays_cuts_and_half_open_connections_lose_no_job() {
    const JOBS: usize = 300;
    let Some(server) = NatsServer::start() else { return };
    let proxy = Proxy::start(server.address());
    let engine = NatsEngine::connect(&format!("nats://{}", proxy.address())).unwrap();
    let (submitter, worker) = (engine.open("q", &options()).unwrap(), open(&engine));
    let working = worker.clone();
    let works = thread::spawn(move || {
        loop {
            match working.fetch(20, Duration::from_millis(200)) {
                Err(EngineError::Closed) => return,
                Err(error) if error.may_be_repeated() => thread::sleep(Duration::from_millis(10)),
                fetched => fetched.unwrap().iter().for_each(|delivery| work(&working, delivery)),
            }
        }
    });
    let submitting = submitter.clone();
    let submits = thread::spawn(move || {
        for number in 0..JOBS {
            let envelope = job(&number.to_string());
            submitting.watch(&envelope.id);
            let _accepted_or_duplicate = until_answered(|| submitting.submit(&envelope));
            thread::sleep(Duration::from_millis(10));
        }
    });
    let faults = [
        Network::Delays(Duration::from_millis(5)),
        Network::Cut,
        Network::Delays(Duration::from_millis(20)),
        Network::Swallows,
        Network::Cut,
    ];
    for network in faults {
        proxy.set(network);
        thread::sleep(OUTAGE / 2);
        proxy.set(Network::FINE);
        thread::sleep(OUTAGE / 8);
    }
    let mut results = Vec::new();
    while results.len() < JOBS {
        let more = submitter.results(JOBS, LONG).unwrap();
        assert!(!more.is_empty(), "{} of {JOBS} have come", results.len());
        results.extend(more);
    }
    submits.join().unwrap();
    worker.stop_waiting();
    works.join().unwrap();
    results.sort_by_key(|(id, _)| id.as_str().parse::<usize>().unwrap());
    for (number, (id, outcome)) in results.iter().enumerate() {
        assert_eq!((id.as_str(), outcome), (&*number.to_string(), &value(id.as_str())));
    }
}

fn work(queue: &Arc<dyn EngineQueue>, delivery: &Delivery) {
    let id = delivery.envelope.id.as_str();
    // An answer that another delivery has given first is as good.
    let _stored_or_fenced = until_answered(|| queue.complete(&delivery.lease, &value(id)));
}
