//! Jobs that borrow: a report from several sources, which are all given up at the first that fails.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use executor::{ExecutorHandle, GreenThreadPoolExecutor, Refusal, sleep};

/// What a source is asked for: how long it takes to answer, and whether it can.
type Sources = BTreeMap<&'static str, Result<u64, &'static str>>;

fn fetch(name: &str, answer: Result<u64, &str>) -> io::Result<String> {
    let Ok(takes_ms) = answer else { return Err(io::Error::other(format!("{name} is down"))) };
    sleep(Duration::from_millis(takes_ms))?; // cancelled if another source fails
    Ok(format!("{name}: {takes_ms} lines"))
}

/// Fills one entry for each source. The jobs borrow the names and the entries.
fn report(
    pool: &ExecutorHandle,
    sources: &Sources,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let mut lines = vec![String::new(); sources.len()];
    pool.try_scope(|scope| {
        for ((name, answer), line) in sources.iter().zip(&mut lines) {
            scope.submit(move || {
                *line = fetch(name, *answer)?;
                Ok::<(), io::Error>(())
            })?;
        }
        Ok::<(), Refusal>(())
    })??;
    Ok(lines)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().name("report").build()?;
    let mut sources = Sources::from([("news", Ok(20)), ("prices", Ok(10)), ("weather", Ok(30))]);
    for line in report(&pool, &sources)? {
        println!("{line}");
    }

    sources.extend([("archive", Ok(3_600_000)), ("prices", Err("no route"))]);
    match report(&pool, &sources) {
        Ok(_) => println!("an hour later"),
        Err(error) => println!("no report ({error}), and none was waited for"),
    }
    println!("{} jobs were cancelled", pool.statistics().cancelled());
    Ok(())
}
