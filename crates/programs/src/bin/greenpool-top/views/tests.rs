//! What the views show of one document.

use inspect::page::Page;

use super::{Order, View};
use crate::document::read;
use crate::section::{Section, Tone};

/// A shop in trouble: two executors, a hog, a deadlock and a backlog.
pub(crate) const SHOP: &[u8] = br#"{ "version": 1, "program": "shop", "pid": 4711, "executors": [
  { "name": "orders", "uptime_seconds": 12.5, "max_workers": 1000,
    "counters": { "submitted": 1200, "rejected": 3, "succeeded": 90 },
    "gauges": { "queued": 5, "running": 10, "workers": 12, "parked": 11 },
    "recent": { "seconds": 0.5, "submitted": 8, "ended": 4, "unsuccessful": 1, "rejected": 0,
      "queue_wait": { "count": 4, "p50": 8e-6, "p99": 5e-5 }, "run": { "count": 0 } },
    "carriers": [
      { "name": "orders-0", "has_answered": true, "running": null, "not_started": 0 },
      { "name": "orders-1", "has_answered": false, "running": 17, "not_started": 2 } ],
    "parked": [ { "reason": "mutex", "count": 2, "longest": 9 },
                { "reason": "sleep", "count": 8, "longest": 0.8 } ],
    "ready": 1,
    "longest": [
      { "id": 7, "name": "buy", "reason": "mutex", "at": "src/main.rs:12", "detail": "locked by 'pay'",
        "submitted_at": "src/main.rs:40", "waited": 9, "carrier": "orders-0" },
      { "id": 8, "name": "audit", "reason": "sleep", "waited": 0.8, "at_most": 60, "carrier": "orders-0" } ],
    "backlog": { "count": 5, "oldest": 2.5, "first": [ "ship at src/main.rs:50", "bill at src/main.rs:60" ] },
    "threads": { "is_cut_short": true,
      "groups": [
        { "count": 8, "is_job": true, "reason": "sleep", "at": "src/main.rs:19", "waited": [0.1, 0.8],
          "names": [ "audit", "and 7 more" ], "details": [], "submitted_at": [ "src/main.rs:33" ],
          "stack": [ { "function": "greenctx::park::sleep", "file": null, "line": null },
                     { "function": "shop::orders::audit::{{closure}}", "file": "src/main.rs", "line": 19 } ] },
        { "count": 2, "is_job": true, "reason": "mutex", "waited": [1, 9], "names": [ "buy" ] } ],
      "deadlocks": [ { "is_certain": true, "behind": 3, "waits": [
        { "executor": "orders", "name": "buy", "reason": "mutex", "at": "src/main.rs:12", "detail": "locked by 'pay'",
          "submitted_at": "src/main.rs:40" },
        { "executor": "orders", "name": "pay", "reason": "mutex", "at": "src/main.rs:14" } ] } ] } },
  { "name": "mails", "has_ended": true, "parked": [ { "reason": "job", "count": 4, "longest": 5 } ],
    "longest": [ { "id": 1, "name": "mail", "waited": 5, "carrier": "mails-0" } ] } ] }"#;

fn shop() -> Page {
    read(SHOP).unwrap()
}

/// The cells of a section in one text, a line a row.
fn cells(section: &Section) -> String {
    let rows = section.rows.iter().map(|row| row.cells.join(" | "));
    rows.collect::<Vec<_>>().join("\n")
}

/// The first column of the only section.
fn column(view: View, order: Order, column: usize) -> Vec<String> {
    let sections = view.sections(&shop(), Some(order));
    sections[0].rows.iter().map(|row| row.cells[column].clone()).collect()
}

#[test]
fn the_summary_has_counts_rates_carriers_and_reasons() {
    let sections = View::Summary.sections(&shop(), None);
    let titles: Vec<_> = sections.iter().map(|section| section.title.as_str()).collect();
    let expected =
        ["executors", "in the last second", "carriers", "parked by reason", "since the start"];
    assert_eq!(titles, expected);
    assert_eq!(
        cells(&sections[0]),
        "orders | 12.5 s | 10 | 5 | 2.50 s | 0 | 12 | 1,000 | 11 | 1\n\
         mails | ended | 0 | 0 | – | 0 | 0 | 0 | 0 | 0"
    );
    assert_eq!(
        cells(&sections[1]),
        "orders | 8.00 | 16.0 | 0 | 2.00 | 8.00 µs | 50.0 µs | – | –\n\
         mails | – | – | – | – | – | – | – | –"
    );
    assert_eq!(
        cells(&sections[2]),
        "orders-0 | answers | 0\norders-1 | does not answer, runs job 17 | 2"
    );
    assert_eq!(
        cells(&sections[3]),
        "8 | 800 ms | sleep | orders\n4 | 5.00 s | job | mails\n2 | 9.00 s | mutex | orders"
    );
    assert!(cells(&sections[4]).starts_with("orders | 1,200 | 3 | 90 |"));
}

#[test]
fn a_row_has_as_many_cells_as_there_are_columns() {
    let sections = View::ALL.into_iter().flat_map(|view| view.sections(&shop(), None));
    for section in sections {
        for row in &section.rows {
            assert_eq!(row.cells.len(), section.columns.len(), "{}", section.title);
        }
    }
}

#[test]
fn waits_of_all_executors_are_in_one_list() {
    assert_eq!(column(View::Waits, Order::Longest, 2), ["buy", "mail", "audit"]);
    assert_eq!(column(View::Waits, Order::Name, 2), ["audit", "buy", "mail"]);
    let reasons = ["(ready to run)", "mutex", "sleep"];
    assert_eq!(column(View::Waits, Order::Reason, 3), reasons);
}

