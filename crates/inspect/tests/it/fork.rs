//! A forked child, whose parent began and ended watchdogs at that moment.

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::thread;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use inspect::Watchdog;
use inspect::executor::{ExecutorHandle, GreenThreadPoolExecutor};
use testkit::{child, exit_code_of_fork};

const FORKS: u32 = 100;

fn pool() -> GreenThreadPoolExecutor {
    GreenThreadPoolExecutor::builder().carriers(1).build().unwrap()
}

/// Watches the executor until the watchdog is told to end.
fn watch_for_a_moment(pool: &ExecutorHandle) {
    drop(Watchdog::new().watch([pool.clone()]).unwrap());
}

#[test]
fn whatever_the_parent_was_doing_a_forked_child_has_watchdogs_of_its_own() {
    const THIS: &str =
        "fork::whatever_the_parent_was_doing_a_forked_child_has_watchdogs_of_its_own";
    // In a process where no thread begins or ends meanwhile: std has a lock for that, which no child may meet.
    if child::case().is_none() {
        return child::succeeds(THIS, "busy");
    }
    let watched = pool();
    watch_for_a_moment(&watched.handle());
    let is_over = Arc::new(AtomicBool::new(false));
    let (begins, begun) = mpsc::channel();
    let busy = [(); 2].map(|()| {
        let (watched, is_over, begins) = (watched.handle(), is_over.clone(), begins.clone());
        thread::spawn(move || {
            begins.send(()).unwrap();
            while !is_over.load(Ordering::Relaxed) {
                watch_for_a_moment(&watched);
            }
        })
    });
    busy.iter().for_each(|_| begun.recv().unwrap());
    for fork in 0..FORKS {
        let code = exit_code_of_fork(|| {
            let own = pool();
            watch_for_a_moment(&own.handle());
            own.submit(|| 0).unwrap().result().unwrap()
        });
        assert_eq!(code, 0, "fork {fork}");
    }
    is_over.store(true, Ordering::Relaxed);
    for thread in busy {
        thread.join().unwrap();
    }
}

#[test]
fn a_watchdog_of_a_forked_child_reports_and_ends_and_so_does_its_parents() {
    const THIS: &str =
        "fork::a_watchdog_of_a_forked_child_reports_and_ends_and_so_does_its_parents";
    if child::case().is_none() {
        return child::succeeds(THIS, "watched");
    }
    /// Whether a job is reported that holds its carrier until that.
    fn reports() -> bool {
        let pool = pool();
        let (tell, told) = mpsc::channel();
        let is_reported = Arc::new(AtomicBool::new(false));
        let seen = is_reported.clone();
        let watchdog = Watchdog::new().after(Duration::from_millis(1)).then(move |hog| {
            if hog.name == "hog" {
                let _ = tell.send(());
                seen.store(true, Ordering::Release);
            }
        });
        let watching = watchdog.watch([pool.handle()]).unwrap();
        let hold = move || while !is_reported.load(Ordering::Acquire) {};
        pool.job().name("hog").submit(hold).unwrap().result().unwrap();
        drop(watching);
        told.recv().is_ok()
    }
    let parents = pool();
    let mut watching = Some(Watchdog::new().watch([parents.handle()]).unwrap());
    assert!(reports());
    let code = exit_code_of_fork(|| {
        let is_reported = reports();
        // The copy of the parent's watchdog: nothing watches by it here.
        drop(watching.take());
        if is_reported && reports() { 0 } else { 1 }
    });
    assert_eq!(code, 0);
    assert!(reports());
    drop(watching);
}
