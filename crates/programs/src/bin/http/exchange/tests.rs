//! Whole conversations, without a socket.

use std::env;
use std::fs;
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process;

use executor::GreenThreadPoolExecutor;

use super::*;
use crate::files::Files;

/// A conversation about the files of a directory.
struct Talk {
    exchange: Exchange,
    input: Input,
    stopping: bool,
}

/// What was answered, and what the connection is to do.
struct Answered {
    text: String,
    last: Step,
}

impl Talk {
    fn about(directory: &Path) -> Self {
        let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
        let site = Site::new(Files::below(directory).unwrap(), pool.handle());
        Talk { exchange: Exchange::new(Arc::new(site)), input: Input::default(), stopping: false }
    }

    fn new() -> Self {
        Talk::about(Path::new("."))
    }

    /// Lets `bytes` come in, and plays the connection until more have to.
    fn say(&mut self, bytes: impl AsRef<[u8]>) -> Answered {
        let mut bytes = bytes.as_ref();
        let mut output = Vec::new();
        loop {
            let mut sent = Vec::new();
            let last = self.exchange.answer(&mut self.input, &mut sent, self.stopping);
            output.append(&mut sent);
            let wants_more = matches!(last, Step::Idle | Step::Partial);
            if last == Step::Close || (wants_more && bytes.is_empty()) {
                return Answered { text: String::from_utf8(output).unwrap(), last };
            }
            if wants_more {
                self.input.fill(&mut bytes).unwrap();
            }
        }
    }
}

impl Answered {
    fn starts(&self) -> Vec<&str> {
        self.text.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect()
    }

    fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").unwrap().1
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: here\r\n\r\n")
}

/// A directory of one test's own, which ends with it.
struct Directory(PathBuf);

