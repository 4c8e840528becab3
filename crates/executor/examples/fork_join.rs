//! Sizes of the files below a directory, by one job that forks at each directory.
//!
//! ```text
//! cargo run --release -p executor --example fork_join -- /usr/share
//! ```

use std::fs::DirEntry;
use std::path::PathBuf;

use executor::{GreenThreadPoolExecutor, io, join};

/// How many bytes the files below `directory` have. What cannot be read counts as empty.
fn size_of(directory: PathBuf) -> u64 {
    let list = move || std::fs::read_dir(directory).into_iter().flatten().flatten().collect();
    let entries: Vec<DirEntry> = io::unblock(list).unwrap_or_default();
    let is_directory = |entry: &DirEntry| entry.file_type().is_ok_and(|it| it.is_dir());
    let (below, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_directory);
    files.iter().flat_map(DirEntry::metadata).map(|it| it.len()).sum::<u64>() + sum(&below)
}

/// Both halves at the same time: while one waits for the disk, another worker takes the other.
fn sum(directories: &[DirEntry]) -> u64 {
    match directories {
        [] => 0,
        [one] => size_of(one.path()),
        _ => {
            let (left, right) = directories.split_at(directories.len() / 2);
            let (left, right) = join(|| sum(left), || sum(right));
            left + right
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let pool = GreenThreadPoolExecutor::builder().build()?;
    let bytes = pool.submit(move || size_of(root))?.result()?;
    println!("{bytes} bytes, {} forks", pool.statistics().forked());
    Ok(())
}
