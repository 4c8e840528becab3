//! Queues on a real server of PostgreSQL. Where none is installed, these tests are skipped with a word.

use std::time::Duration;

use executor::io::unblock;
use greenstd::sync::Arc;
use greenstd::thread;
use postgres::{Client, NoTls};
use remote::engine::{
    Answer, Counts, Delivery, Engine, EngineError, EngineQueue, Envelope, JobId, Outcome,
    PostgresEngine, QueueOptions, Submitted,
};
use remote::{Remote, Worker};
use testkit::PostgresServer;

use crate::support::{eventually, pool, registry, serve, square};

/// Far beyond what anything here takes.
const LONG: Duration = Duration::from_secs(20);
const NOW: Duration = Duration::ZERO;

fn connect(server: &PostgresServer) -> PostgresEngine {
    PostgresEngine::connect(server.address()).unwrap()
}

fn open(engine: &PostgresEngine) -> Arc<dyn EngineQueue> {
    engine.open("q", &QueueOptions::default()).unwrap()
}

fn job(id: &str) -> Envelope {
    Envelope::new(JobId::from(id), "f", b"[1]".to_vec())
}

/// Repeated while the server is away, as all callers of an engine do.
fn again_and_again<T>(call: impl Fn() -> Result<T, EngineError>) -> T {
    loop {
        match call() {
            Err(error) if error.may_be_repeated() => thread::yield_now(),
            answer => return answer.unwrap(),
        }
    }
}

fn next(queue: &dyn EngineQueue) -> Delivery {
    loop {
        if let Some(delivery) = again_and_again(|| queue.fetch(1, LONG)).pop() {
            return delivery;
        }
    }
}

fn value(text: &str) -> Outcome {
    Outcome::Succeeded(text.as_bytes().to_vec())
}

#[test]
fn job_of_a_users_transaction_is_there_exactly_if_that_commits() {
    let Some(server) = PostgresServer::start() else { return };
    let queue = open(&connect(&server));
    let mut client = Client::connect(server.address(), NoTls).unwrap();
    client.batch_execute("create table orders (number int)").unwrap();
    for commits in [false, true] {
        let mut transaction = client.transaction().unwrap();
        transaction.execute("insert into orders values (17)", &[]).unwrap();
        let submitted = PostgresEngine::submit_in(&mut transaction, "q", &job("order-17"));
        assert_eq!(submitted.unwrap(), Submitted::Accepted);
        assert_eq!(queue.fetch(1, NOW).unwrap(), [], "nobody else sees it yet");
        if commits {
            transaction.commit().unwrap();
        } else {
            transaction.rollback().unwrap();
            assert_eq!(queue.fetch(1, NOW).unwrap(), []);
            assert_eq!(queue.counts().unwrap(), Counts::default());
        }
    }
    assert_eq!(next(&*queue).envelope, job("order-17"));
    let orders = client.query_one("select count(*) from orders", &[]).unwrap();
    assert_eq!(orders.get::<_, i64>(0), 1);
    assert_eq!(queue.submit(&job("order-17")).unwrap(), Submitted::Duplicate);
}

#[test]
fn full_or_unknown_queue_refuses_within_a_transaction_and_the_rest_of_it_stays() {
    let Some(server) = PostgresServer::start() else { return };
    let engine = connect(&server);
    let options = QueueOptions { max_jobs: Some(1), ..QueueOptions::default() };
    let queue = engine.open("q", &options).unwrap();
    let mut client = Client::connect(server.address(), NoTls).unwrap();
    let mut transaction = client.transaction().unwrap();
    let mut submit = |queue, id| PostgresEngine::submit_in(&mut transaction, queue, &job(id));
    assert!(matches!(submit("r", "a"), Err(EngineError::Refused(_))));
    assert_eq!(submit("q", "a").unwrap(), Submitted::Accepted);
    assert_eq!(submit("q", "b").unwrap(), Submitted::Full);
    assert_eq!(submit("q", "a").unwrap(), Submitted::Duplicate);
    transaction.commit().unwrap();
    assert_eq!(queue.counts().unwrap(), Counts { waiting: 1, leased: 0, dead: 0 });
}

