//! Metrics, traces, and the end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use inspect::executor::sleep;
use inspect::metrics;

use super::{get, page, served};
use crate::{ends_with_the_test, pool};

#[test]
fn the_metrics_have_what_is_parked_by_reason() {
    let pool = pool();
    let server = served(&pool);
    let nap = pool.try_submit(|| sleep(Duration::from_secs(3600))).unwrap();
    let _ends = ends_with_the_test(&nap);
    let text = loop {
        let answer = get(server.address(), "/metrics");
        assert!(answer.head.contains(metrics::CONTENT_TYPE), "{}", answer.head);
        let text = answer.text();
        // On a busy machine, a carrier may come too late with its answer.
        let silent = "\ngreenpool_carriers_silent{executor=\"shop\"} 0\n";
        if text.contains("reason=\"sleep\"") && text.contains(silent) {
            break text;
        }
    };
    assert!(text.contains("\ngreenpool_parked{executor=\"shop\",reason=\"sleep\"} 1\n"), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn a_trace_is_a_file_to_store() {
    let pool = pool();
    let server = served(&pool);
    let answer = get(server.address(), "/trace?seconds=0.1&executor=0");
    assert_eq!(answer.status, "200 OK");
    let stored = "Content-Disposition: attachment; filename=\"jobs.perfetto-trace\"";
    assert!(answer.head.contains(stored), "{}", answer.head);
    assert!(!answer.body.is_empty());
    for target in
        ["/trace?seconds=x", "/trace?seconds=61", "/trace?seconds=-1", "/trace?executor=1"]
    {
        assert_eq!(get(server.address(), target).status, "404 Not Found", "{target}");
    }
}

#[test]
fn one_trace_is_recorded_at_a_time_and_ends_when_its_client_goes() {
    let pool = pool();
    let server = served(&pool);
    let mut first = TcpStream::connect(server.address()).unwrap();
    first.write_all(b"GET /trace?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    while !page(server.address(), "/json/page").is_recording {}
    assert_eq!(get(server.address(), "/trace?seconds=0").status, "503 Service Unavailable");
    drop(first);
    while get(server.address(), "/trace?seconds=0").status != "200 OK" {}
}

#[test]
fn the_end_of_the_server_cuts_its_clients_off_and_gives_the_address_back() {
    let pool = pool();
    let server = served(&pool);
    let address = server.address();
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET /trace?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    while !page(address, "/json/page").is_recording {}
    drop(server);
    assert_eq!(client.read_to_end(&mut Vec::new()).unwrap(), 0);
    assert!(TcpStream::connect(address).is_err());
    pool.submit(|| ()).unwrap().result().unwrap();
}
