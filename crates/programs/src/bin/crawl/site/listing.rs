//! A directory as a page: what is in it, and below that its README, as GitHub shows it.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::markdown;

/// What must be written differently in the path of a URL.
const NOT_IN_A_PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?').add(b'`');
/// A directory with such a file in it holds nothing but what can be made again: cargo's `target`.
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// The page of a directory below `root`. What is hidden or can be made again is not listed; it is there
/// all the same if a link names it.
pub(super) fn render(root: &Path, directory: &Path, path: &str) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(mut name) = entry.file_name().into_string() else { continue };
        let is_directory = entry.path().is_dir();
        let is_cache = is_directory && entry.path().join(CACHE_TAG).exists();
        // A symbolic link may lead out, or nowhere.
        let is_inside = entry.path().canonicalize().is_ok_and(|path| path.starts_with(root));
        if name.starts_with('.') || is_cache || !is_inside {
            continue;
        }
        if is_directory {
            name.push('/');
        }
        names.push(name);
    }
    names.sort_unstable();
    let mut body = String::from("<ul>\n");
    for name in &names {
        // Before a name with a colon, or the browser takes it for a scheme.
        let href = format!("./{}", encode(name));
        let written = writeln!(body, "<li><a href=\"{href}\">{}</a></li>", markdown::escape(name));
        written.expect("a string takes what is written to it");
    }
    body.push_str("</ul>\n");
    if names.iter().any(|name| name == "README.md") {
        let readme = fs::read(directory.join("README.md"))?;
        body.push_str(&markdown::render(&String::from_utf8_lossy(&readme)));
    }
    Ok(markdown::document(path, &body))
}

/// A path as it is written in a URL.
pub(super) fn encode(path: &str) -> String {
    utf8_percent_encode(path, NOT_IN_A_PATH).to_string()
}
