//! `greenpool-top`: what it prints of a document, and what it says if there is none. How it looks on a terminal is tested
//! with the crate.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};

use greenstd::thread;

use crate::error::{Context, Error, Result};
use crate::examples::program::Program;
use crate::watch::Watched;

/// A document with rates: so it is asked for once.
const DOCUMENT: &str = r#"{ "version": 1, "program": "shop", "pid": 47, "executors": [ {
    "name": "orders", "gauges": { "running": 3 }, "recent": { "seconds": 1.0, "ended": 8 },
    "parked": [ { "reason": "sleep", "count": 3, "longest": 0.8 } ] } ] }"#;

/// What is printed of it.
const PRINTED: &[&str] =
    &["shop (47) at 127.0.0.1:", "3 running, 0 queued", "8.00 jobs/s", "3   800 ms  sleep"];

/// Arguments, the exit code, and a part of the message.
const WRONG: &[(&[&str], i32, &str)] = &[
    (&["127.0.0.1:1"], 1, "greenpool-top: 127.0.0.1:1: cannot connect"),
    (&["127.0.0.1:1", "--once"], 1, "serve a page by inspect::serve there?"),
    (&["ftp://127.0.0.1/"], 2, "cannot fetch by ftp"),
    (&["127.0.0.1:1", "--interval", "0"], 2, "less than 100ms"),
    (&[], 2, "<ADDR>"),
];

pub(super) fn check() -> Result<()> {
    let address = serve_once(DOCUMENT)?.to_string();
    let ended = run(&[&address, "--once"])?;
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    let is_right = ended.success() && PRINTED.iter().all(|part| printed.contains(part));
    demand(is_right, "--once", &ended)?;
    println!("greenpool-top  {}", printed.lines().nth(1).unwrap_or_default());
    for (arguments, code, message) in WRONG {
        let ended = run(arguments)?;
        let is_clear = ended.stderr.contains(message) && ended.stdout.is_empty();
        demand(ended.code() == Some(*code) && is_clear, &arguments.join(" "), &ended)?;
    }
    let help = run(&["--help"])?;
    demand(help.success() && help.output().contains("--interval"), "--help", &help)?;
    println!("greenpool-top  refuses wrong arguments");
    Ok(())
}

fn run(arguments: &[&str]) -> Result<Watched> {
    Program::new("greenpool-top").args(arguments.iter().copied()).run()
}

/// Gives the document to whoever comes first.
fn serve_once(document: &'static str) -> Result<SocketAddr> {
    let cannot = || "cannot listen".to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").context(cannot)?;
    let address = listener.local_addr().context(cannot)?;
    thread::spawn(move || -> io::Result<()> {
        let (mut client, _) = listener.accept()?;
        // What it asks for is known. Its request ends with an empty line.
        let mut lines = BufReader::new(&client).lines();
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let length = document.len();
        write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{document}")
    });
    Ok(address)
}

fn demand(holds: bool, call: &str, ended: &Watched) -> Result<()> {
    if holds {
        return Ok(());
    }
    let (ending, output) = (ended.ending(), ended.output());
    Err(Error::new(format!("greenpool-top {call}: ended with {ending}:\n{output}")))
}
