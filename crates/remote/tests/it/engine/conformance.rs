//! What every engine must do: one function for each promise of the module `engine`.
//!
//! An engine passes with `conformance::all!(subject())`, where the expression gives a new [`Subject`] with an empty queue,
//! or `None` where the engine is not to be had.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::thread;
use remote::engine::{
    Again, Answer, Cancelled, Counts, Delivery, EngineError, EngineQueue, Envelope, JobId,
    LeaseState, Outcome, QueueOptions, Submitted,
};

/// An engine under test, with one queue.
pub(crate) trait Subject {
    /// Another handle to the queue.
    fn open(&self, options: &QueueOptions) -> Arc<dyn EngineQueue>;

    /// Lets at least that much time pass.
    fn pass(&self, time: Duration);

    /// How long a lease should be in these tests.
    fn lease(&self) -> Duration;
}

/// A test for each promise.
macro_rules! all {
    ($subject:expr) => {
        $crate::engine::conformance::all! { $subject;
            a_job_is_delivered_as_it_was_submitted,
            an_id_is_accepted_once,
            a_full_queue_refuses_and_takes_again_when_a_job_has_ended,
            a_leased_job_is_delivered_to_nobody_else,
            a_lease_that_runs_out_counts_as_a_death,
            an_extended_lease_does_not_run_out,
            a_job_is_not_delivered_after_its_end,
            the_first_result_is_the_only_one,
            a_late_result_is_fenced,
            an_answer_may_be_repeated,
            a_failure_is_counted_and_waits_for_its_pause,
            what_is_given_back_is_not_counted,
            an_unknown_function_is_counted_apart,
            a_delayed_job_is_not_delivered_early,
            an_expired_job_is_not_delivered,
            a_watcher_gets_the_result_once,
            a_watcher_of_what_has_ended_gets_the_result,
            a_handle_gets_only_what_it_watches,
            a_waiting_job_is_cancelled_at_once,
            a_leased_job_is_asked_to_stop,
            a_cancelled_job_that_is_put_back_ends,
            a_buried_job_is_a_dead_letter_with_its_result,
            a_dead_letter_is_tried_again,
            a_dead_letter_is_dropped,
            waits_can_be_ended,
            the_counts_add_up,
            a_wait_for_jobs_ends_when_one_comes,
            all_calls_fit_a_small_stack,
        }
    };
    ($subject:expr; $($name:ident,)*) => {
        mod promises {
            $(
                #[test]
                fn $name() {
                    match $subject {
                        Some(subject) => $crate::engine::conformance::$name(&subject),
                        None => eprintln!("skipped: the engine is not to be had here"),
                    }
                }
            )*
        }
    };
}
pub(crate) use all;

/// Long enough for an answer, wherever the engine is.
const SOON: Duration = Duration::from_secs(20);
/// For what should not come.
const AT_ONCE: Duration = Duration::from_millis(100);

fn open(subject: &dyn Subject) -> Arc<dyn EngineQueue> {
    subject.open(&options(subject))
}

fn options(subject: &dyn Subject) -> QueueOptions {
    QueueOptions { lease: subject.lease(), ..QueueOptions::default() }
}

fn envelope(id: &str) -> Envelope {
    Envelope::new(JobId::from(id), "bill.v2", b"[17]".to_vec())
}

fn submit(queue: &Arc<dyn EngineQueue>, envelope: &Envelope) {
    assert_eq!(queue.submit(envelope).unwrap(), Submitted::Accepted);
}

/// The next job. With a clock that stands still no wait would end, so nothing but what is there is asked for then.
fn fetch(subject: &dyn Subject, queue: &Arc<dyn EngineQueue>) -> Delivery {
    for _ in 0..SOON.as_millis() / AT_ONCE.as_millis() {
        let mut deliveries = queue.fetch(1, Duration::ZERO).unwrap();
        match deliveries.pop() {
            Some(delivery) => return delivery,
            None => subject.pass(AT_ONCE),
        }
    }
    panic!("no job has come");
}

fn assert_nothing(subject: &dyn Subject, queue: &Arc<dyn EngineQueue>) {
    for _ in 0..3 {
        assert_eq!(queue.fetch(1, Duration::ZERO).unwrap(), []);
        subject.pass(AT_ONCE);
    }
}

