//! Names and numbers: of executors, of their carriers, of jobs.

use std::collections::HashSet;
use std::time::Duration;

use executor::{GreenThreadPoolExecutor, Shutdown, wait_for_all};
use greenstd::thread;

use super::support::process::{os_thread_name, threads_named};
use super::support::{Gate, Held, Progress, eventually, pool, watched};

#[test]
fn carriers_are_named_after_their_executor_and_numbered() {
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(3).name("fetch"));
    assert_eq!((pool.name(), pool.num_carriers()), ("fetch", 3));
    // A thread takes its name when it begins to run.
    for number in 0..3 {
        eventually(|| threads_named(&format!("fetch-{number}")).len() == 1);
    }
    assert_eq!(threads_named("fetch-").len(), 3);
    let held = Held::workers(&pool, 10);
    let names: HashSet<_> =
        (0..100).map(|_| pool.submit(os_thread_name).unwrap().result().unwrap()).collect();
    assert!(names.iter().all(|name| name.starts_with("fetch-")), "{names:?}");
    held.release();
}

#[test]
fn an_executor_without_a_name_has_one_all_the_same() {
    let pool = pool(1, 1);
    assert_eq!(pool.name(), "green");
    assert_eq!(pool.submit(os_thread_name).unwrap().result().unwrap(), "green-0");
    assert!(format!("{:?}", *pool).contains("green"));
}

#[test]
fn any_text_is_a_name() {
    // Empty, longer than what the kernel keeps of it, with a zero byte that the kernel does not take.
    for (name, seen) in [
        ("", "-0"),
        ("the carriers of a very long name", "the carriers of"),
        ("nothing\0within", "nothingwithin-0"),
        ("Зелёный", "Зелёный-"),
    ] {
        let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).name(name));
        assert_eq!(pool.name(), name);
        let found = pool.submit(os_thread_name).unwrap().result().unwrap();
        assert!(found.starts_with(seen), "{found:?} for {name:?}");
    }
}

#[test]
fn a_job_has_the_name_that_it_was_given_and_none_else() {
    let pool = pool(2, 1);
    let reader = pool.job().name("reader").submit(|| 1).unwrap();
    let writer =
        pool.job().name(String::from("writer")).fallible().submit(|| Err::<(), _>("no")).unwrap();
    let nameless = pool.submit(|| ()).unwrap();
    assert_eq!(reader.handle().name(), Some("reader"));
    assert_eq!(writer.handle().name(), Some("writer"));
    assert_eq!(nameless.handle().name(), None);
    // Whatever becomes of the job.
    let handles = [reader.handle(), writer.handle()];
    assert_eq!(reader.result().unwrap(), 1);
    writer.result().unwrap_err();
    assert_eq!(handles.map(|handle| handle.name().unwrap().to_owned()), ["reader", "writer"]);
}

#[test]
fn a_job_knows_where_it_was_submitted_in_every_way_of_submitting() {
    let pool = pool(4, 1);
    let wait = Duration::MAX;
    let first = line!() + 2;
    let handles = [
        pool.submit(|| ()).unwrap().handle(),
        pool.job().name("b").submit(|| ()).unwrap().handle(),
        pool.try_submit(|| Ok::<_, ()>(())).unwrap().handle(),
        pool.job().name("d").fallible().submit(|| Ok::<_, ()>(())).unwrap().handle(),
        pool.submit_wait(|| ()).unwrap().handle(),
        pool.job().wait_timeout(wait).submit(|| ()).unwrap().handle(),
        pool.job().wait().fallible().submit(|| Ok::<_, ()>(())).unwrap().handle(),
    ];
    for (line, handle) in (first..).zip(&handles) {
        let site = handle.submitted_at();
        assert!(site.file().ends_with("names.rs"), "{site}");
        assert_eq!(site.line(), line);
        let text = format!("{handle:?}");
        assert!(text.contains("names.rs") && text.contains(&line.to_string()), "{text}");
    }
    wait_for_all(&handles).unwrap();
}

#[test]
fn the_items_of_a_map_were_submitted_where_it_was_called() {
    let pool = pool(1, 1);
    let (gate, started) = (Gate::new(), Progress::new());
    let pass = gate.pass();
    let start = started.clone();
    let here = line!() + 1;
    let map = pool.map(0..1, move |_| {
        start.advance();
        pass.wait();
    });
    started.wait_until(1);
    // Seen in what a shutdown says of an item that runs.
    let error = pool.shutdown(Shutdown::wait().timeout(Duration::ZERO)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("names.rs:{here}")), "{text}");
    drop(map);
}

#[test]
fn numbers_tell_the_jobs_of_an_executor_apart() {
    let pool = pool(4, 2);
    let submitters: Vec<_> = (0..4)
        .map(|_| {
            let handle = pool.handle();
            thread::spawn(move || {
                let ids = |count| -> Vec<u64> {
                    (0..count).map(|_| handle.submit(|| ()).unwrap().handle().id()).collect()
                };
                let ids = ids(500);
                assert!(ids.is_sorted(), "of one submitter they rise");
                ids
            })
        })
        .collect();
    let ids: Vec<u64> = submitters.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let distinct: HashSet<_> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), 2000);
    assert!(!distinct.contains(&0));
}

#[test]
fn handles_are_equal_if_they_are_of_the_same_job() {
    let (one, two) = (pool(1, 1), pool(1, 1));
    let future = one.submit(|| ()).unwrap();
    let (first, other) = (future.handle(), two.submit(|| ()).unwrap().handle());
    assert_eq!(first, future.handle());
    assert_eq!(first.id(), other.id(), "numbers are an executor's own");
    assert_ne!(first, other);
    let set = HashSet::from([first.clone(), first.clone(), future.handle(), other]);
    assert_eq!(set.len(), 2);
    eventually(|| first.is_done());
}
