//! The guides show the programs as they are.

/// The code blocks of a guide that are Rust.
fn blocks(guide: &'static str) -> Vec<&'static str> {
    let blocks = guide.split("```rust\n").skip(1);
    blocks.map(|rest| rest.split_once("```").expect("a block ends").0).collect()
}

#[track_caller]
fn assert_shown(name: &str, guide: &'static str, recipes: &[&str]) {
    let shown = blocks(guide);
    assert_eq!(shown.len(), recipes.len());
    for (shown, recipe) in shown.iter().zip(recipes) {
        assert!(shown == recipe, "a recipe has changed: show it in docs/guides/{name}\n{recipe}");
    }
}

#[test]
fn the_guide_shows_the_recipes_as_they_are() {
    let recipes = [
        include_str!("../../src/pool.rs"),
        include_str!("../../src/bin/postgres.rs"),
        include_str!("../../src/bin/tokio_postgres.rs"),
        include_str!("../../src/bin/ureq.rs"),
    ];
    assert_shown("clients.md", include_str!("../../../../docs/guides/clients.md"), &recipes);
}

#[test]
fn the_guide_to_trying_again_shows_its_programs_as_they_are() {
    let recipes =
        [include_str!("../../src/bin/retry.rs"), include_str!("../../src/bin/rate_limit.rs")];
    assert_shown("retry.md", include_str!("../../../../docs/guides/retry.md"), &recipes);
}
