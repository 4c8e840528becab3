//! One program, with executors of three kinds: it counts the words of the files of a folder.
//!
//! ```text
//! cargo run --release -p executor --example siblings -- docs
//! ```

use std::fs;
use std::io;
use std::path::Path;

use executor::{Executor, GreenThreadPoolExecutor, SynchronousExecutor, ThreadPoolExecutor};

/// The number of words in all files below `folder`. It does not know where its jobs run.
fn count_words(executor: &impl Executor, folder: &Path) -> io::Result<usize> {
    let (mut jobs, mut words) = (Vec::new(), 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?); // of a link itself, so no loop is followed
        if kind.is_dir() {
            words += count_words(executor, &path)?;
        } else if kind.is_file() {
            let count = move || Ok::<_, io::Error>(fs::read(path)?.split(|b| *b == b' ').count());
            jobs.push(executor.job().fallible().submit(count)?);
        }
    }
    for job in jobs {
        words += job.result()?;
    }
    Ok(words)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1);
    let folder = folder.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/src").to_owned());
    let green = GreenThreadPoolExecutor::builder().build()?;
    let threads = ThreadPoolExecutor::builder().max_workers(4).build()?;
    let here = SynchronousExecutor::new();
    let kinds: [&dyn Executor; 3] = [&green, &threads, &here];
    for executor in &kinds {
        let words = count_words(executor, Path::new(&folder))?;
        let files = executor.statistics().executed();
        println!("{:>12}: {words} words in {files} files", executor.name());
    }
    Ok(())
}
