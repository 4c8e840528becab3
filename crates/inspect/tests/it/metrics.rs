//! Figures as text, read by Prometheus' own parser, where it is there.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use inspect::executor::{GreenThreadPoolExecutor, reject_when_reached, sleep};
use inspect::metrics;

use crate::ends_with_the_test;

/// A name with all that has to be escaped.
const NAME: &str = "a \"shop\" in C:\\temp\nand more";

/// What the parser says of two scrapes, one after the other, or `None` where it is missing.
fn parse(scrapes: [&str; 2]) -> Option<String> {
    // Debian's own interpreter has Debian's packages; another one may be first in the path.
    let can = |python: &&str| {
        let check = ["-c", "import prometheus_client.openmetrics.parser"];
        let output = Command::new(python).args(check).output();
        output.is_ok_and(|output| output.status.success())
    };
    let Some(python) = ["/usr/bin/python3", "python3"].into_iter().find(can) else {
        eprintln!("skipped: no python3 has the package `prometheus_client`");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_metrics.py");
    let mut reader = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(scrapes.join("\0").as_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", scrapes[1]);
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The parser reads it, where it is there.
pub(crate) fn assert_readable(text: &str) {
    parse([text, text]);
}

#[test]
fn prometheus_reads_two_scrapes_that_agree() {
    let builder = GreenThreadPoolExecutor::builder().name(NAME).carriers(2).max_workers(1);
    let pool = builder.build().unwrap();
    let other = GreenThreadPoolExecutor::builder().name("other").statistics(false).build().unwrap();
    pool.submit(|| ()).unwrap().wait().unwrap();
    pool.try_submit(|| "x".parse::<u32>()).unwrap().wait().unwrap();
    let first = metrics::render([&*pool, &*other]);
    for _ in 0..50 {
        pool.try_submit(|| sleep(Duration::from_micros(20))).unwrap().wait().unwrap();
    }
    let held = pool.try_submit(|| sleep(Duration::from_secs(3600))).unwrap();
    let _ends = ends_with_the_test(&held);
    let queued = pool.submit(|| ()).unwrap();
    queued.cancel();
    held.cancel();
    queued.wait().unwrap();
    held.wait().unwrap();
    other.submit(|| ()).unwrap().wait().unwrap();
    let second = metrics::render([&*pool, &*other]);
    let Some(said) = parse([&first, &second]) else { return };
    let expect = |line: String| assert!(said.lines().any(|said| said == line), "{line}\n{said}");
    let name = NAME.replace('\n', " / ");
    expect(format!("greenpool_submitted_total {name} = 54"));
    expect(format!("greenpool_jobs_total {name} succeeded = 51"));
    expect(format!("greenpool_jobs_total {name} failed = 1"));
    expect(format!("greenpool_jobs_total {name} cancelled = 2"));
    expect("greenpool_jobs_total other succeeded = 1".to_owned());
    expect("greenpool_run_seconds_count other = 0".to_owned());
}

#[test]
fn what_expired_and_what_was_refused_is_counted_apart() {
    let builder = GreenThreadPoolExecutor::builder().name("full").carriers(1).max_workers(1);
    let pool = builder.check_and_reject(reject_when_reached(1)).build().unwrap();
    let busy = pool.try_submit(|| sleep(Duration::from_secs(3600))).unwrap();
    let _ends = ends_with_the_test(&busy);
    let late = pool.job().expires(Duration::ZERO).submit(|| ()).unwrap();
    late.result().unwrap_err();
    let next = pool.submit(|| ()).unwrap();
    assert!(pool.submit(|| ()).is_err());
    let text = metrics::render([&*pool]);
    busy.cancel();
    next.result().unwrap();
    assert!(text.contains("\ngreenpool_rejected_total{executor=\"full\"} 1\n"), "{text}");
    assert!(text.contains("executor=\"full\",outcome=\"expired\"} 1\n"), "{text}");
    assert!(text.contains("executor=\"full\",outcome=\"abandoned\"} 0\n"), "{text}");
}

#[test]
fn executors_of_one_name_are_added_up_and_each_counts_once() {
    let new = || GreenThreadPoolExecutor::builder().name("twin").carriers(1).build().unwrap();
    let (one, two) = (new(), new());
    one.submit(|| ()).unwrap().wait().unwrap();
    two.submit(|| ()).unwrap().wait().unwrap();
    let text = metrics::render([&*one, &*two, &*one]);
    let lines: Vec<_> = text.lines().filter(|line| line.contains("submitted_total{")).collect();
    assert_eq!(lines, ["greenpool_submitted_total{executor=\"twin\"} 2"]);
    assert!(text.contains("greenpool_carriers{executor=\"twin\"} 2\n"), "{text}");
}

#[test]
fn an_executor_that_has_ended_keeps_its_figures() {
    let pool = GreenThreadPoolExecutor::builder().name("gone").build().unwrap();
    pool.submit(|| ()).unwrap().wait().unwrap();
    let handle = pool.handle();
    drop(pool);
    let text = metrics::render([&handle]);
    assert!(text.contains("greenpool_submitted_total{executor=\"gone\"} 1\n"), "{text}");
}
