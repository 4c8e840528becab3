//! Jobs that are to start in time (`timekeeper/mod.rs`).

use std::time::Duration;

use greenstd::model::explore;
use greenstd::thread;

use super::Stage;

/// Steps *expiry-enter* to *expiry-leave*: a job that is claimed while it is entered leaves no entry behind.
#[test]
fn no_entry_outlives_the_wait_of_its_job() {
    explore(3, || {
        let mut stage = Stage::new(1, None);
        stage.pool.timekeeper().do_without_thread();
        let worker = stage.carriers.pop().unwrap();
        let working = thread::spawn(move || worker.work());
        let limited = stage.handle.job().expires(Duration::from_secs(3600));
        let future = limited.submit(|| ()).unwrap();
        working.join().unwrap();
        let waits = !future.is_done();
        assert_eq!(stage.pool.timekeeper().num_limited(), usize::from(waits));
        future.cancel();
        assert_eq!(stage.pool.timekeeper().num_limited(), 0);
    });
}
