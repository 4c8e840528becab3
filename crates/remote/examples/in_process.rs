//! Counts the words of the files in a directory by jobs, as several machines would do it: here all in one process.
//!
//! ```text
//! cargo run -p remote --example in_process -- docs
//! ```
//!
//! With a server, the line with `Remote::in_process` is the only one to change, and the registry goes to the workers.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use remote::executor::io::fs as green;
use remote::executor::{GreenThreadPoolExecutor, as_completed};
use remote::{Registry, Remote, RemoteError, function};

function!(
    /// How many words a text file has.
    count_words(file: PathBuf) -> Result<usize, String>
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The workers' side: what they can do, and on which executor.
    let pool = GreenThreadPoolExecutor::builder().max_workers(16).name("words").build()?;
    let mut registry = Registry::new();
    registry.register(count_words, |file: PathBuf| match green::read_to_string(&file) {
        Ok(text) => Ok(text.split_whitespace().count()),
        Err(error) => Err(format!("{}: {error}", file.display())),
    });

    // The submitters' side: a job for each file, tried three times, and once however often it is submitted.
    let queue = Remote::in_process(&pool, &registry).queue("words");
    let directory = env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut jobs = Vec::new();
    for entry in fs::read_dir(directory)? {
        let file = entry?.path();
        let id = file.display().to_string();
        let job = queue.job().id(id).retries(2).back_off(Duration::from_millis(10), Duration::MAX);
        jobs.push(job.submit(count_words, (file,))?);
    }
    for job in as_completed(jobs) {
        let job = job?;
        let file = job.id().clone();
        match job.result() {
            Ok(words) => println!("{words:8} {file}"),
            Err(RemoteError::Failed(error)) => println!("       - {error}"),
            Err(other) => return Err(other.into()),
        }
    }
    println!("{} could not be read, and are dead letters", queue.dead(1000)?.len());
    Ok(())
}
