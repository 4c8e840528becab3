//! Real carriers that fall asleep and are woken all the time.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread::{self, Parker};
use workqueue::Local;

use crate::carriers::{Carriers, Job};

#[test]
fn each_of_many_lonely_items_is_run_by_carriers_that_sleep() {
    const ITEMS: u64 = 20_000;
    let carriers = Carriers::start(2, 2);
    let parker = Parker::new();
    for _ in 0..ITEMS {
        let done = parker.unparker();
        carriers.submit(move |_| done.unpark());
        parker.park();
    }
    carriers.finish();
}

#[test]
fn items_from_many_threads_are_all_run() {
    const EACH: u64 = 20_000;
    let carriers = Carriers::start(3, 3);
    let sum = Arc::new(AtomicU64::new(0));
    let submitters: Vec<_> = (0..4)
        .map(|submitter| {
            let (queue, sum) = (carriers.queue.clone(), sum.clone());
            thread::spawn(move || {
                for number in 0..EACH {
                    let sum = sum.clone();
                    let job = Job::new(move |_| {
                        sum.fetch_add(number, Ordering::Relaxed);
                    });
                    queue.submit(job).map_err(|(refused, _)| refused).unwrap();
                    // In bursts, so that the carriers run dry in between.
                    if number % (10 + submitter) == 0 {
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    carriers.finish();
    assert_eq!(sum.load(Ordering::Relaxed), 4 * (EACH * (EACH - 1) / 2));
}

#[test]
fn a_tree_of_items_that_submit_items_is_run_to_its_leaves() {
    fn branch(local: &Local<Job>, depth: u32, leaves: &Arc<AtomicU64>) {
        if depth == 0 {
            leaves.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let queue = local.queue();
        for _ in 0..10 {
            let leaves = leaves.clone();
            let job = Job::new(move |local| branch(local, depth - 1, &leaves));
            queue.admit().expect("it is open").push_on(local, job);
        }
    }
    let carriers = Carriers::start(3, 3);
    let leaves = Arc::new(AtomicU64::new(0));
    let (count, parker) = (leaves.clone(), Parker::new());
    carriers.submit(move |local| branch(local, 5, &count));
    while !carriers.queue.is_quiet_or_wake(&parker.waker()) {
        parker.park();
    }
    carriers.finish();
    assert_eq!(leaves.load(Ordering::Relaxed), 100_000);
}
