//! `http`: what it answers, to good requests, bad ones and slow ones, and what it keeps to itself.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use crate::examples::program::Program;
use crate::examples::server_ends::{self, Kind};
use crate::examples::serving::{Serving, demand};
use crate::workspace;

const KIND: Kind = Kind {
    name: "http",
    request: "GET /plaintext HTTP/1.1\r\nHost: here\r\n\r\n",
    answer_ends: "\r\n\r\nHello, World!",
};

const LARGE: usize = 300_000;

pub(super) fn check() -> Result<()> {
    let site = make_site().context(|| "cannot make a site".into())?;
    let site = site.to_string_lossy();
    let serving = Serving::start("http", &["--carriers", "2", &site])?;
    answers(&serving)?;
    println!("http       answers good requests and bad ones");
    pipelined(&serving)?;
    println!("http       answers pipelined requests in their order");
    files(&serving)?;
    println!("http       serves the files of its directory, and nothing outside");
    drop(serving);
    slow()?;
    println!("http       cuts slow requests and idle connections");
    overload()?;
    println!("http       refuses what is too much with 503");
    let missing = Program::new("http").args(["--addr", "127.0.0.1:0", "nowhere"]).run()?;
    let clear = missing.stderr.contains("http: nowhere: No such file");
    demand(missing.code() == Some(1) && clear, "a missing directory", &missing.output())?;
    server_ends::check(&KIND)
}

/// A directory beside which there is a secret.
fn make_site() -> io::Result<PathBuf> {
    let base = workspace::scratch().join("http");
    if base.exists() {
        fs::remove_dir_all(&base)?;
    }
    let site = base.join("site");
    fs::create_dir_all(site.join("docs"))?;
    fs::write(base.join("secret"), "secret")?;
    fs::write(site.join("docs/index.html"), "the index")?;
    fs::write(site.join("two words.txt"), "two words")?;
    fs::write(site.join("large.bin"), "0123456789".repeat(LARGE / 10))?;
    symlink("two words.txt", site.join("inside"))?;
    symlink("../secret", site.join("outside"))?;
    symlink(Path::new(".."), site.join("up"))?;
    Ok(site)
}

/// What is sent, how the answer begins, and what it holds.
fn answers(serving: &Serving) -> Result<()> {
    let long = "x".repeat(20_000);
    let long_target = format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n");
    let long_field = format!("GET / HTTP/1.1\r\nHost: h\r\nCookie: {long}\r\n\r\n");
    let body = format!("GET /plaintext HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n{long}");
    let cases = [
        (KIND.request, "200", "\r\n\r\nHello, World!"),
        ("HEAD /plaintext HTTP/1.1\r\nHost: h\r\n\r\n", "200", "Content-Length: 13\r\n"),
        ("GET http://h/plaintext HTTP/1.1\r\nHost: h\r\n\r\n", "200", "Hello, World!"),
        ("GET /plaintext HTTP/1.0\r\n\r\n", "200", "Connection: close\r\n"),
        ("GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200", "keep-alive\r\n"),
        ("GET /stats HTTP/1.1\r\nHost: h\r\n\r\n", "200", "{\"submitted\":"),
        (&body, "200", "Hello, World!"),
        ("nonsense\r\n\r\n", "400", "Connection: close\r\n"),
        ("GET /plaintext HTTP/1.1\r\n\r\n", "400", "Connection: close\r\n"),
        ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "400", ""),
        ("GET /missing HTTP/1.1\r\nHost: h\r\n\r\n", "404", ""),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok",
            "405",
            "Allow: GET, HEAD\r\n",
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "411", ""),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n", "413", ""),
        (&long_target, "414", ""),
        (&long_field, "431", ""),
        ("BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "501", ""),
        ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505", ""),
    ];
    for (request, status, part) in cases {
        let answer = serving.ask(request)?;
        let right = answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(part);
        demand(right, &format!("{:.60}", request.escape_debug()), &answer)?;
    }
    expectation(serving)
}

fn expectation(serving: &Serving) -> Result<()> {
    let mut client = serving.connect()?;
    client.send(
        "GET /plaintext HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
    )?;
    client.until("HTTP/1.1 100 Continue\r\n\r\n")?;
    client.send("ok")?;
    client.until(KIND.answer_ends)?;
    Ok(())
}

fn pipelined(serving: &Serving) -> Result<()> {
    let requests = KIND.request.repeat(16) + "GET /missing HTTP/1.1\r\nHost: h\r\n\r\n";
    let answer = serving.ask(format!("{requests}{}", KIND.request))?;
    let statuses: Vec<&str> =
        answer.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)).collect();
    let expected: Vec<&str> = [["200"; 16].as_slice(), &["404", "200"]].concat();
    demand(statuses == expected, "pipelined requests", &answer)
}

fn files(serving: &Serving) -> Result<()> {
    let get = |path: &str| {
        let close = "Connection: close\r\n";
        serving.ask(format!("GET {path} HTTP/1.1\r\nHost: h\r\n{close}\r\n"))
    };
    let large = "0123456789".repeat(LARGE / 10);
    let served = [
        ("/two%20words.txt", "Content-Type: text/plain\r\n", "two words"),
        ("/inside", "Content-Length: 9\r\n", "two words"),
        ("/docs/", "Content-Type: text/html\r\n", "the index"),
        ("/large.bin", "Content-Length: 300000\r\n", &large),
    ];
    for (path, field, body) in served {
        let answer = get(path)?;
        let right = answer.contains(field) && answer.ends_with(&format!("\r\n\r\n{body}"));
        demand(right, path, &answer)?;
    }
    let moved = get("/docs")?;
    demand(moved.contains("Location: /docs/\r\n"), "/docs", &moved)?;
    let outside =
        ["/../secret", "/%2e%2e/secret", "/outside", "/up/secret", "//etc/passwd", "/up/"];
    for path in outside {
        let answer = get(path)?;
        demand(answer.starts_with("HTTP/1.1 404 "), path, &answer)?;
    }
    Ok(())
}

fn slow() -> Result<()> {
    let serving = Serving::start("http", &["--request-timeout", "0.2", "--idle-timeout", "0.4"])?;
    let mut client = serving.connect()?;
    client.send(&KIND.request[..10])?;
    let answer = client.rest()?;
    demand(answer.starts_with("HTTP/1.1 408 "), "a slow request", &answer)?;
    let mut client = serving.connect()?;
    client.send(KIND.request)?;
    let answer = client.rest()?;
    demand(answer.ends_with(KIND.answer_ends), "an idle connection", &answer)
}

fn overload() -> Result<()> {
    let serving = Serving::start("http", &["--max-connections", "1"])?;
    let mut served = serving.connect()?;
    served.send(KIND.request)?;
    served.until(KIND.answer_ends)?;
    let refused = serving.ask(KIND.request)?;
    let right = refused.starts_with("HTTP/1.1 503 ") && refused.contains("Retry-After: 1\r\n");
    demand(right, "one connection too many", &refused)?;
    served.send(KIND.request)?;
    served.until(KIND.answer_ends)?;
    drop(served);
    // The server may not have noticed yet.
    while serving.ask(KIND.request)?.starts_with("HTTP/1.1 503 ") {}
    Ok(())
}