#[test]
fn of_a_waiter_all_that_is_known_is_said() {
    let sections = View::Waits.sections(&shop(), None);
    let more = [
        "buy, job 7 of orders",
        "waits for mutex at src/main.rs:12",
        "locked by 'pay'",
        "submitted at src/main.rs:40",
    ];
    assert_eq!(sections[0].rows[0].more, more);
    assert_eq!(sections[0].rows[2].cells[1], "60.0 s");
}

#[test]
fn groups_are_sorted_by_count_or_time_and_have_their_stack() {
    assert_eq!(column(View::Groups, Order::Count, 2), ["sleep", "mutex"]);
    assert_eq!(column(View::Groups, Order::Longest, 2), ["mutex", "sleep"]);
    let sections = View::Groups.sections(&shop(), None);
    assert_eq!(sections[0].title, "threads by stack, of the first 10,000");
    let first = &sections[0].rows[0];
    assert_eq!(
        first.cells.join(" | "),
        "8 | 800 ms | sleep | src/main.rs:19 | orders::audit | audit"
    );
    assert_eq!(first.more[0], "8 threads of orders: sleep at src/main.rs:19, for 100 ms to 800 ms");
    assert_eq!(first.more.last().unwrap(), "  shop::orders::audit::{{closure}} at src/main.rs:19");
}

#[test]
fn what_is_stuck_is_hogs_deadlocks_and_the_backlog() {
    let sections = View::Stuck.sections(&shop(), None);
    assert_eq!(cells(&sections[0]), "orders-1 | – | – | does not answer, runs job 17 | – | orders");
    assert_eq!(
        cells(&sections[1]),
        "1 | buy | mutex | src/main.rs:12 | locked by 'pay' | orders\n\
         1 | pay | mutex | src/main.rs:14 | – | orders"
    );
    let more = [
        "buy of orders",
        "waits for mutex at src/main.rs:12",
        "locked by 'pay'",
        "submitted at src/main.rs:40",
        "behind this deadlock: 3 threads",
    ];
    assert_eq!(sections[1].rows[0].more, more);
    assert!(sections[1].rows.iter().all(|row| row.tone == Tone::Bad));
    assert_eq!(cells(&sections[2]), "orders | 5 | 2.50 s | ship at src/main.rs:50");
}

#[test]
fn a_hog_that_a_watchdog_has_seen_is_named_with_its_cause_and_stack() {
    let page = read(
        br#"{ "version": 1, "executors": [ { "name": "orders",
        "carriers": [ { "name": "orders-0", "has_answered": false, "running": 17, "not_started": 0 },
                      { "name": "orders-1", "has_answered": false, "running": 18, "not_started": 0 } ],
        "hogs": [ { "carrier": "orders-0", "job": 17, "name": "audit", "submitted_at": "src/main.rs:9",
                    "cause": "blocks", "held": 2.5, "others": 40,
                    "stack": [ { "function": "shop::audit", "file": "src/main.rs", "line": 19 } ] } ] } ] }"#,
    );
    let sections = View::Stuck.sections(&page.unwrap(), None);
    assert_eq!(
        cells(&sections[0]),
        "orders-0 | 2.50 s | audit | blocks | 40 | orders\n\
         orders-1 | – | – | does not answer, runs job 18 | – | orders"
    );
    let more = [
        "audit, job 17 of orders: blocks the OS thread",
        "submitted at src/main.rs:9",
        "  shop::audit at src/main.rs:19",
    ];
    assert_eq!(sections[0].rows[0].more, more);
}

#[test]
fn a_deadlock_of_two_executors_is_shown_once_and_one_that_may_dissolve_is_called_so() {
    let page = read(
        br#"{ "version": 1, "executors": [
        { "name": "shop", "threads": { "deadlocks": [ { "is_certain": false, "waits": [
            { "executor": "shop", "name": "order", "reason": "job" },
            { "executor": "bank", "name": "payment", "reason": "job" } ] } ] } },
        { "name": "bank", "threads": { "deadlocks": [ { "is_certain": false, "waits": [
            { "executor": "shop", "name": "order", "reason": "job" },
            { "executor": "bank", "name": "payment", "reason": "job" } ] } ] } } ] }"#,
    );
    let sections = View::Stuck.sections(&page.unwrap(), None);
    assert_eq!(
        cells(&sections[1]),
        "perhaps 1 | order | job | – | – | shop\n\
         perhaps 1 | payment | job | – | – | bank"
    );
    assert!(sections[1].rows.iter().all(|row| row.tone == Tone::Plain));
}

#[test]
fn what_was_not_looked_at_is_not_called_absent() {
    let page = read(br#"{"version":1,"executors":[{"name":"a"}]}"#).unwrap();
    assert_eq!(View::Groups.sections(&page, None)[0].if_empty, "not looked at yet");
    assert_eq!(View::Stuck.sections(&page, None)[1].if_empty, "not looked for yet");
}

#[test]
fn tables_of_the_program_are_in_the_summary_if_there_are_any() {
    assert_eq!(View::Summary.sections(&shop(), None).len(), 5);
    let page = br#"{ "version": 1, "tables": [ { "name": "queue images", "age_seconds": 0.5,
        "rows": [ { "name": "waiting", "value": 1200 }, { "name": "dead", "value": 1 } ] } ] }"#;
    let sections = View::Summary.sections(&read(page).unwrap(), None);
    let expected = "queue images | waiting | 1,200 | 500 ms\nqueue images | dead | 1 | 500 ms";
    assert_eq!(cells(&sections[5]), expected);
}
