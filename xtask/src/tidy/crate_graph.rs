//! The crates depend on each other as `docs/architecture.md` draws it.
//!
//! There, a fenced block holds the graph: on each line `CRATE -> CRATE`, or several after the arrow
//! with commas between them. It is the first block with nothing but such lines. What crates need for
//! their tests alone is not drawn, nor what the chores need.

use std::collections::BTreeSet;

use super::Finding;
use super::markdown;
use super::tree::Tree;

const DRAWN_IN: &str = "docs/architecture.md";
/// It runs the others; nothing depends on it.
const CHORES: &str = "xtask";

type Edge = (String, String);

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(DRAWN_IN) else {
        let message = "missing; it must draw the crate graph as lines `executor -> greenctx`";
        return vec![Finding::file(DRAWN_IN, message)];
    };
    let Some(drawn) = drawn(text) else {
        let message = "has no fenced block of lines `executor -> greenctx`; draw the crate graph";
        return vec![Finding::file(DRAWN_IN, message)];
    };
    let built = built(tree);
    let undrawn = built.difference(&drawn).map(|(from, to)| {
        let message = format!("does not draw `{from} -> {to}`, which {from}'s Cargo.toml has");
        Finding::file(DRAWN_IN, message)
    });
    let unbuilt = drawn.difference(&built).map(|(from, to)| {
        let message = format!("draws `{from} -> {to}`, which {from}'s Cargo.toml does not have");
        Finding::file(DRAWN_IN, message)
    });
    undrawn.chain(unbuilt).collect()
}

fn drawn(text: &str) -> Option<BTreeSet<Edge>> {
    markdown::fenced_blocks(text).into_iter().find_map(|block| {
        let lines = block.lines.iter().map(|(_, line)| line.trim()).filter(|line| !line.is_empty());
        let edges: Option<Vec<Vec<Edge>>> = lines.map(edges).collect();
        let edges: BTreeSet<Edge> = edges?.into_iter().flatten().collect();
        (!edges.is_empty()).then_some(edges)
    })
}

fn edges(line: &str) -> Option<Vec<Edge>> {
    let (from, to) = line.split_once(" -> ")?;
    let is_name = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    let to: Vec<&str> = to.split(',').map(str::trim).collect();
    let names = is_name(from) && to.iter().all(|name| is_name(name));
    names.then(|| to.iter().map(|to| (from.to_owned(), (*to).to_owned())).collect())
}

/// The edges between members of the workspace, from their manifests.
fn built(tree: &Tree) -> BTreeSet<Edge> {
    let manifests = tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    let manifests: Vec<(&str, &str)> =
        manifests.filter_map(|(_, text)| Some((package(text)?, text))).collect();
    let names: BTreeSet<&str> = manifests.iter().map(|(name, _)| *name).collect();
    let mut edges = BTreeSet::new();
    for (name, text) in manifests.iter().filter(|(name, _)| *name != CHORES) {
        for dependency in dependencies(text) {
            if names.contains(dependency) {
                edges.insert(((*name).to_owned(), dependency.to_owned()));
            }
        }
    }
    edges
}

fn package(manifest: &str) -> Option<&str> {
    let (_, rest) = manifest.split_once("[package]")?;
    let line = rest.lines().find(|line| line.starts_with("name"))?;
    line.split('"').nth(1)
}

/// The names below `[dependencies]`, for every target.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line == "[dependencies]"
                || (line.starts_with("[target.") && line.ends_with(".dependencies]"));
            return None;
        }
        let name = line.split(['.', '=', ' ']).next()?;
        (inside && !name.is_empty() && !name.starts_with('#')).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tree, check};

    const A: (&str, &str) = (
        "crates/a/Cargo.toml",
        "[package]\nname = \"a\"\n\n[dependencies]\nb.workspace = true\nserde = \"1\"\n\n[dev-dependencies]\nc.workspace = true\n",
    );
    const B: (&str, &str) = ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n");
    const C: (&str, &str) = (
        "crates/c/Cargo.toml",
        "[package]\nname = \"c\"\n\n[target.'cfg(x)'.dependencies]\nb = { path = \"../b\" }\n",
    );

    fn check_drawing(drawing: &str) -> Vec<Finding> {
        let text =
            format!("# Map\n\n```text\na picture -> of data\n```\n\n```text\n{drawing}\n```\n");
        check(&Tree::of(&[A, B, C, ("docs/architecture.md", &text)]))
    }

    #[test]
    fn a_graph_as_built_is_right() {
        assert_eq!(check_drawing("a -> b\nc -> b"), []);
    }

    #[test]
    fn edges_that_are_only_drawn_or_only_built_are_found() {
        let found = check_drawing("a -> b, c");
        assert_eq!(found.len(), 2);
        assert!(found[0].message.contains("does not draw `c -> b`"), "{}", found[0]);
        assert!(found[1].message.contains("draws `a -> c`"), "{}", found[1]);
    }

    #[test]
    fn a_missing_drawing_is_found() {
        assert_eq!(check(&Tree::of(&[A, B])).len(), 1);
        assert_eq!(check(&Tree::of(&[A, B, ("docs/architecture.md", "# Map\n")])).len(), 1);
    }
}
