//! Green-locals in jobs: each job has its own.

use std::cell::Cell;

use greenstd::sync::{Arc, Mutex};

use super::support::{Gate, Progress, ms, pool};

executor::green_local! {
    static COUNT: Cell<u32> = Cell::new(0);
    static LAST_WORD: LastWord = LastWord::default();
}

/// Counts one more, and says how many it are.
fn count() -> u32 {
    COUNT.with(|count| {
        count.set(count.get() + 1);
        count.get()
    })
}

/// Writes into the log when it is dropped.
#[derive(Default)]
struct LastWord(Cell<Option<Arc<Mutex<Vec<&'static str>>>>>);

impl Drop for LastWord {
    fn drop(&mut self) {
        if let Some(log) = self.0.take() {
            // Destructors may wait.
            executor::yield_now();
            log.lock().push("dropped");
        }
    }
}

#[test]
fn every_job_has_values_of_its_own_although_they_share_a_worker() {
    for (workers, carriers) in [(1, 1), (20, 1), (20, 2)] {
        let pool = pool(workers, carriers);
        let futures: Vec<_> = (0..200)
            .map(|n| {
                let job = move || {
                    let first = count();
                    if n % 2 == 0 {
                        executor::yield_now();
                    }
                    (first, count())
                };
                pool.submit(job).unwrap()
            })
            .collect();
        for future in futures {
            assert_eq!(future.result().unwrap(), (1, 2));
        }
    }
}

#[test]
fn a_value_stays_with_its_job_across_waits() {
    let pool = pool(10, 2);
    let gate = Gate::new();
    let futures: Vec<_> = (1..=10)
        .map(|n| {
            let pass = gate.pass();
            let job = move || {
                COUNT.with(|count| count.set(100 * n));
                pass.wait();
                executor::sleep(ms(1)).unwrap();
                count()
            };
            pool.submit(job).unwrap()
        })
        .collect();
    gate.open();
    for (n, future) in (1..).zip(futures) {
        assert_eq!(future.result().unwrap(), 100 * n + 1);
    }
}

#[test]
fn a_child_that_runs_on_the_spot_has_values_of_its_own() {
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        count();
        let child = handle.submit(|| (count(), count())).unwrap().result().unwrap();
        (child, count())
    });
    assert_eq!(parent.unwrap().result().unwrap(), ((1, 2), 2));
}

#[test]
fn values_are_dropped_with_the_job_also_if_it_panics() {
    let pool = pool(1, 1);
    for panics in [false, true] {
        let log = Arc::new(Mutex::new(Vec::new()));
        let (writer, ended) = (log.clone(), Progress::new());
        let progress = ended.clone();
        let future = pool
            .submit(move || {
                writer.lock().push("ran");
                LAST_WORD.with(|last| last.0.set(Some(writer)));
                assert!(!panics, "on purpose");
            })
            .unwrap();
        future.add_done_callback(move |_| progress.advance());
        assert_eq!(future.result().is_err(), panics);
        assert_eq!(*log.lock(), ["ran", "dropped"], "before the result is there");
        ended.wait_until(1);
    }
}

#[test]
fn a_plain_thread_has_values_too() {
    let thread = greenstd::thread::spawn(|| (count(), count()));
    assert_eq!(thread.join().unwrap(), (1, 2));
}
