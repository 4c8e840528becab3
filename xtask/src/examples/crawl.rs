//! `crawl`: finds what is broken in a site, and nothing else; and nothing in this repository.

use crate::error::{Error, Result};
use crate::examples::program::Program;
use crate::examples::{crawl_faults, crawl_site};
use crate::watch::Watched;

/// The site is small: whatever the flags, the same is to come out.
const RUNS: &[&[&str]] = &[
    &[],
    &["--carriers", "1"],
    &["--carriers", "2", "--per-host", "1"],
    &["--max-workers", "1"],
    &["--max-backlog", "0", "--max-workers", "2"],
];

pub(super) fn check() -> Result<()> {
    repository()?;
    let site = crawl_site::serve()?;
    for flags in RUNS {
        broken(&site.address, flags)?;
    }
    external(&site.address)?;
    crawl_faults::check(&site)
}

/// The main job: what it says about the documents of this repository.
fn repository() -> Result<()> {
    let ended = Program::new("crawl").run()?;
    demand(ended.success() && ended.stderr.contains("queue wait"), "of this repository", &ended)?;
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let fetched = stdout.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    demand(fetched > 100 && stdout.contains(" 0 broken"), "of this repository", &ended)?;
    println!("crawl      this repository in {:.2?}: {}", ended.time, stdout.trim_end());
    Ok(())
}

fn broken(address: &str, flags: &[&str]) -> Result<()> {
    let arguments = [address].into_iter().chain(crawl_site::OPTIONS.iter().copied());
    let ended = Program::new("crawl").args(arguments.chain(flags.iter().copied())).run()?;
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let found: Vec<Vec<&str>> = stdout.lines().skip(1).map_while(row).collect();
    let expected: Vec<Vec<String>> = crawl_site::BROKEN
        .iter()
        .map(|row| row.iter().map(|cell| cell.replace("ADDRESS", address)).collect())
        .collect();
    demand(ended.code() == Some(1), &flags.join(" "), &ended)?;
    demand(found == expected, &format!("{} (the table)", flags.join(" ")), &ended)?;
    let (count, time) = (found.len(), ended.time);
    println!("crawl      {count} broken links of a site in {time:.2?}, {}", flags.join(" "));
    Ok(())
}

/// A line of the table; `None` after its end.
fn row(line: &str) -> Option<Vec<&str>> {
    let cells: Vec<&str> =
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    (cells.len() == 3).then_some(cells)
}

/// One link leads out of the site, to a port where nobody listens.
fn external(address: &str) -> Result<()> {
    let arguments = [address, "--external"].into_iter().chain(crawl_site::OPTIONS.iter().copied());
    let ended = Program::new("crawl").args(arguments).run()?;
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let reported = stdout.lines().any(|line| {
        line.contains("http://127.0.0.1:1/elsewhere") && line.contains("cannot connect")
    });
    let is_right = ended.code() == Some(1) && reported && !stdout.contains("not checked");
    demand(is_right, "--external", &ended)?;
    println!("crawl      looks at other sites if it is asked to");
    Ok(())
}

pub(super) fn demand(holds: bool, call: &str, ended: &Watched) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(format!("crawl {call}: ended with {}:\n{}", ended.ending(), ended.output())))
}
