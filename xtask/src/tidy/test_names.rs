//! Every test of the workspace by name, and what a document may call it.

use super::markdown;
use super::tree::Tree;

/// All tests there are.
pub(super) struct TestNames {
    /// Each as the parts of its path: crate, directories, file, function.
    paths: Vec<Vec<String>>,
}

impl TestNames {
    /// Reads them from the sources.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut paths = Vec::new();
        for (path, text) in tree.with_extension("rs") {
            let place = place(path);
            if path.contains("/tests/ui/") {
                // A program that must not compile is a test as a whole.
                paths.push(place);
                continue;
            }
            for name in tests_in(text) {
                let mut test = place.clone();
                test.push(name);
                paths.push(test);
            }
        }
        TestNames { paths }
    }

    /// Whether there is a test of this name. Its last part is the function's; those before must occur
    /// in its path in this order: `executor::cancel::name`, `cancel::name` and
    /// `tests/it/cancel.rs::name` are the same.
    pub(super) fn has(&self, reference: &str) -> bool {
        let parts = parts(reference);
        self.paths.iter().any(|path| {
            let mut rest = path.iter();
            path.last() == parts.last() && parts.iter().all(|part| rest.any(|have| have == part))
        })
    }
}

/// What in `text` names tests: in backticks, at least two parts, all in small letters, and not written
/// as a call.
pub(super) fn references(text: &str) -> impl Iterator<Item = &str> {
    markdown::quoted(text).filter(|word| is_reference(word))
}

fn is_reference(word: &str) -> bool {
    let is_small =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let parts = parts(word);
    word.contains("::")
        && parts.len() > 1
        && parts.iter().all(|part| !part.is_empty() && part.chars().all(is_small))
}

fn parts(reference: &str) -> Vec<String> {
    let path = reference.replace(".rs", "").replace('/', "::");
    path.split("::").map(str::to_owned).collect()
}

/// The path of a file as parts. The directory `crates` is left out, and the folders count by name.
fn place(path: &str) -> Vec<String> {
    let path = path.strip_prefix("crates/").unwrap_or(path);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

fn tests_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut expected = false;
    for line in text.lines().map(str::trim_start) {
        // A line of its own, as rustfmt has it. In a comment or a literal it is not.
        expected |= line == "#[test]";
        if expected && let Some(name) = line.strip_prefix("fn ") {
            match name.split('(').next() {
                Some(variable) if variable.starts_with('$') => names.extend(listed_in(text)),
                name => names.extend(name.map(str::to_owned)),
            }
            expected = false;
        }
    }
    names
}

/// What a macro makes tests of: the names that it is given, each on a line of its own.
fn listed_in(text: &str) -> impl Iterator<Item = String> {
    let names = text.lines().filter_map(|line| line.trim_start().strip_suffix(','));
    names.filter(|name| text.contains(&format!("fn {name}"))).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{TestNames, Tree, references};

    #[test]
    fn a_test_is_known_by_its_file_by_its_crate_and_by_both() {
        let code =
            "//! M.\n#[test]\n#[should_panic(expected = \"x\")]\nfn named() {}\nfn helper() {}\n";
        let names = TestNames::of(&Tree::of(&[
            ("crates/executor/tests/it/cancel.rs", code),
            ("crates/executor/tests/ui/borrowed.rs", "fn main() {}"),
        ]));
        for name in ["cancel::named", "executor::cancel::named", "tests/it/cancel.rs::named"] {
            assert!(names.has(name), "{name}");
        }
        assert!(names.has("ui::borrowed"));
        for name in ["cancel::helper", "submit::named", "cancel::executor::named", "cancel::other"]
        {
            assert!(!names.has(name), "{name}");
        }
    }

    #[test]
    fn tests_that_a_macro_makes_are_known_by_the_list_that_it_is_given() {
        let code = "//! M.\nmacro_rules! all {\n    () => { all! {\n        listed,\n    } };\n    \
            ($($name:ident,)*) => { $(\n        #[test]\n        fn $name() {\n        }\n    )* };\n}\n\
            fn listed() {}\nfn helper() {}\n";
        let names = TestNames::of(&Tree::of(&[("crates/remote/tests/it/promises.rs", code)]));
        assert!(names.has("remote::promises::listed"));
        assert!(!names.has("remote::promises::helper"));
    }

    #[test]
    fn types_calls_and_single_words_are_no_references() {
        let text =
            "`TaskError::Cancelled`, `park()`, `executor::park()`, `submit`, `a::b_c`, `x/y.rs::z`";
        assert_eq!(references(text).collect::<Vec<_>>(), ["a::b_c", "x/y.rs::z"]);
    }
}
