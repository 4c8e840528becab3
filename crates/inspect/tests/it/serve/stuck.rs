//! The page of an executor whose carriers do nothing else any more.

use std::sync::mpsc;

use inspect::Watchdog;

use super::{get, page, served};
use crate::pool;

#[test]
fn the_page_answers_while_every_carrier_is_blocked() {
    let _watchdog = testkit::Watchdog::start(|| "a page of carriers that are blocked".to_owned());
    let pool = pool();
    let server = served(&pool);
    let (begun, begins) = mpsc::channel();
    // Each carrier is blocked, and not only its job, for as long as these live.
    let mut held = Vec::new();
    let jobs: Vec<_> = (0..2)
        .map(|number| {
            let begun = begun.clone();
            let (hold, never) = mpsc::channel::<()>();
            held.push(hold);
            let hog = pool.job().name(format!("hog-{number}")).submit(move || {
                begun.send(()).unwrap();
                never.recv().unwrap_err();
            });
            let hog = hog.unwrap();
            begins.recv().unwrap();
            hog
        })
        .collect();
    let page = page(server.address(), "/json/page?groups=1");
    let carriers = &page.executors[0].carriers;
    assert_eq!(carriers.len(), 2);
    assert!(carriers.iter().all(|carrier| !carrier.has_answered && carrier.running.is_some()));
    let metrics = get(server.address(), "/metrics").text();
    assert!(metrics.contains("\ngreenpool_carriers_silent{executor=\"shop\"} 2\n"), "{metrics}");
    assert!(get(server.address(), "/text").text().contains("does not answer"));

    // A watchdog names what holds them.
    assert_eq!(page.executors[0].longest_hold, None);
    let _watching = Watchdog::new().then(|_| ()).watch([pool.handle()]).unwrap();
    // On a busy machine a job may be one that gets no CPU, or without a stack, until it is captured again.
    let is_blocked = |hog: &inspect::page::HogPage| {
        let stack = hog.stack.iter().any(|frame| frame.function.contains("stuck::"));
        hog.cause == "blocks" && hog.held >= 0.1 && stack
    };
    let hogs = loop {
        let page = super::page(server.address(), "/json/page");
        let hogs = page.executors[0].hogs.clone();
        if hogs.len() == 2 && hogs.iter().all(is_blocked) {
            break hogs;
        }
    };
    let mut names: Vec<_> = hogs.iter().map(|hog| hog.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["hog-0", "hog-1"]);
    drop(held);
    jobs.into_iter().for_each(|job| job.result().unwrap());
}
