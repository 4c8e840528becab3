//! The link checker, at servers that mean it no good.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use greenstd::thread;

/// Runs `crawl` with these options at a server that sends `begin`, then `again` for as long as it is
/// listened to, and returns what it prints.
fn crawl(options: &[&str], begin: &'static str, again: &'static str, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        let mut sent = stream.write_all(begin.as_bytes());
        while sent.is_ok() {
            thread::sleep(pause);
            sent = stream.write_all(again.as_bytes());
        }
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_crawl"));
    command.args(options).arg(&url).stderr(Stdio::null());
    let output = command.output().unwrap();
    serving.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn endless_interim_answers_are_no_answer() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let printed = crawl(&["--timeout", "60"], interim, interim, Duration::ZERO);
    assert!(printed.contains("endless interim answers"), "{printed}");
}

#[test]
fn an_answer_that_trickles_in_is_given_up_in_time() {
    let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    let printed = crawl(&["--timeout", "1"], begin, "x", Duration::from_millis(50));
    assert!(printed.contains("no answer within 1 s"), "{printed}");
}

#[test]
fn an_answer_that_never_pauses_is_read_no_further_than_a_page() {
    let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p id=here><a href='#here'>";
    let options = ["--timeout", "60", "--max-bytes", "100000"];
    let printed = crawl(&options, begin, "<p>and so on", Duration::ZERO);
    assert!(printed.contains("2 good, 0 broken"), "{printed}");
}

#[test]
fn a_trace_of_the_work_is_written_to_a_file() {
    let file = std::env::temp_dir().join(format!("crawl-{}.perfetto-trace", std::process::id()));
    let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p id=here><a href='#here'>";
    let options = ["--max-bytes", "100000", "--trace", file.to_str().unwrap()];
    let printed = crawl(&options, begin, "<p>and so on", Duration::ZERO);
    assert!(printed.contains("2 good, 0 broken"), "{printed}");
    let trace = std::fs::read(&file).unwrap();
    std::fs::remove_file(file).unwrap();
    // Names are bytes among others.
    for name in ["executor crawl", "crawl-0", "crawler.rs", "backlog"] {
        let found = trace.windows(name.len()).any(|bytes| bytes == name.as_bytes());
        assert!(found, "no {name} in the {} bytes of the trace", trace.len());
    }
}