#[test]
fn result_of_a_job_within_a_transaction_comes_to_its_future() {
    let Some(server) = PostgresServer::start() else { return };
    let pool = pool(4);
    let queue = Remote::new(connect(&server)).queue("numbers");
    let worker = serve(Worker::new(&pool, &queue), &registry());
    // So the queue is there.
    assert_eq!(queue.submit(square, (3,)).unwrap().result().unwrap(), 9);
    let (envelope, address) =
        (queue.job().id("seven").write(square, (7,)).unwrap(), server.address().to_owned());
    let submit = move || {
        let mut client = Client::connect(&address, NoTls).unwrap();
        let mut transaction = client.transaction().unwrap();
        let submitted = PostgresEngine::submit_in(&mut transaction, "numbers", &envelope).unwrap();
        transaction.commit().unwrap();
        submitted
    };
    let submitted = pool.submit(move || unblock(submit).map_err(|error| error.to_string()));
    assert_eq!(submitted.unwrap().result().unwrap().unwrap(), Submitted::Accepted);
    assert_eq!(queue.attach(square, "seven").unwrap().result().unwrap(), 49);
    worker.drain();
}

#[test]
fn jobs_and_results_outlive_the_server_and_everybody_connects_anew() {
    let Some(mut server) = PostgresServer::start() else { return };
    let engine = connect(&server);
    let (submitter, worker) = (open(&engine), open(&engine));
    for id in ["a", "b"] {
        submitter.watch(&JobId::from(id));
        assert_eq!(submitter.submit(&job(id)).unwrap(), Submitted::Accepted);
    }
    let first = next(&*worker);
    let waiting = submitter.clone();
    let waiting = thread::spawn(move || {
        let mut results = Vec::new();
        while results.len() < 2 {
            results.extend(again_and_again(|| waiting.results(10, LONG)));
        }
        results.sort_by_key(|(id, _)| id.to_string());
        results
    });
    server.kill();
    assert!(matches!(worker.counts(), Err(EngineError::Unreachable(_))));
    server.start_again();
    let answer = again_and_again(|| worker.complete(&first.lease, &value("1")));
    assert_eq!(answer, Answer::Stored, "its lease goes on");
    let second = next(&*worker);
    assert_eq!((first.envelope.id.as_str(), second.envelope.id.as_str()), ("a", "b"));
    let answer = again_and_again(|| worker.complete(&second.lease, &value("2")));
    assert_eq!(answer, Answer::Stored);
    let expected = [(JobId::from("a"), value("1")), (JobId::from("b"), value("2"))];
    assert_eq!(waiting.join().unwrap(), expected);
}

#[test]
fn notices_that_are_lost_delay_a_result_and_do_not_lose_it() {
    let Some(server) = PostgresServer::start() else { return };
    let (here, there) = (connect(&server), connect(&server));
    let (submitter, worker) = (open(&here), open(&there));
    submitter.watch(&JobId::from("a"));
    assert_eq!(submitter.submit(&job("a")).unwrap(), Submitted::Accepted);
    let delivery = next(&*worker);
    let mut client = Client::connect(server.address(), NoTls).unwrap();
    // Whoever listens is cut off, and hears nothing of the end.
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'";
    assert!(!client.query(cut, &[]).unwrap().is_empty());
    assert_eq!(worker.complete(&delivery.lease, &value("1")).unwrap(), Answer::Stored);
    assert_eq!(submitter.results(10, LONG).unwrap(), [(JobId::from("a"), value("1"))]);
}

