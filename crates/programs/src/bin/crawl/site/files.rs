//! From the path of a request to what is answered.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{listing, markdown, media};

/// An answer, ready to be sent.
pub(super) struct Answer {
    status: u16,
    reason: &'static str,
    fields: String,
    body: Vec<u8>,
    is_head: bool,
}

/// What there is at `path` below `root`: a file as it is, Markdown as HTML, a directory as a list of
/// what is in it.
pub(super) fn find(root: &Path, path: &str) -> Answer {
    match try_find(root, path) {
        Ok(answer) => answer,
        Err(error) if is_missing(&error) => Answer::text(404, "Not Found"),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Answer::text(403, "Forbidden")
        }
        Err(_) => Answer::text(500, "Internal Server Error"),
    }
}

fn try_find(root: &Path, path: &str) -> io::Result<Answer> {
    let below = below(path).ok_or(io::ErrorKind::NotFound)?;
    // The true path, with symbolic links resolved: nothing outside of the root is shown.
    let file = root.join(below).canonicalize()?;
    if !file.starts_with(root) {
        return Err(io::ErrorKind::NotFound.into());
    }
    if file.is_dir() {
        if !path.ends_with('/') {
            return Ok(Answer::moved_to(&format!("{path}/")));
        }
        return Ok(Answer::page(listing::render(root, &file, path)?));
    }
    // A file is no directory, and `/file/` is not there.
    if path.ends_with('/') {
        return Err(io::ErrorKind::NotFound.into());
    }
    let content = fs::read(&file)?;
    if markdown::is_markdown(&file) {
        let title = file.file_name().unwrap_or_default().to_string_lossy();
        return Ok(Answer::page(markdown::page(&title, &String::from_utf8_lossy(&content))));
    }
    Ok(Answer::file(media::kind(&file), content))
}

/// The path as one below a root, or nothing if it climbs out of it.
fn below(path: &str) -> Option<PathBuf> {
    if path.contains('\0') {
        return None;
    }
    let below = Path::new(path.trim_start_matches('/'));
    let is_inside =
        below.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    is_inside.then(|| below.to_owned())
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}

impl Answer {
    /// A status and its name as text.
    pub(super) fn text(status: u16, reason: &'static str) -> Self {
        let body = format!("{status} {reason}\n").into_bytes();
        Answer { status, reason, ..Answer::file("text/plain; charset=utf-8", body) }
    }

    fn page(html: String) -> Self {
        Answer::file("text/html; charset=utf-8", html.into_bytes())
    }

    fn file(kind: &str, body: Vec<u8>) -> Self {
        let fields = format!("Content-Type: {kind}\r\n");
        Answer { status: 200, reason: "OK", fields, body, is_head: false }
    }

    fn moved_to(path: &str) -> Self {
        let mut answer = Answer::text(301, "Moved Permanently");
        answer.fields.push_str(&format!("Location: {}\r\n", listing::encode(path)));
        answer
    }

    /// Leaves the body out if the request was for the head.
    pub(super) fn without_body_if(mut self, is_head: bool) -> Self {
        self.is_head = is_head;
        self
    }

    /// As it goes over the wire.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (status, reason, fields) = (self.status, self.reason, &self.fields);
        let length = self.body.len();
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\n{fields}Content-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        );
        let mut bytes = head.into_bytes();
        if !self.is_head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}
