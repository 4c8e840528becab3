//! What a job finds without a handle.

use executor::{
    GreenThreadPoolExecutor, Refusal, Shutdown, SynchronousExecutor, ThreadPoolExecutor, current,
    submit,
};
use greenstd::thread;

/// The names of the executors that a job, a job that it submits and a thread that it spawns run on.
fn names() -> [Option<String>; 3] {
    let name = || current().map(|pool| pool.name().to_owned());
    let child = submit(name).map_or(None, |child| child.result().expect("it does not panic"));
    let spawned = executor::spawn(name).join().expect("it does not panic");
    [name(), child, spawned]
}

#[test]
fn a_job_submits_to_its_own_executor_without_a_handle() {
    let [one, other] = ["one", "other"]
        .map(|name| GreenThreadPoolExecutor::builder().name(name).build().expect("it starts"));
    for pool in [&one, &other] {
        let found = pool.submit(names).expect("it is accepted").result().expect("no panic");
        assert_eq!(found, [(); 3].map(|()| Some(pool.name().to_owned())));
    }
    assert_eq!((one.statistics().submitted(), other.statistics().submitted()), (2, 2));
}

#[test]
fn a_job_of_a_thread_pool_does_so_too() {
    let pool = ThreadPoolExecutor::builder().name("threads").max_workers(2).build();
    let pool = pool.expect("it starts");
    let job = pool.submit(|| {
        let name = || current().map(|pool| pool.name().to_owned());
        (name(), submit(name).expect("it is accepted").result())
    });
    let (own, child) = job.expect("it is accepted").result().expect("no panic");
    assert_eq!(
        (own.as_deref(), child.expect("no panic").as_deref()),
        (Some("threads"), Some("threads"))
    );
}

#[test]
fn on_no_executor_the_closure_comes_back() {
    let refused = submit(|| 7).expect_err("this thread is none of an executor");
    assert_eq!(refused.reason(), Refusal::NoExecutor);
    assert_eq!(refused.into_inner()(), 7);
    assert!(current().is_none());

    let pool = SynchronousExecutor::new();
    let job = pool.submit(|| submit(|| 7).is_err()).expect("it is accepted");
    assert!(job.result().expect("no panic"));
}

#[test]
fn a_closed_executor_refuses_its_own_jobs() {
    let pool = GreenThreadPoolExecutor::builder().build().expect("it starts");
    let job = pool.submit({
        let pool = pool.handle();
        move || {
            pool.shutdown(Shutdown::no_wait()).expect("it does not wait");
            submit(|| ()).map_err(Refusal::from).err()
        }
    });
    let refusal = job.expect("it is accepted").result().expect("no panic");
    assert_eq!(refusal, Some(Refusal::Shutdown));
}

#[test]
fn a_plain_thread_that_a_job_starts_is_on_no_executor() {
    let pool = GreenThreadPoolExecutor::builder().build().expect("it starts");
    let job = pool.submit(|| thread::spawn(|| current().is_none()).join());
    assert!(job.expect("it is accepted").result().expect("no panic").expect("no panic"));
}
