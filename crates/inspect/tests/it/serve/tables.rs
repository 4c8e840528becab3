//! Tables that the program adds.

use std::sync::mpsc;

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::{Arc, Mutex};

use super::{get, page, served};
use crate::pool;

#[test]
fn a_table_of_the_program_is_in_the_document_and_in_the_metrics() {
    let pool = pool();
    let server = served(&pool);
    assert!(page(server.address(), "/json/page").tables.is_empty());
    assert!(!get(server.address(), "/metrics").text().contains("greenpool_table"));
    server.table("queue \"images\"", || [("waiting", 3), ("dead", 1), ("dead", 2)]);
    server.table("replaced", || [("old", 0)]);
    server.table("replaced", || vec![("new".to_owned(), 7)]);
    let tables = page(server.address(), "/json/page").tables;
    let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["queue \"images\"", "replaced"]);
    let rows: Vec<_> = tables[0].rows.iter().map(|row| (row.name.as_str(), row.value)).collect();
    assert_eq!(rows, [("waiting", 3), ("dead", 1)]);
    assert_eq!(tables[1].rows[0].name, "new");
    assert!(tables.iter().all(|table| table.age_seconds.is_some()));
    let metrics = get(server.address(), "/metrics").text();
    let line = "\ngreenpool_table{table=\"queue \\\"images\\\"\",row=\"waiting\"} 3\n";
    assert!(metrics.contains(line) && metrics.ends_with("# EOF\n"), "{metrics}");
    assert!(metrics.contains("\ngreenpool_table_age_seconds{table=\"replaced\"} "), "{metrics}");
    crate::metrics::assert_readable(&metrics);
}

#[test]
fn a_table_that_does_not_answer_is_shown_as_it_was_and_asked_no_more() {
    let pool = pool();
    let server = served(&pool);
    let (calls, (go_on, may_go_on)) = (Arc::new(AtomicU64::new(0)), mpsc::channel::<()>());
    let (called, may_go_on) = (calls.clone(), Mutex::new(may_go_on));
    server.table("far", move || {
        let call = called.fetch_add(1, Ordering::SeqCst);
        if call == 1 {
            may_go_on.lock().recv().unwrap();
        }
        [("call", call)]
    });
    server.table("near", || [("one", 1)]);
    let look = || {
        let tables = page(server.address(), "/json/page").tables;
        assert_eq!(tables[1].rows[0].value, 1);
        tables[0].clone()
    };
    // A thread that comes late on a busy machine has answered by the next time.
    let first = std::iter::repeat_with(look).find(|far| !far.rows.is_empty()).unwrap();
    let again = look();
    assert_eq!((first.rows[0].value, again.rows[0].value), (0, 0));
    assert!(again.age_seconds > first.age_seconds);
    look();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    go_on.send(()).unwrap();
    while look().rows[0].value == 0 {}
}

#[test]
fn a_table_that_panics_leaves_the_rest_of_the_page() {
    let pool = pool();
    let server = served(&pool);
    server.table("broken", || -> [(&str, u64); 1] { panic!("on purpose") });
    for _ in 0..2 {
        let page = page(server.address(), "/json/page");
        assert_eq!((page.executors.len(), page.tables.len()), (1, 1));
        assert_eq!(page.tables[0].age_seconds, None);
    }
}
