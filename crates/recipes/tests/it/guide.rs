//! The guide shows the programs as they are.

const GUIDE: &str = include_str!("../../../../docs/guides/clients.md");

/// The code blocks of the guide that are Rust.
fn blocks() -> Vec<&'static str> {
    let blocks = GUIDE.split("```rust\n").skip(1);
    blocks.map(|rest| rest.split_once("```").expect("a block ends").0).collect()
}

#[test]
fn the_guide_shows_the_recipes_as_they_are() {
    let recipes = [
        include_str!("../../src/pool.rs"),
        include_str!("../../src/bin/postgres.rs"),
        include_str!("../../src/bin/tokio_postgres.rs"),
        include_str!("../../src/bin/ureq.rs"),
    ];
    let shown = blocks();
    assert_eq!(shown.len(), recipes.len());
    for (shown, recipe) in shown.into_iter().zip(recipes) {
        assert!(
            shown == recipe,
            "a recipe has changed: show it in docs/guides/clients.md\n{recipe}"
        );
    }
}
