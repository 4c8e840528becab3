//! The guide "Why does it hang?" shows what its programs print.

use std::path::{Path, PathBuf};
use std::process::Command;

const GUIDE: &str = include_str!("../../../../docs/guides/hangs.md");

/// The programs, in the order of the guide.
const PROGRAMS: [&str; 5] = ["mutexes", "pools", "message", "std-lock", "channels"];

/// The example, if it was built with the tests.
fn example() -> Option<PathBuf> {
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent()?.parent()?.join("examples/hang");
    example.exists().then_some(example)
}

/// What stays the same from run to run, and when lines move in the libraries: without times, and of the stacks only what
/// is in the example itself.
fn shape(report: &str) -> Vec<String> {
    let is_kept = |line: &&str| !line.starts_with("    ") || line.contains("examples/hang.rs");
    let lines = report.trim().lines().filter(is_kept);
    lines.map(|line| without_times(line.split(": it ").next().unwrap())).collect()
}

fn without_times(line: &str) -> String {
    let is_unit = |word: &str| ["ms", "s", "min"].contains(&word.trim_matches([',', ';', ':']));
    let words: Vec<&str> = line.split(' ').collect();
    let is_time = |(number, word): (usize, &&str)| {
        word.parse::<f64>().is_ok() && words.get(number + 1).is_some_and(|next| is_unit(next))
    };
    let places = words.iter().enumerate().map(|(number, word)| match is_time((number, word)) {
        true => "N",
        false if number > 0 && is_time((number - 1, &words[number - 1])) => "units",
        false => word,
    });
    places.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_guide_shows_what_its_programs_print() {
    if !cfg!(debug_assertions) {
        return; // the guide shows a debug build
    }
    let Some(example) = example() else {
        eprintln!("skipped: the example `hang` was not built");
        return;
    };
    let blocks: Vec<&str> = GUIDE.split("```text\n").skip(1).collect();
    assert_eq!(blocks.len(), PROGRAMS.len());
    for (program, block) in PROGRAMS.into_iter().zip(blocks) {
        let shown = block.split("```").next().unwrap();
        // From where the files of the report are seen as in the guide.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let output = Command::new(&example).arg(program).current_dir(root).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{program}: {printed}");
        assert_eq!(shape(shown), shape(&printed), "{program} prints\n{printed}");
        assert!(printed.lines().count() <= 30, "{program} is explained in one screen");
    }
}