/// The result of a job that has ended. It may take a moment to be there.
fn result(subject: &dyn Subject, queue: &Arc<dyn EngineQueue>, id: &str) -> Outcome {
    for _ in 0..SOON.as_millis() / AT_ONCE.as_millis() {
        match queue.result(&JobId::from(id)).unwrap() {
            Some(outcome) => return outcome,
            None => subject.pass(AT_ONCE),
        }
    }
    panic!("no result has come");
}

fn results(subject: &dyn Subject, queue: &Arc<dyn EngineQueue>) -> Vec<(JobId, Outcome)> {
    for _ in 0..SOON.as_millis() / AT_ONCE.as_millis() {
        let results = queue.results(10, Duration::ZERO).unwrap();
        if !results.is_empty() {
            return results;
        }
        subject.pass(AT_ONCE);
    }
    panic!("no result has come");
}

fn success(value: &str) -> Outcome {
    Outcome::Succeeded(value.as_bytes().to_vec())
}

pub(crate) fn a_job_is_delivered_as_it_was_submitted(subject: &dyn Subject) {
    let queue = open(subject);
    let mut sent = envelope("order-17");
    sent.payload = vec![0, 255, b'\n', b'"'];
    sent.headers.insert("traceparent".into(), "00-1-2-01".into());
    sent.retry.limit = 3;
    sent.durable = true;
    submit(&queue, &sent);
    let delivery = fetch(subject, &queue);
    assert_eq!(delivery.envelope, sent);
    assert_eq!(delivery.lease.id(), &sent.id);
    assert_eq!(delivery.attempt(), 1);
}

pub(crate) fn an_id_is_accepted_once(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("order-17"));
    assert_eq!(queue.submit(&envelope("order-17")).unwrap(), Submitted::Duplicate);
    let delivery = fetch(subject, &queue);
    assert_eq!(queue.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
    assert_eq!(queue.submit(&envelope("order-17")).unwrap(), Submitted::Duplicate);
    assert_nothing(subject, &queue);
}

