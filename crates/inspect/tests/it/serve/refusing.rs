//! What is not answered.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use inspect::{ServeOptions, serve, serve_with};

use super::{ask, get, served};
use crate::pool;

#[test]
fn only_loopback_is_listened_on_unless_it_is_told_otherwise() {
    let pool = pool();
    let refused = serve("0.0.0.0:0", [pool.handle()]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    let options = ServeOptions::new().beyond_loopback(true);
    let _server = serve_with("0.0.0.0:0", [pool.handle()], &options).unwrap();
}

#[test]
fn a_name_that_was_made_to_point_here_reads_nothing() {
    let pool = pool();
    let options = ServeOptions::new().host("shop.internal");
    let server = serve_with("127.0.0.1:0", [pool.handle()], &options).unwrap();
    let status = |host: &str| {
        ask(server.address(), &format!("GET /text HTTP/1.1\r\nHost: {host}\r\n\r\n")).status
    };
    assert_eq!(status("evil.example"), "403 Forbidden");
    assert_eq!(status(&format!("evil.example:{}", server.address().port())), "403 Forbidden");
    assert_eq!(status(&server.address().to_string()), "200 OK");
    assert_eq!(status("shop.internal:80"), "200 OK");
}

#[test]
fn other_sites_are_given_no_data() {
    let pool = pool();
    let server = served(&pool);
    let status = |path: &str, site: &str| {
        let fields = format!("Host: localhost\r\nSec-Fetch-Site: {site}");
        ask(server.address(), &format!("GET {path} HTTP/1.1\r\n{fields}\r\n\r\n")).status
    };
    assert_eq!(status("/json/page", "cross-site"), "403 Forbidden");
    assert_eq!(status("/trace?seconds=0", "same-site"), "403 Forbidden");
    assert_eq!(status("/json/page", "same-origin"), "200 OK");
    assert_eq!(status("/json/page", "none"), "200 OK");
    assert_eq!(status("/", "cross-site"), "200 OK");
}

#[test]
fn requests_that_are_not_get_or_too_long_are_refused() {
    let pool = pool();
    let server = served(&pool);
    let status = |request: &str| ask(server.address(), request).status;
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        let answer =
            ask(server.address(), &format!("{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!(answer.status, "405 Method Not Allowed", "{method}");
        assert!(answer.head.contains("Allow: GET"), "{}", answer.head);
    }
    assert_eq!(status("nonsense\r\n\r\n"), "400 Bad Request");
    assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), "400 Bad Request");
    let long = "x".repeat(20_000);
    let too_long = "431 Request Header Fields Too Large";
    assert_eq!(status(&format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n")), too_long);
    assert_eq!(get(server.address(), "/../etc/passwd").status, "404 Not Found");
}

#[test]
fn one_client_too_many_is_refused_and_the_others_are_served() {
    let pool = pool();
    let server = served(&pool);
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let mut client = TcpStream::connect(server.address()).unwrap();
            client.write_all(b"GET /text HTTP/1.1\r\n").unwrap();
            client
        })
        .collect();
    // They are accepted in the order in which they came.
    let mut refused = TcpStream::connect(server.address()).unwrap();
    let mut answer = String::new();
    refused.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    for mut client in clients {
        client.write_all(b"Host: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[test]
fn a_browser_is_told_to_run_no_script_but_the_pages_own() {
    let pool = pool();
    let server = served(&pool);
    let page = get(server.address(), "/");
    assert!(page.text().contains("<script type=\"module\" src=\"/page/main.js\"></script>"));
    let head = page.head;
    let policy = head.lines().find_map(|it| it.strip_prefix("Content-Security-Policy: ")).unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
        "{head}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    for field in ["X-Content-Type-Options: nosniff", "Cross-Origin-Resource-Policy: same-origin"] {
        assert!(head.contains(field), "{head}");
    }
}