#[test]
fn many_handles_take_each_job_once() {
    let Some(server) = PostgresServer::start() else { return };
    let engines = [connect(&server), connect(&server)];
    let queue = open(&engines[0]);
    for number in 0..200 {
        assert_eq!(queue.submit(&job(&number.to_string())).unwrap(), Submitted::Accepted);
    }
    let fetching: Vec<_> = (0..6)
        .map(|number| {
            let queue = open(&engines[number % 2]);
            thread::spawn(move || {
                let mut ids = Vec::new();
                loop {
                    let taken = queue.fetch(7, NOW).unwrap();
                    if taken.is_empty() {
                        return ids;
                    }
                    ids.extend(taken.into_iter().map(|delivery| delivery.envelope.id));
                }
            })
        })
        .collect();
    let mut taken: Vec<_> = fetching.into_iter().flat_map(|ids| ids.join().unwrap()).collect();
    taken.extend(queue.fetch(200, NOW).unwrap().into_iter().map(|delivery| delivery.envelope.id));
    let all = taken.len();
    taken.sort();
    taken.dedup();
    assert_eq!((all, taken.len()), (200, 200));
}

#[test]
fn cancelled_fetch_takes_no_job_away() {
    let Some(server) = PostgresServer::start() else { return };
    let queue = open(&connect(&server));
    let pool = pool(2);
    for number in 0..20 {
        let fetching = queue.clone();
        let fetching = pool.submit(move || fetching.fetch(1, LONG)).unwrap();
        assert_eq!(queue.submit(&job(&number.to_string())).unwrap(), Submitted::Accepted);
        fetching.cancel();
        let given = fetching.result().ok().and_then(Result::ok).and_then(|mut taken| taken.pop());
        let delivery = given.unwrap_or_else(|| next(&*queue));
        assert_eq!((delivery.attempt(), delivery.envelope), (1, job(&number.to_string())));
        assert_eq!(queue.complete(&delivery.lease, &value("")).unwrap(), Answer::Stored);
    }
}

#[test]
fn what_need_not_be_remembered_is_forgotten_and_its_id_is_free_again() {
    let Some(server) = PostgresServer::start() else { return };
    let engine = connect(&server);
    let brief = Duration::from_millis(1);
    let options = QueueOptions { dedup: brief, keep_results: brief, ..QueueOptions::default() };
    let queue = engine.open("q", &options).unwrap();
    assert_eq!(queue.submit(&job("a")).unwrap(), Submitted::Accepted);
    let former = next(&*queue);
    assert_eq!(queue.complete(&former.lease, &value("1")).unwrap(), Answer::Stored);
    eventually(|| queue.result(&JobId::from("a")).unwrap().is_none());
    assert_eq!(queue.submit(&job("a")).unwrap(), Submitted::Accepted);
    let delivery = next(&*queue);
    assert!(delivery.lease.delivery() > former.lease.delivery());
    assert_eq!(queue.complete(&former.lease, &value("1")).unwrap(), Answer::Fenced);
    assert_eq!(queue.complete(&delivery.lease, &value("2")).unwrap(), Answer::Stored);
    eventually(|| queue.result(&JobId::from("a")).unwrap().is_none());
    // A handle's first fetch sweeps.
    assert_eq!(engine.open("q", &options).unwrap().fetch(1, NOW).unwrap(), []);
    let mut client = Client::connect(server.address(), NoTls).unwrap();
    assert!(client.query("select 1 from greenpool.jobs", &[]).unwrap().is_empty());
}

#[test]
fn first_that_opens_a_queue_decides_though_many_open_it_at_once() {
    let Some(server) = PostgresServer::start() else { return };
    let opening: Vec<_> = (1..=8)
        .map(|max| {
            let engine = connect(&server);
            let options = QueueOptions { max_jobs: Some(max), ..QueueOptions::default() };
            thread::spawn(move || engine.open("q", &options).unwrap().options().clone())
        })
        .collect();
    let mut kept: Vec<_> = opening.into_iter().map(|opened| opened.join().unwrap()).collect();
    kept.dedup();
    assert_eq!(kept.len(), 1);
    let max_jobs = kept[0].max_jobs;
    assert_eq!(kept[0], QueueOptions { max_jobs, ..QueueOptions::default() });
    assert!(matches!(connect(&server).open("a b", &kept[0]), Err(EngineError::Refused(_))));
}
