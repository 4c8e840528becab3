//! Each program is run as a user would run it, and fetches 500 times through 10 connections.

use std::process::Command;

use testkit::PostgresServer;

use crate::http_server::HttpServer;

/// Of the squares of 0 to 499.
const SUM: i64 = 41_541_750;

/// What the program prints about the server.
#[track_caller]
fn run(program: &str, server: &str) -> String {
    let output = Command::new(program).arg(server).output().unwrap();
    let (said, complained) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {}: {complained}", output.status);
    String::from_utf8(said).unwrap()
}

#[test]
fn drivers_of_postgres_fetch_500_times_through_10_connections() {
    let Some(server) = PostgresServer::start() else { return };
    let expected = format!("500 answers through 10 connections, sum {SUM}\n");
    assert_eq!(run(env!("CARGO_BIN_EXE_postgres"), server.address()), expected);
    assert_eq!(run(env!("CARGO_BIN_EXE_tokio_postgres"), server.address()), expected);
}

#[test]
fn ureq_over_green_sockets_fetches_500_times_through_10_connections() {
    let server = HttpServer::start(10);
    let bytes = 500 * server.answer_bytes();
    let expected = format!("500 answers through 10 connections, {bytes} bytes\n");
    assert_eq!(run(env!("CARGO_BIN_EXE_ureq"), server.url()), expected);
    assert_eq!((server.connections(), server.requests()), (10, 500));
}

#[test]
fn backon_tries_again_and_its_sleeps_are_ours() {
    let said = run(env!("CARGO_BIN_EXE_retry"), "");
    assert_eq!(said, "sum 4950 after 300 tries\ncancelled: true\n");
}

#[test]
fn governor_says_when_a_job_may_go_on() {
    assert_eq!(run(env!("CARGO_BIN_EXE_rate_limit"), ""), "sum 1225, not too fast: true\n");
}