impl Directory {
    fn new(test: &str) -> Self {
        let name = format!("greenpool-http-{}-{test}", process::id());
        let directory = Directory(env::temp_dir().join(name));
        fs::create_dir(&directory.0).unwrap();
        directory
    }
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn plaintext_is_answered_and_the_connection_goes_on() {
    let mut talk = Talk::new();
    for _ in 0..3 {
        let answered = talk.say(get("/plaintext"));
        assert_eq!(answered.body(), "Hello, World!");
        assert!(answered.text.contains("Content-Length: 13\r\n"), "{}", answered.text);
        assert!(answered.text.contains(" GMT\r\n"), "{}", answered.text);
        assert_eq!(answered.last, Step::Idle);
    }
}

#[test]
fn head_is_answered_without_a_body() {
    let answered = Talk::new().say(get("/plaintext").replace("GET", "HEAD"));
    assert!(answered.text.contains("Content-Length: 13\r\n"));
    assert_eq!((answered.body(), answered.last), ("", Step::Idle));
}

#[test]
fn pipelined_requests_are_answered_in_one_output() {
    let mut talk = Talk::new();
    let mut output = Vec::new();
    let requests = get("/plaintext").repeat(16);
    talk.input.fill(&mut requests.as_bytes()).unwrap();
    assert_eq!(talk.exchange.answer(&mut talk.input, &mut output, false), Step::Idle);
    assert_eq!(String::from_utf8(output).unwrap().matches("Hello, World!").count(), 16);
}

#[test]
fn requests_may_come_byte_by_byte() {
    let mut talk = Talk::new();
    let mut text = String::new();
    for byte in get("/plaintext").repeat(2).as_bytes() {
        text.push_str(&talk.say([*byte]).text);
    }
    assert_eq!(text.matches("Hello, World!").count(), 2);
}

#[test]
fn what_is_asked_behind_a_bad_request_is_not_answered() {
    let mut talk = Talk::new();
    let answered = talk.say(format!("{}nonsense\r\n\r\n{0}", get("/plaintext")));
    assert_eq!(answered.starts(), ["200", "400"]);
    assert_eq!(answered.last, Step::Close);
}

#[test]
fn methods_that_are_not_for_files_are_told_apart_from_unknown_ones() {
    let mut talk = Talk::new();
    let answered = talk.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((answered.starts(), answered.last), (vec!["405"], Step::Idle));
    assert!(answered.text.contains("Allow: GET, HEAD\r\n"));
    let answered = talk.say("BREW / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!((answered.starts(), answered.last), (vec!["501"], Step::Idle));
}

#[test]
fn a_body_is_read_over() {
    let mut talk = Talk::new();
    let body = "x".repeat(100_000);
    let request = format!(
        "GET /plaintext HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answered = talk.say(&request[..request.len() - 1]);
    assert_eq!((answered.starts(), answered.last), (vec![], Step::Partial));
    let answered = talk.say(format!("x{}", get("/plaintext")));
    assert_eq!((answered.starts(), answered.last), (vec!["200", "200"], Step::Idle));
}

#[test]
fn a_body_that_is_too_large_ends_the_conversation() {
    let length = MAX_BODY_BYTES + 1;
    let request = format!("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
    let answered = Talk::new().say(request);
    assert_eq!((answered.starts(), answered.last), (vec!["413"], Step::Close));
    assert!(answered.text.contains("Connection: close\r\n"));
}

#[test]
fn a_peer_that_expects_it_is_told_to_go_on() {
    let expecting = "GET /plaintext HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\
        Expect: 100-continue\r\n\r\n";
    let mut talk = Talk::new();
    let answered = talk.say(expecting);
    assert_eq!((answered.starts(), answered.last), (vec!["100"], Step::Partial));
    let answered = talk.say("ok");
    assert_eq!((answered.starts(), answered.last), (vec!["200"], Step::Idle));

    let answered = talk.say(expecting.replace("GET", "PUT"));
    assert_eq!((answered.starts(), answered.last), (vec!["405"], Step::Close));
}

#[test]
fn the_peer_decides_whether_the_connection_goes_on() {
    let with = |version: &str, field: &str| {
        let request = format!("GET /plaintext HTTP/{version}\r\nHost: h\r\n{field}\r\n");
        Talk::new().say(request)
    };
    let answered = with("1.1", "Connection: close\r\n");
    assert!(answered.text.contains("Connection: close\r\n"));
    assert_eq!(answered.last, Step::Close);
    assert_eq!(with("1.0", "").last, Step::Close);
    let answered = with("1.0", "Connection: keep-alive\r\n");
    assert!(answered.text.contains("Connection: keep-alive\r\n"));
    assert_eq!(answered.last, Step::Idle);
}

#[test]
fn a_server_that_stops_answers_what_has_begun_and_says_so() {
    let mut talk = Talk::new();
    let request = get("/plaintext");
    assert_eq!(talk.say(&request[..10]).last, Step::Partial);
    talk.stopping = true;
    let answered = talk.say(&request[10..]);
    assert_eq!((answered.starts(), answered.last), (vec!["200"], Step::Close));
    assert!(answered.text.contains("Connection: close\r\n"));
}

#[test]
fn a_slow_request_is_answered_with_a_timeout() {
    let mut talk = Talk::new();
    assert_eq!(talk.say("GET / HT").last, Step::Partial);
    let mut output = Vec::new();
    talk.exchange.answer_too_slow(&mut output);
    assert!(output.starts_with(b"HTTP/1.1 408 "));
}

#[test]
fn the_statistics_are_json() {
    let answered = Talk::new().say(get("/stats"));
    assert!(answered.text.contains("Content-Type: application/json\r\n"));
    let json: serde_json::Value = serde_json::from_str(answered.body()).unwrap();
    assert!(json.is_object(), "{json}");
}

#[test]
fn files_come_whole_and_with_their_type() {
    let directory = Directory::new("whole");
    let large = "0123456789abcdef".repeat(20_000);
    fs::write(directory.join("large.css"), &large).unwrap();
    fs::write(directory.join("with blank"), "small").unwrap();
    fs::write(directory.join("empty.html"), "").unwrap();
    let mut talk = Talk::about(&directory);

    let answered = talk.say(get("/large.css"));
    assert!(answered.text.contains("Content-Type: text/css\r\n"));
    assert!(answered.body() == large, "{} bytes came", answered.body().len());
    let answered = talk.say(get("/with%20blank?query"));
    assert_eq!(answered.body(), "small");
    assert!(answered.text.contains("Content-Type: application/octet-stream\r\n"));
    assert_eq!(talk.say(get("/empty.html")).body(), "");
    assert_eq!(talk.say(get("/missing")).starts(), ["404"]);
    let two = talk.say(get("/large.css") + &get("/with%20blank"));
    assert_eq!(two.starts(), ["200", "200"]);
}

#[test]
fn a_directory_is_its_index() {
    let directory = Directory::new("index");
    fs::create_dir_all(directory.join("with")).unwrap();
    fs::create_dir_all(directory.join("without")).unwrap();
    fs::write(directory.join("with/index.html"), "the index").unwrap();
    let mut talk = Talk::about(&directory);

    assert_eq!(talk.say(get("/with/")).body(), "the index");
    let moved = talk.say(get("//with"));
    assert_eq!(moved.starts(), ["301"]);
    assert!(moved.text.contains("\r\nLocation: /with/\r\n"), "{}", moved.text);
    assert_eq!(talk.say(get("/without/")).starts(), ["404"]);
    assert_eq!(talk.say(get("/with/index.html/")).starts(), ["404"]);
}

#[test]
fn nothing_outside_of_the_directory_is_served() {
    let base = Directory::new("outside");
    let served = base.join("served");
    fs::create_dir_all(&served).unwrap();
    fs::write(base.join("secret"), "secret").unwrap();
    fs::write(served.join("inside"), "inside").unwrap();
    symlink("../secret", served.join("relative")).unwrap();
    symlink(base.join("secret"), served.join("absolute")).unwrap();
    symlink("..", served.join("up")).unwrap();
    symlink("inside", served.join("fine")).unwrap();
    let mut talk = Talk::about(&served);

    let outside =
        ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "/relative", "/absolute", "/up/secret"];
    for path in outside {
        assert_eq!(talk.say(get(path)).starts(), ["404"], "{path}");
    }
    assert_eq!(talk.say(get("/fine")).body(), "inside");
}
