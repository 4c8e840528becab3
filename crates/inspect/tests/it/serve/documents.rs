//! What is in the documents.

use std::time::Duration;

use inspect::executor::sync::{Barrier, Mutex};
use inspect::executor::{GreenThreadPoolExecutor, Interrupted, sleep};
use inspect::serve;
use std::sync::Arc;

use super::{get, page, served};
use crate::{ends_with_the_test, pool};

#[test]
fn the_document_has_what_was_counted_and_what_waits() {
    let pool = pool();
    let server = served(&pool);
    pool.submit(|| ()).unwrap().wait().unwrap();
    pool.try_submit(|| "x".parse::<u32>()).unwrap().wait().unwrap();
    let nap = pool.job().name("nap").fallible().submit(|| sleep(Duration::from_secs(3600)));
    let _ends = ends_with_the_test(&nap.unwrap());
    let page = loop {
        let page = page(server.address(), "/json/page");
        let shop = &page.executors[0];
        let naps = shop.longest.iter().any(|waiter| waiter.name == "nap");
        // The counts are read one after the other, before the carriers are asked. Of these one may come late with its
        // answer.
        let answer = shop.carriers.iter().all(|carrier| carrier.has_answered);
        if naps && answer && (shop.gauges.running, shop.gauges.queued) == (1, 0) {
            break page;
        }
    };
    let shop = &page.executors[0];
    assert_eq!((page.version, page.executors.len(), shop.name.as_str()), (1, 1, "shop"));
    assert_eq!((shop.counters.submitted, shop.counters.succeeded, shop.counters.failed), (3, 1, 1));
    assert_eq!((shop.counters.shed, shop.counters.abandoned), (0, 0));
    assert_eq!((shop.gauges.running, shop.gauges.queued, shop.backlog.count), (1, 0, 0));
    assert_eq!(shop.run.count, 2);
    assert_eq!(shop.run.buckets.len(), page.bucket_seconds.len() + 1);
    assert_eq!(shop.run.buckets.iter().sum::<u64>(), 2);
    let sleeping = shop.parked.iter().find(|reason| reason.reason == "sleep").unwrap();
    assert_eq!(sleeping.count, 1);
    let waiter = &shop.longest[0];
    assert_eq!((waiter.name.as_str(), waiter.reason.as_deref()), ("nap", Some("sleep")));
    assert!(waiter.at.as_deref().unwrap().contains("documents.rs:"), "{waiter:?}");
    assert!(waiter.at_most.unwrap() > 3000.0, "{waiter:?}");
    assert_eq!(shop.threads, None);
}

#[test]
fn the_document_has_groups_and_deadlocks_if_they_are_asked_for() {
    inspect::executor::sync::deadlock::watch(true);
    let pool = pool();
    let server = served(&pool);
    let locks = Arc::new([Mutex::new(()), Mutex::new(())]);
    let both = Arc::new(Barrier::new(2));
    let jobs = [(0, 1), (1, 0)].map(|(first, second)| {
        let (locks, both) = (locks.clone(), both.clone());
        let job = pool.job().name(format!("locks-{first}")).fallible();
        job.submit(move || {
            let _first = locks[first].lock()?;
            both.wait()?;
            let _second = locks[second].lock()?;
            Ok::<_, Interrupted>(())
        })
        .unwrap()
    });
    let threads = loop {
        let page = page(server.address(), "/json/page?groups=1");
        let threads = page.executors[0].threads.clone().unwrap();
        if !threads.deadlocks.is_empty() {
            break threads;
        }
    };
    let deadlock = &threads.deadlocks[0];
    assert!(deadlock.is_certain);
    let mut names: Vec<_> = deadlock.waits.iter().map(|link| link.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["locks-0", "locks-1"]);
    let detail = deadlock.waits[0].detail.as_deref().unwrap();
    assert!(detail.starts_with("locked by 'locks-"), "{detail}");
    let group = threads.groups.iter().find(|group| group.reason.as_deref() == Some("mutex"));
    let group = group.unwrap();
    assert_eq!((group.count, group.is_job), (2, true));
    let of_test = group.stack.iter().any(|frame| frame.function.contains("documents::"));
    assert!(of_test, "{:?}", group.stack);
    jobs.iter().for_each(|job| assert!(!job.cancel()));
}

