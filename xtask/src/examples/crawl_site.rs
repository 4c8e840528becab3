//! A little site with all that can be wrong with one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};

use greenstd::thread;

use crate::error::{Context, Result};

/// The page that links to all others.
const INDEX: &str = r##"<!DOCTYPE html>
<title>Links</title>
<h1 id=top-of-it>Links</h1>
<a href="good.html">good</a> <a href="good.html#part">a part</a> <a href=good.html#b%C3%A9>another</a>
<a href="#top-of-it">up</a> <a href="#">up</a> <A HREF="/">itself</A> <a name="old">old</a> <a href=#old>old</a>
<a href="moved#part">moved</a> <a href="chunked">chunked</a> <a href="latin1.html#ende">Latin-1</a>
<a href="huge.html#begin">huge</a> <a href="image.png#x=1">an image</a>
<a href="mailto:a@b.c">mail</a> <a href="javascript:void(0)">script</a>
<!-- <a href="in-a-comment">no link</a> --> <script>"<a href='in-a-script'>"</script>
<a href="http://127.0.0.1:1/elsewhere">elsewhere</a>
<h2>Broken</h2>
<a href="missing.html">missing</a> <img src='missing.png'> <a href="good.html#gone">no such part</a>
<a href="moved-away">moved away</a> <a href="round/a">in a circle</a> <a href="chain/1">a long way</a>
<a href="nowhere">nowhere</a> <a href="slow">slow</a> <a href="silent">silent</a> <a href="garbage">garbage</a>
<a href="huge.html#end">too far down</a> <a href="http://[::1/">no address</a> <a href="short">cut off</a>
"##;

/// What is behind the links: a path, and all that is sent. Others are not there.
const PAGES: &[(&str, &[u8])] = &[
    (
        "/good.html",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1 id='part'>P</h1><p id=b\u{e9}>"
            .as_bytes(),
    ),
    ("/moved", b"HTTP/1.1 301 Moved\r\nLocation: /good.html\r\nContent-Length: 0\r\n\r\n"),
    ("/moved-away", b"HTTP/1.1 302 Found\r\nLocation: missing.html\r\nContent-Length: 0\r\n\r\n"),
    ("/round/a", b"HTTP/1.1 302 Found\r\nLocation: b\r\nContent-Length: 0\r\n\r\n"),
    ("/round/b", b"HTTP/1.1 302 Found\r\nLocation: a\r\nContent-Length: 0\r\n\r\n"),
    ("/nowhere", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
    ("/silent", b""),
    ("/garbage", b"220 mail.example ESMTP\r\n\r\n"),
    ("/image.png", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG"),
    (
        "/latin1.html",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n\xa7 <a href='\xe9.html'>x</a><p id=ende>\
          and more than that",
    ),
    ("/%C3%A9.html", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nan e"),
    (
        "/chunked",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n\
          9\r\n<a href='\r\nA;x=y\r\nlost.html'\r\n1\r\n>\r\n0\r\n\r\n",
    ),
    ("/short", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n<p>"),
];

/// The broken links, each as page, link and reason. The limits are those of [`OPTIONS`].
pub(super) const BROKEN: &[[&str; 3]] = &[
    ["/", "missing.html", "404 Not Found"],
    ["/", "missing.png", "404 Not Found"],
    ["/", "good.html#gone", "no anchor #gone on the page"],
    ["/", "moved-away", "redirected to ADDRESSmissing.html: 404 Not Found"],
    ["/", "round/a", "redirects in a circle"],
    ["/", "chain/1", "more than 5 redirects"],
    ["/", "nowhere", "redirect to nowhere"],
    ["/", "slow", "no answer within 0.5 s"],
    ["/", "silent", "not HTTP: no answer"],
    ["/", "garbage", "not HTTP: bad head"],
    ["/", "huge.html#end", "no anchor #end in the part that was read"],
    ["/", "http://[::1/", "no address: invalid IPv6 address"],
    ["/", "short", "not HTTP: cut off in the body"],
    ["/chunked", "lost.html", "404 Not Found"],
];

/// What the crawler is told about the site.
pub(super) const OPTIONS: &[&str] =
    &["--timeout", "0.5", "--max-redirects", "5", "--max-bytes", "100000"];

/// How much of the huge page is sent at most: more than is read, and than buffers hold.
const HUGE_BYTES: usize = 64 << 20;

/// The site, which is served until the process ends.
pub(super) struct Site {
    /// Where it is.
    pub(super) address: String,
    /// Hears of each request for the slow page.
    pub(super) asked_for_slow: Receiver<()>,
}

/// Serves the site.
pub(super) fn serve() -> Result<Site> {
    let cannot = || "cannot serve a site".to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").context(cannot)?;
    let address = listener.local_addr().context(cannot)?;
    let (sender, asked_for_slow) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            thread::spawn(move || answer(&stream, &sender));
        }
    });
    Ok(Site { address: format!("http://{address}/"), asked_for_slow })
}

fn answer(mut stream: &TcpStream, asked_for_slow: &Sender<()>) -> std::io::Result<()> {
    let mut connection = BufReader::new(stream);
    let path = read_path(&mut connection)?;
    let page = PAGES.iter().find(|(other, _)| *other == path);
    match (path.split('?').next(), page) {
        (Some("/"), _) => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
            write!(stream, "{head}{INDEX}")
        }
        (_, Some((_, all))) => stream.write_all(all),
        (Some("/huge.html"), _) => huge(stream),
        (Some("/slow"), _) => {
            let _ = asked_for_slow.send(());
            // Until the other end has had enough.
            connection.read_to_end(&mut Vec::new()).map(drop)
        }
        _ => match path.strip_prefix("/chain/").and_then(|number| number.parse::<u64>().ok()) {
            Some(number) => {
                let head = "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\n";
                write!(stream, "{head}Location: /chain/{}\r\n\r\n", number + 1)
            }
            None => stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        },
    }
}

/// Reads a request; its path.
fn read_path(connection: &mut impl BufRead) -> std::io::Result<String> {
    let mut request = String::new();
    connection.read_line(&mut request)?;
    let mut line = String::from("more");
    while !line.trim().is_empty() {
        line.clear();
        connection.read_line(&mut line)?;
    }
    Ok(request.split(' ').nth(1).unwrap_or_default().to_owned())
}

fn huge(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p id=begin>")?;
    let line = b"all work and no play makes a page of many lines\n".repeat(1000);
    for _ in 0..HUGE_BYTES / line.len() {
        stream.write_all(&line)?;
    }
    stream.write_all(b"<p id=end>")
}
