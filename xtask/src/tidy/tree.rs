//! The texts of the workspace.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::{Context, Result};

/// What holds nothing of ours. In a second work tree, `.git` is a file.
const SKIPPED: &[&str] = &["target", ".git"];

/// Every file by its path from the root, with `/` between the parts.
#[derive(Default)]
pub(super) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads them all.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let mut tree = Tree::default();
        tree.load_directory(root, "")?;
        Ok(tree)
    }

    /// A tree of these files, for tests.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Tree { files: files.iter().map(owned).collect() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is such a file, or a directory with files in it.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || self.has_directory(path)
    }

    /// All files: path and text.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All files with this extension.
    pub(super) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        let suffix = format!(".{extension}");
        self.files().filter(move |(path, _)| path.ends_with(&suffix))
    }

    fn has_directory(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let mut from = self.files.range(below.clone()..);
        from.next().is_some_and(|(path, _)| path.starts_with(&below))
    }

    fn load_directory(&mut self, directory: &Path, prefix: &str) -> Result<()> {
        let cannot = || format!("cannot read {}", directory.display());
        for entry in fs::read_dir(directory).context(cannot)? {
            let entry = entry.context(cannot)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            let kind = entry.file_type().context(cannot)?;
            if kind.is_dir() {
                self.load_directory(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                // What is not UTF-8 has no text, but may be linked to: a picture.
                let text = fs::read_to_string(entry.path()).unwrap_or_default();
                self.files.insert(path, text);
            }
        }
        Ok(())
    }
}
