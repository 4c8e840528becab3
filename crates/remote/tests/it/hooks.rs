//! What goes along with every job, and what is done around each function.

use std::cell::Cell;

use greenstd::sync::{Arc, Mutex};
use remote::{Registry, Remote, RemoteError, current_job, function};

use crate::support::{fail_until, panics, pool, registry};

function!(headers() -> Vec<(String, String)>);

fn headers_of_job() -> Vec<(String, String)> {
    current_job().unwrap().headers.into_iter().collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn headers_of_a_source_go_along_and_a_jobs_own_come_first() {
    let pool = pool(2);
    let mut registry = Registry::new();
    registry.register(headers, headers_of_job);
    thread_local!(static ASKED: Cell<u32> = const { Cell::new(0) });
    let plain = Remote::in_process(&pool, &registry);
    let remote = plain.clone().headers_from(move || {
        ASKED.set(ASKED.get() + 1);
        [pair("trace", "1"), pair("tenant", "acme")]
    });
    let queue = remote.headers_from(|| Some(pair("trace", "2"))).queue("numbers");
    let job = queue.submit(headers, ()).unwrap();
    assert_eq!(job.result(), Ok(vec![pair("tenant", "acme"), pair("trace", "2")]));
    let job = queue.job().header("trace", "own").submit(headers, ()).unwrap();
    assert_eq!(job.result(), Ok(vec![pair("tenant", "acme"), pair("trace", "own")]));
    // On the submitter's thread, once for each.
    assert_eq!(ASKED.get(), 2);
    let job = plain.queue("numbers").submit(headers, ()).unwrap();
    assert_eq!(job.result(), Ok(Vec::new()));
}

#[test]
fn each_attempt_goes_through_what_is_around_the_functions() {
    let pool = pool(2);
    let mut registry = registry();
    let seen = Arc::new(Mutex::new(Vec::new()));
    for name in ["outer", "inner"] {
        let seen = seen.clone();
        registry.around(move |job, attempt| {
            assert_eq!(current_job().as_ref(), Some(job));
            seen.lock().push(format!("{name} {} {}", job.function, job.attempt));
            let attempted = attempt.run();
            seen.lock().push(format!("{name} {}", attempted.outcome().is_success()));
            attempted
        });
    }
    let queue = Remote::in_process(&pool, &registry).queue("numbers");
    let job = queue.job().retries(1).back_off(Default::default(), Default::default());
    assert_eq!(job.submit(fail_until, (2,)).unwrap().result(), Ok(2));
    let lines = [
        "outer fail_until 1",
        "inner fail_until 1",
        "inner false",
        "outer false",
        "outer fail_until 2",
        "inner fail_until 2",
        "inner true",
        "outer true",
    ];
    assert_eq!(*seen.lock(), lines);
}

#[test]
fn a_panic_goes_through_what_is_around_and_is_the_jobs() {
    let pool = pool(2);
    let mut registry = registry();
    registry.around(|_, attempt| attempt.run());
    let queue = Remote::in_process(&pool, &registry).queue("numbers");
    let job = queue.submit(panics, ("on purpose".to_owned(),)).unwrap();
    assert_eq!(job.result(), Err(RemoteError::Panicked("on purpose".to_owned())));
    registry.around(|job, _| panic!("around {}", job.function));
    let queue = Remote::in_process(&pool, &registry).queue("numbers");
    let job = queue.submit(fail_until, (1,)).unwrap();
    assert_eq!(job.result(), Err(RemoteError::Panicked("around fail_until".to_owned())));
}
