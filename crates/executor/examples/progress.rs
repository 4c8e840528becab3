//! Results as they come, with a progress bar: the sizes of the files in a directory.
//!
//! ```text
//! cargo run --release -p executor --example progress -- docs
//! ```

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, as_completed, io};
use indicatif::ProgressBar;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).unwrap_or_else(|| "docs".to_owned());
    let pool = GreenThreadPoolExecutor::builder().max_workers(32).build()?;

    let paths: Vec<_> = std::fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    let jobs = paths
        .into_iter()
        .map(|path| pool.try_submit(move || io::fs::read(&path).map(|bytes| bytes.len())));
    let jobs: Vec<_> = jobs.collect::<Result<_, _>>()?;

    let bar = ProgressBar::new(jobs.len() as u64);
    let (mut bytes, mut failed) = (0, 0);
    for job in as_completed(jobs).timeout(Duration::from_secs(60)) {
        match job?.result() {
            Ok(length) => bytes += length,
            Err(_) => failed += 1, // a directory, for instance
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("{bytes} bytes; {failed} could not be read");
    Ok(())
}
