//! `cargo xtask tidy`: house rules as tests.
//!
//! Each check reads the texts of the workspace and says what is wrong where, and what to do about it.
//! No check runs a program or needs the network.

mod acceptance;
mod crate_graph;
mod examples;
mod guarantees;
mod links;
mod markdown;
mod module_docs;
mod promises;
mod readme_commands;
mod test_names;
mod tree;

use std::fmt;

use crate::error::{Error, Result};
use crate::workspace;
use tree::Tree;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    file: String,
    /// From 1; 0 if it is about the whole file.
    line: usize,
    message: String,
}

type Check = (&'static str, fn(&Tree) -> Vec<Finding>);

const CHECKS: &[Check] = &[
    ("modules say what they are", module_docs::check),
    ("the crate graph is as drawn", crate_graph::check),
    ("each promise is told exactly, and names its tests", guarantees::check),
    ("what is shown names its tests", promises::check),
    ("each acceptance row names its tests", acceptance::check),
    ("the commands in the docs exist", readme_commands::check),
    ("the links in the docs lead somewhere", links::check),
    ("the examples are there, and need one crate", examples::check),
];

/// Runs all checks.
pub(crate) fn run() -> Result<String> {
    let tree = Tree::load(&workspace::root())?;
    let mut wrong = 0;
    for (rule, check) in CHECKS {
        let findings = check(&tree);
        println!("{} {rule}", if findings.is_empty() { "ok  " } else { "FAIL" });
        for finding in &findings {
            println!("     {finding}");
        }
        wrong += findings.len();
    }
    if wrong > 0 {
        return Err(Error::new(format!("{wrong} places are not tidy; each says what to do")));
    }
    Ok(format!("{} rules hold in {} files", CHECKS.len(), tree.len()))
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Finding { file: file.to_owned(), line, message: message.into() }
    }

    /// About a file as a whole.
    fn file(file: &str, message: impl Into<String>) -> Self {
        Finding::new(file, 0, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}