pub(crate) fn a_full_queue_refuses_and_takes_again_when_a_job_has_ended(subject: &dyn Subject) {
    let queue = subject.open(&QueueOptions { max_jobs: Some(2), ..options(subject) });
    submit(&queue, &envelope("a"));
    submit(&queue, &envelope("b"));
    assert_eq!(queue.submit(&envelope("c")).unwrap(), Submitted::Full);
    let delivery = fetch(subject, &queue);
    assert_eq!(queue.submit(&envelope("c")).unwrap(), Submitted::Full, "it has not ended");
    assert_eq!(queue.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
    for _ in 0..SOON.as_millis() / AT_ONCE.as_millis() {
        match queue.submit(&envelope("c")).unwrap() {
            Submitted::Full => subject.pass(AT_ONCE),
            answer => return assert_eq!(answer, Submitted::Accepted),
        }
    }
    panic!("there is no room though a job has ended");
}

pub(crate) fn a_leased_job_is_delivered_to_nobody_else(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let _delivery = fetch(subject, &queue);
    assert_nothing(subject, &queue);
    assert_nothing(subject, &open(subject));
}

pub(crate) fn a_lease_that_runs_out_counts_as_a_death(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let first = fetch(subject, &queue);
    subject.pass(subject.lease());
    let second = fetch(subject, &queue);
    assert_eq!(second.envelope, first.envelope);
    assert_eq!((second.tally.deaths, second.tally.failures, second.attempt()), (1, 0, 2));
    assert!(second.lease.delivery() > first.lease.delivery());
    assert_eq!(queue.extend(&[first.lease, second.lease]).unwrap()[1], LeaseState::Extended);
}

pub(crate) fn an_extended_lease_does_not_run_out(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let delivery = fetch(subject, &queue);
    for _ in 0..6 {
        subject.pass(subject.lease() / 3);
        let states = queue.extend(std::slice::from_ref(&delivery.lease)).unwrap();
        assert_eq!(states, [LeaseState::Extended]);
        assert_eq!(queue.fetch(1, Duration::ZERO).unwrap(), []);
    }
    assert_eq!(queue.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
}

pub(crate) fn a_job_is_not_delivered_after_its_end(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let delivery = fetch(subject, &queue);
    assert_eq!(queue.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
    subject.pass(subject.lease());
    assert_nothing(subject, &queue);
    assert_eq!(result(subject, &queue, "a"), success("1"));
}

pub(crate) fn the_first_result_is_the_only_one(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let first = fetch(subject, &queue);
    subject.pass(subject.lease());
    let second = fetch(subject, &queue);
    let answers = [
        queue.complete(&first.lease, &success("first")).unwrap(),
        queue.complete(&second.lease, &success("second")).unwrap(),
    ];
    let stored = answers.iter().filter(|answer| answer.is_stored()).count();
    assert_eq!(stored, 1, "{answers:?}");
    let expected = if answers[0].is_stored() { "first" } else { "second" };
    assert_eq!(result(subject, &queue, "a"), success(expected));
}

pub(crate) fn a_late_result_is_fenced(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let first = fetch(subject, &queue);
    subject.pass(subject.lease());
    let second = fetch(subject, &queue);
    assert_eq!(queue.complete(&second.lease, &success("second")).unwrap(), Answer::Stored);
    assert_eq!(queue.complete(&first.lease, &success("first")).unwrap(), Answer::Fenced);
    assert_eq!(queue.bury(&first, &Outcome::Panicked("late".into())).unwrap(), Answer::Fenced);
    assert_eq!(result(subject, &queue, "a"), success("second"));
    assert_eq!(queue.dead(10).unwrap(), []);
}

pub(crate) fn an_answer_may_be_repeated(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let first = fetch(subject, &queue);
    let why = Again::Failed("no".into());
    for _ in 0..2 {
        assert_eq!(queue.again(&first.lease, Duration::ZERO, &why).unwrap(), Answer::Stored);
    }
    let second = fetch(subject, &queue);
    assert_eq!(second.tally.failures, 1);
    for _ in 0..2 {
        assert_eq!(queue.complete(&second.lease, &success("1")).unwrap(), Answer::Stored);
    }
    submit(&queue, &envelope("b"));
    let delivery = fetch(subject, &queue);
    for _ in 0..2 {
        let buried = queue.bury(&delivery, &Outcome::Panicked("no".into())).unwrap();
        assert_eq!(buried, Answer::Stored);
    }
    assert_eq!(queue.dead(10).unwrap().len(), 1);
}

pub(crate) fn a_failure_is_counted_and_waits_for_its_pause(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let pause = Duration::from_secs(2);
    let first = fetch(subject, &queue);
    let why = Again::Failed("no".into());
    assert_eq!(queue.again(&first.lease, pause, &why).unwrap(), Answer::Stored);
    assert_nothing(subject, &queue);
    subject.pass(pause);
    let second = fetch(subject, &queue);
    assert_eq!((second.tally.failures, second.tally.deaths), (1, 0));
    assert_eq!(second.attempt(), 2);
}

pub(crate) fn what_is_given_back_is_not_counted(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let first = fetch(subject, &queue);
    let answer = queue.again(&first.lease, Duration::ZERO, &Again::GivenBack).unwrap();
    assert_eq!(answer, Answer::Stored);
    let second = fetch(subject, &queue);
    assert_eq!(second.attempt(), 1);
    assert_eq!((second.tally.failures, second.tally.deaths, second.tally.unknown), (0, 0, 0));
}

pub(crate) fn an_unknown_function_is_counted_apart(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let first = fetch(subject, &queue);
    let answer = queue.again(&first.lease, Duration::ZERO, &Again::Unknown).unwrap();
    assert_eq!(answer, Answer::Stored);
    let second = fetch(subject, &queue);
    assert_eq!((second.tally.unknown, second.attempt()), (1, 1));
}

pub(crate) fn a_delayed_job_is_not_delivered_early(subject: &dyn Subject) {
    let queue = open(subject);
    let mut late = envelope("a");
    late.delay = Duration::from_secs(2);
    submit(&queue, &late);
    assert_nothing(subject, &queue);
    subject.pass(late.delay);
    assert_eq!(fetch(subject, &queue).attempt(), 1);
}

pub(crate) fn an_expired_job_is_not_delivered(subject: &dyn Subject) {
    let queue = open(subject);
    let mut brief = envelope("a");
    brief.expires = Some(Duration::from_secs(1));
    queue.watch(&brief.id);
    submit(&queue, &brief);
    subject.pass(Duration::from_secs(1));
    assert_nothing(subject, &queue);
    assert_eq!(results(subject, &queue), [(brief.id.clone(), Outcome::Expired)]);
}

pub(crate) fn a_watcher_gets_the_result_once(subject: &dyn Subject) {
    let queue = open(subject);
    let id = JobId::from("a");
    queue.watch(&id);
    submit(&queue, &envelope("a"));
    let worker = open(subject);
    let delivery = fetch(subject, &worker);
    assert_eq!(queue.results(10, Duration::ZERO).unwrap(), []);
    assert_eq!(worker.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
    assert_eq!(results(subject, &queue), [(id, success("1"))]);
    assert_eq!(queue.results(10, Duration::ZERO).unwrap(), []);
}

pub(crate) fn a_watcher_of_what_has_ended_gets_the_result(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let delivery = fetch(subject, &queue);
    assert_eq!(queue.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
    let other = open(subject);
    assert_eq!(other.submit(&envelope("a")).unwrap(), Submitted::Duplicate);
    other.watch(&JobId::from("a"));
    assert_eq!(results(subject, &other), [(JobId::from("a"), success("1"))]);
}

pub(crate) fn a_handle_gets_only_what_it_watches(subject: &dyn Subject) {
    let (queue, other) = (open(subject), open(subject));
    for id in ["a", "b", "c"] {
        submit(&queue, &envelope(id));
    }
    queue.watch(&JobId::from("a"));
    queue.watch(&JobId::from("c"));
    queue.unwatch(&JobId::from("c"));
    other.watch(&JobId::from("b"));
    for _ in 0..3 {
        let delivery = fetch(subject, &queue);
        let outcome = success(delivery.envelope.id.as_str());
        assert_eq!(queue.complete(&delivery.lease, &outcome).unwrap(), Answer::Stored);
    }
    assert_eq!(results(subject, &queue), [(JobId::from("a"), success("a"))]);
    assert_eq!(results(subject, &other), [(JobId::from("b"), success("b"))]);
    assert_eq!(queue.results(10, Duration::ZERO).unwrap(), []);
}

pub(crate) fn a_waiting_job_is_cancelled_at_once(subject: &dyn Subject) {
    let queue = open(subject);
    let id = JobId::from("a");
    queue.watch(&id);
    submit(&queue, &envelope("a"));
    assert_eq!(queue.cancel(&id).unwrap(), Cancelled::BeforeStart);
    assert_nothing(subject, &queue);
    assert_eq!(results(subject, &queue), [(id.clone(), Outcome::Cancelled)]);
    assert_eq!(queue.cancel(&id).unwrap(), Cancelled::TooLate);
}

pub(crate) fn a_leased_job_is_asked_to_stop(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let delivery = fetch(subject, &queue);
    assert_eq!(queue.cancel(&JobId::from("a")).unwrap(), Cancelled::Asked);
    let states = queue.extend(std::slice::from_ref(&delivery.lease)).unwrap();
    assert_eq!(states, [LeaseState::Cancelled]);
    assert_eq!(queue.complete(&delivery.lease, &Outcome::Cancelled).unwrap(), Answer::Stored);
    assert_eq!(result(subject, &queue, "a"), Outcome::Cancelled);
}

pub(crate) fn a_cancelled_job_that_is_put_back_ends(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let delivery = fetch(subject, &queue);
    assert_eq!(queue.cancel(&JobId::from("a")).unwrap(), Cancelled::Asked);
    let why = Again::Failed("stopped".into());
    let _answer = queue.again(&delivery.lease, Duration::ZERO, &why).unwrap();
    assert_nothing(subject, &queue);
    assert_eq!(result(subject, &queue, "a"), Outcome::Cancelled);
}

pub(crate) fn a_buried_job_is_a_dead_letter_with_its_result(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let delivery = fetch(subject, &queue);
    let outcome = Outcome::Panicked("no such order".into());
    assert_eq!(queue.bury(&delivery, &outcome).unwrap(), Answer::Stored);
    subject.pass(subject.lease());
    assert_nothing(subject, &queue);
    assert_eq!(result(subject, &queue, "a"), outcome);
    let dead = queue.dead(10).unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].envelope, delivery.envelope);
    assert_eq!(dead[0].outcome, outcome);
}

pub(crate) fn a_dead_letter_is_tried_again(subject: &dyn Subject) {
    let queue = open(subject);
    submit(&queue, &envelope("a"));
    let former = fetch(subject, &queue);
    let outcome = Outcome::Panicked("no such order".into());
    assert_eq!(queue.bury(&former, &outcome).unwrap(), Answer::Stored);
    let id = JobId::from("a");
    assert!(queue.retry_dead(&id).unwrap());
    assert_eq!(queue.dead(10).unwrap(), []);
    assert_eq!(queue.result(&id).unwrap(), None);
    let delivery = fetch(subject, &queue);
    assert_eq!((delivery.attempt(), &delivery.envelope), (1, &former.envelope));
    assert_eq!(queue.complete(&delivery.lease, &success("1")).unwrap(), Answer::Stored);
    assert_eq!(result(subject, &queue, "a"), success("1"));
    assert!(!queue.retry_dead(&id).unwrap());
}

pub(crate) fn a_dead_letter_is_dropped(subject: &dyn Subject) {
    let queue = open(subject);
    for id in ["a", "b"] {
        submit(&queue, &envelope(id));
        let delivery = fetch(subject, &queue);
        let outcome = Outcome::Panicked("no".into());
        assert_eq!(queue.bury(&delivery, &outcome).unwrap(), Answer::Stored);
    }
    assert!(queue.drop_dead(&JobId::from("a")).unwrap());
    assert!(!queue.drop_dead(&JobId::from("a")).unwrap());
    let dead = queue.dead(10).unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].envelope.id, JobId::from("b"));
}

pub(crate) fn waits_can_be_ended(subject: &dyn Subject) {
    let queue = open(subject);
    let (fetching, reading) = (queue.clone(), queue.clone());
    let fetching = thread::spawn(move || fetching.fetch(1, Duration::from_secs(600)));
    let reading = thread::spawn(move || reading.results(1, Duration::from_secs(600)));
    queue.stop_waiting();
    assert!(matches!(fetching.join().unwrap(), Err(EngineError::Closed)));
    assert!(matches!(reading.join().unwrap(), Err(EngineError::Closed)));
    assert!(matches!(queue.fetch(1, Duration::ZERO), Err(EngineError::Closed)));
    submit(&queue, &envelope("a"));
    let other = open(subject);
    assert_eq!(fetch(subject, &other).envelope.id, JobId::from("a"));
}

pub(crate) fn the_counts_add_up(subject: &dyn Subject) {
    let queue = open(subject);
    for id in ["a", "b", "c"] {
        submit(&queue, &envelope(id));
    }
    let buried = fetch(subject, &queue);
    assert_eq!(queue.bury(&buried, &Outcome::Panicked("no".into())).unwrap(), Answer::Stored);
    let _leased = fetch(subject, &queue);
    let counts = queue.counts().unwrap();
    assert_eq!((counts.waiting, counts.leased, counts.dead), (1, 1, 1));
}

pub(crate) fn a_wait_for_jobs_ends_when_one_comes(subject: &dyn Subject) {
    let queue = open(subject);
    let fetching = queue.clone();
    let fetching = thread::spawn(move || wait_for_one(&fetching));
    submit(&queue, &envelope("a"));
    assert_eq!(fetching.join().unwrap().envelope.id, JobId::from("a"));
}

pub(crate) fn all_calls_fit_a_small_stack(subject: &dyn Subject) {
    let queue = open(subject);
    let pool = executor::GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = pool.stack_size(32 * 1024).build().unwrap();
    let life = move || {
        let id = JobId::from("a");
        queue.watch(&id);
        submit(&queue, &envelope("a"));
        let first = wait_for_one(&queue);
        let failed = Again::Failed("no".into());
        assert!(queue.again(&first.lease, Duration::ZERO, &failed).unwrap().is_stored());
        let second = wait_for_one(&queue);
        let states = queue.extend(std::slice::from_ref(&second.lease)).unwrap();
        assert_eq!(states, [LeaseState::Extended]);
        assert!(queue.bury(&second, &Outcome::UnknownFunction).unwrap().is_stored());
        assert_eq!(queue.dead(1).unwrap().len(), 1);
        assert!(queue.retry_dead(&id).unwrap());
        assert_eq!(queue.cancel(&id).unwrap(), Cancelled::BeforeStart);
        assert_eq!(queue.counts().unwrap(), Counts::default());
    };
    pool.submit(life).unwrap().result().unwrap();
}

/// The next job, which comes by itself. A fetch may give none before its time is over.
fn wait_for_one(queue: &Arc<dyn EngineQueue>) -> Delivery {
    loop {
        if let Some(delivery) = queue.fetch(1, SOON).unwrap().pop() {
            return delivery;
        }
    }
}
