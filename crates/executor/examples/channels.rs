//! A pipeline: jobs that hand on what they make, through channels with a bound.
//!
//! ```text
//! cargo run -p executor --example channels -- README.md
//! ```

use std::collections::HashMap;

use executor::sync::bounded;
use executor::{GreenThreadPoolExecutor, io};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "README.md".to_owned());
    let pool = GreenThreadPoolExecutor::builder().build()?;
    let (lines, to_split) = bounded::<String>(16); // full: the reader waits, and memory stays small
    let (words, to_count) = bounded::<String>(16);

    let reader = pool.try_submit(move || {
        let text = io::fs::read_to_string(path)?;
        let sent = text.lines().map_while(|line| lines.send(line.to_owned()).ok());
        Ok::<_, std::io::Error>(sent.count()) // the sender is dropped: the next stage ends
    })?;
    for _ in 0..2 {
        let (to_split, words) = (to_split.clone(), words.clone());
        let splitter = pool.submit(move || {
            let text = to_split.iter();
            text.flat_map(|line| words_of(&line)).map_while(|word| words.send(word).ok()).count()
        })?;
        drop(splitter); // it goes on by itself
    }
    drop((to_split, words)); // the stages have their own

    let mut counts = HashMap::new();
    to_count.iter().for_each(|word| *counts.entry(word).or_insert(0) += 1);
    println!("{} lines, {} different words", reader.result()?, counts.len());
    Ok(())
}

fn words_of(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_lowercase).collect()
}
