//! From the target of a request to a path.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The part of a target that names something on this server, still encoded: without scheme and host, if
/// the target has them, and without query.
pub(crate) fn of_target(target: &str) -> Option<&str> {
    let path = match target.as_bytes().first()? {
        b'/' => target,
        _ => {
            let (_, after_scheme) = target.split_once("://")?;
            after_scheme.find('/').map_or("/", |start| &after_scheme[start..])
        }
    };
    path.split(['?', '#']).next()
}

/// Decodes a path, and makes it relative to the directory that is served. `None` if no file can have
/// that name: a zero byte is in it, or it leaves its root.
pub(crate) fn below_root(path: &str) -> Option<PathBuf> {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    if decoded.contains(&0) {
        return None;
    }
    let mut below = PathBuf::new();
    for part in decoded.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if !below.pop() {
                    return None;
                }
            }
            part => below.push(OsString::from_vec(part.to_vec())),
        }
    }
    Some(below)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn targets_come_in_two_forms() {
        assert_eq!(of_target("/a/b?c#d"), Some("/a/b"));
        assert_eq!(of_target("http://host:80/a/b?c"), Some("/a/b"));
        assert_eq!(of_target("http://host"), Some("/"));
        assert_eq!(of_target("*"), None);
        assert_eq!(of_target(""), None);
    }

    #[test]
    fn paths_are_decoded_once() {
        assert_eq!(below_root("/a%20b/%25c").as_deref(), Some(Path::new("a b/%c")));
        assert_eq!(below_root("/").as_deref(), Some(Path::new("")));
        assert_eq!(below_root("//a/./b/").as_deref(), Some(Path::new("a/b")));
    }

    #[test]
    fn no_path_leaves_the_root() {
        assert_eq!(below_root("/a/../b").as_deref(), Some(Path::new("b")));
        for path in ["/..", "/../etc/passwd", "/%2e%2e/x", "/a/../../x", "/..%2fx", "/a%00"] {
            assert_eq!(below_root(path), None, "{path}");
        }
        let absolute = below_root("//etc/passwd").unwrap();
        assert!(absolute.is_relative());
    }
}
