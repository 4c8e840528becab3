//! `--inspect`, of every program.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::running::Server;

const FREE: [&str; 2] = ["--inspect", "127.0.0.1:0"];

/// What stands behind this in the line that names the page.
const AT: &str = ": inspect at http://";

#[test]
fn every_server_shows_its_executor_on_a_page() {
    let servers = [
        ("http", env!("CARGO_BIN_EXE_http")),
        ("redis_like", env!("CARGO_BIN_EXE_redis_like")),
        ("chat", env!("CARGO_BIN_EXE_chat")),
    ];
    for (name, program) in servers {
        let mut server = Server::start(program, &FREE);
        let line = server.next_line();
        let (said, address) = line.trim().split_once(AT).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(said, name);
        let mut page = TcpStream::connect(address.trim_end_matches('/')).unwrap();
        page.write_all(b"GET /json/page HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        page.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(&format!("\"name\":\"{name}\"")), "{answer}");
    }
}

#[test]
fn every_program_that_ends_by_itself_says_where_its_page_is() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server");
    let programs = [
        ("crawl", env!("CARGO_BIN_EXE_crawl"), vec![directory]),
        ("digest", env!("CARGO_BIN_EXE_digest"), vec![directory]),
        ("https", env!("CARGO_BIN_EXE_https"), vec!["--pages", "2", "--delay", "1"]),
        ("thumbs", env!("CARGO_BIN_EXE_thumbs"), vec![directory]),
    ];
    for (name, program, arguments) in programs {
        let output = Command::new(program).args(FREE).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("{name}{AT}127.0.0.1:")), "{said}");
    }
}

#[test]
fn a_page_that_others_could_see_is_refused() {
    let program = env!("CARGO_BIN_EXE_digest");
    let output = Command::new(program).args(["--inspect", "0.0.0.0:0"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("cannot serve the page of --inspect at 0.0.0.0:0: "), "{said}");
}
