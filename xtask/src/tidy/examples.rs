//! Every public item of a crate that people depend on has an example, and an example needs no crate but
//! the one that it explains.
//!
//! The sources are read as text: what is `pub` there is public, as the lint `unreachable_pub` demands. The
//! compiler runs the examples; see `cargo xtask test`.

use super::Finding;
use super::markdown::{self, Block};
use super::tree::Tree;

/// The crates of which this holds: those whose documentation is complete.
const COMPLETE: &[&str] =
    &["greenctx", "greensync", "greenio", "stats", "executor", "workqueue", "inspect", "remote"];

/// What an item begins with that people look up. Modules and re-exports are pages of links, fields and
/// variants are explained by their type.
const ITEMS: &[&str] =
    &["fn", "const fn", "async fn", "unsafe fn", "struct", "enum", "trait", "type", "union"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    find(tree, COMPLETE)
}

fn find(tree: &Tree, complete: &[&str]) -> Vec<Finding> {
    let members = members(tree);
    let mut found = Vec::new();
    for (path, text) in tree.files() {
        let Some(package) = package(path).filter(|name| complete.contains(name)) else { continue };
        let is_source = path.ends_with(".rs") && path.contains("/src/");
        if is_source {
            found.extend(without_example(path, text));
        }
        if is_source || path.ends_with("/README.md") {
            found.extend(foreign(path, text, package, &members));
        }
    }
    found
}

/// The crates of the workspace.
fn members(tree: &Tree) -> Vec<&str> {
    let mut members: Vec<&str> = tree.files().filter_map(|(path, _)| package(path)).collect();
    members.dedup();
    members
}

fn package(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

/// The public items whose documentation has no code.
fn without_example<'a>(path: &'a str, text: &'a str) -> impl Iterator<Item = Finding> + 'a {
    let mut has_example = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let line = line.trim_start();
        if line.starts_with("///") {
            has_example |= line.contains("```");
            return None;
        }
        // What a macro is made of is not looked up.
        has_example |= line == "#[doc(hidden)]";
        // Attributes stand between the documentation and the item.
        if line.starts_with("#[") || line.starts_with(')') || line.ends_with(")]") {
            return None;
        }
        let had_example = std::mem::take(&mut has_example);
        let item = item(line).filter(|_| !had_example)?;
        let message = format!("`{item}` has no example: show how it is used, in a block that runs");
        Some(Finding::new(path, index + 1, message))
    })
}

/// What a line declares, if that is public.
fn item(line: &str) -> Option<&str> {
    let declared = line.strip_prefix("pub ")?;
    let after = |item: &&str| declared.strip_prefix(*item)?.strip_prefix(' ');
    let name = ITEMS.iter().find_map(after)?;
    let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let name = &name[..end.unwrap_or(name.len())];
    // In a macro the name is a parameter: what is passed for it is demanded an example where it stands.
    (!name.is_empty()).then_some(name)
}

/// The examples that use another crate of the workspace than their own: whoever has this crate alone could not
/// run them.
fn foreign(path: &str, text: &str, package: &str, members: &[&str]) -> Vec<Finding> {
    let documentation = documentation(path, text);
    let blocks = markdown::fenced_blocks(&documentation).into_iter().filter(is_rust);
    let lines = blocks.flat_map(|block| block.lines);
    let foreign = lines.filter_map(|(number, line)| {
        let others = members.iter().filter(|name| **name != package);
        let used = others.copied().find(|name| begins_a_path(line, name))?;
        Some((number, used))
    });
    let finding = |(number, used)| {
        let message =
            format!("the example uses `{used}`: {package} must be enough, so re-export it");
        Finding::new(path, number, message)
    };
    foreign.map(finding).collect()
}

/// Whether `line` has a path that begins with the crate `name`.
fn begins_a_path(line: &str, name: &str) -> bool {
    let is_inner = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    line.match_indices(&format!("{name}::")).any(|(at, _)| !line[..at].ends_with(is_inner))
}

/// The documentation in a source, every other line empty; all of a document.
fn documentation(path: &str, text: &str) -> String {
    if path.ends_with(".md") {
        return text.to_owned();
    }
    let line = |line: &str| {
        let line = line.trim_start();
        let documented = line.strip_prefix("//!").or_else(|| line.strip_prefix("///"));
        documented.unwrap_or_default().to_owned() + "\n"
    };
    text.lines().map(line).collect()
}

fn is_rust(block: &Block<'_>) -> bool {
    let words = block.language.split(',').map(str::trim);
    words.clone().all(|word| {
        matches!(word, "" | "rust" | "no_run" | "should_panic" | "ignore") || word.contains("fail")
    })
}

#[cfg(test)]
mod tests {
    use super::{Tree, find, without_example};

    #[test]
    fn public_items_without_an_example_are_found() {
        let text = "/// Good.\n///\n/// ```\n/// one();\n/// ```\n#[inline]\npub fn one() {}\n\
            /// Bad.\npub fn two() {}\n/// Internal.\npub(crate) fn three() {}\n\
            impl X {\n    /// Bad.\n    #[must_use = \"why\"]\n    pub const fn four() {}\n}\n\
            /// Hidden.\n#[doc(hidden)]\npub fn part() {}\n\
            /// Bad.\npub struct Five {\n    /// A field.\n    pub field: u8,\n}\npub use x::y;\n\
            /// Of a macro.\npub fn $name() {}\n";
        let found: Vec<_> = without_example("a.rs", text).map(|finding| finding.line).collect();
        assert_eq!(found, [9, 15, 21]);
    }

    #[test]
    fn an_example_needs_its_own_crate_alone() {
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", ""),
            ("crates/b/Cargo.toml", ""),
            ("crates/a/src/lib.rs", "//! ```\n//! use a::X;\n//! use b::Y;\n//! ```\nuse b::Z;\n"),
            ("crates/a/README.md", "```sh\nuse b\n```\n```rust\nb::Y();\na::b::c();\n```\n"),
        ]);
        let found = find(&tree, &["a"]);
        let places: Vec<_> = found.iter().map(|it| (it.file.as_str(), it.line)).collect();
        assert_eq!(places, [("crates/a/README.md", 5), ("crates/a/src/lib.rs", 3)]);
    }
}