#[test]
fn a_deadlock_among_executors_is_in_the_document_of_each() {
    let narrow = |name| GreenThreadPoolExecutor::builder().name(name).carriers(1).max_workers(1);
    let [shop, bank] = ["shop", "bank"].map(|name| narrow(name).build().unwrap());
    let idle = pool();
    let server = serve("127.0.0.1:0", [shop.handle(), bank.handle(), idle.handle()]).unwrap();
    let both_run = Arc::new(Barrier::new(2));
    let asks = |of: &GreenThreadPoolExecutor, other: &GreenThreadPoolExecutor, name: &str| {
        let (other, met) = (other.handle(), both_run.clone());
        let asks = move || {
            met.wait().ok()?;
            other.job().name("answer").submit(|| 1).ok()?.result().ok()
        };
        of.job().name(name).submit(asks).unwrap()
    };
    let (order, payment) = (asks(&shop, &bank, "order"), asks(&bank, &shop, "payment"));
    let [of_shop, of_bank, of_idle] = loop {
        let page = page(server.address(), "/json/page?groups=1");
        let found = |number: usize| page.executors[number].threads.clone().unwrap().deadlocks;
        if !found(0).is_empty() {
            break [0, 1, 2].map(found);
        }
    };
    let mut names: Vec<_> = of_shop[0].waits.iter().map(|it| (&*it.executor, &*it.name)).collect();
    names.sort_unstable();
    assert_eq!(names, [("bank", "payment"), ("shop", "order")]);
    assert_eq!(of_bank, of_shop);
    assert_eq!(of_idle, []);
    order.cancel();
    assert_eq!(payment.result().unwrap(), Some(1));
}

#[test]
fn the_backlog_is_told_with_its_age_and_its_first_jobs() {
    let builder = GreenThreadPoolExecutor::builder().name("full").carriers(1).max_workers(1);
    let pool = builder.build().unwrap();
    let server = served(&pool);
    let busy = pool.try_submit(|| sleep(Duration::from_secs(3600))).unwrap();
    let _ends = ends_with_the_test(&busy);
    let next = pool.job().name("next").submit(|| ()).unwrap();
    let page = page(server.address(), "/json/page");
    let backlog = &page.executors[0].backlog;
    // The first may not have started yet.
    assert!((1..=2).contains(&backlog.count), "{backlog:?}");
    assert!(backlog.oldest.is_some(), "{backlog:?}");
    assert!(backlog.first.iter().any(|job| job.starts_with("next (")), "{backlog:?}");
    busy.cancel();
    next.result().unwrap();
}

#[test]
fn what_is_served_is_of_all_executors_and_stays_when_one_has_ended() {
    let (one, two) = (pool(), GreenThreadPoolExecutor::builder().name("two").build().unwrap());
    let server = serve("127.0.0.1:0", [one.handle(), two.handle()]).unwrap();
    one.submit(|| ()).unwrap().wait().unwrap();
    drop(one);
    let page = page(server.address(), "/json/page?groups=1");
    let names: Vec<_> = page.executors.iter().map(|it| (it.name.as_str(), it.has_ended)).collect();
    assert_eq!(names, [("shop", true), ("two", false)]);
    assert_eq!(page.executors[0].counters.succeeded, 1);
    let text = get(server.address(), "/text").text();
    assert!(text.contains("executor 'shop'") && text.contains("executor 'two'"), "{text}");
}

#[test]
fn an_inspection_as_json_is_read_back() {
    let pool = pool();
    let server = served(&pool);
    let body = get(server.address(), "/json/inspections").body;
    let inspections: Vec<inspect::Inspection> = serde_json::from_slice(&body).unwrap();
    assert_eq!(inspections[0].executor, "shop");
}
