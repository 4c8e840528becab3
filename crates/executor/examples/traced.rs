//! A thousand jobs wait at once, and each line of the log is in the spans of the job that wrote it.
//!
//! ```sh
//! cargo run --release -p executor --features tracing --example traced
//! ```

use std::error::Error;
use std::time::Duration;

use executor::{GreenThreadPoolExecutor, Interrupted, Shutdown, as_completed, sleep};
use tracing::{Level, info, info_span, instrument};

const JOBS: u32 = 1000;

/// Looks up one page: waits for the server, and then for each part.
#[instrument]
fn fetch(page: u32) -> Result<u32, Interrupted> {
    sleep(Duration::from_millis(200))?; // by then all the others wait too
    info!("the server has answered");
    let mut bytes = 0;
    for part in 1..=2 {
        bytes += read(part, page)?;
    }
    info!(bytes, "done");
    Ok(bytes)
}

#[instrument(skip(page))]
fn read(part: u32, page: u32) -> Result<u32, Interrupted> {
    sleep(Duration::from_millis(u64::from(page % 7)))?;
    info!("read");
    Ok(page * part)
}

fn run() -> Result<(), Box<dyn Error>> {
    let pool = GreenThreadPoolExecutor::builder()
        .max_workers(JOBS as usize)
        .trace_jobs(Level::INFO) // a span for each job, around what it opens itself
        .build()?;
    let crawl = info_span!("crawl");
    let jobs: Result<Vec<_>, _> =
        crawl.in_scope(|| (0..JOBS).map(|page| pool.try_submit(move || fetch(page))).collect());
    let mut bytes = 0;
    for fetched in as_completed(jobs?) {
        bytes += fetched?.result()?;
    }
    info!(bytes, "all done");
    pool.shutdown(Shutdown::wait())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_ansi(false).without_time().init();
    run()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::{self, Write};

    use greenstd::sync::{Arc, Mutex};

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// `page` of a line whose spans are `crawl:job{..}:fetch{page=..}`.
    fn page_of(line: &str) -> &str {
        let (job, rest) = line.split_once(":fetch{page=").expect("a line of a job is in `fetch`");
        assert!(job.trim_start().starts_with("INFO crawl:job{id="), "{line}");
        assert_eq!(line.matches("job{").count(), 1, "{line}");
        rest.split_once('}').expect("the field ends").0
    }

    #[test]
    fn each_line_is_in_its_own_span_and_short() {
        let log = Log::default();
        let writer = log.clone();
        let writer = move || writer.clone();
        tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(writer).init();
        super::run().unwrap();
        let log = String::from_utf8(std::mem::take(&mut *log.0.lock())).unwrap();
        let mut lines: Vec<&str> = log.lines().collect();
        for line in &lines {
            assert!(line.len() <= 200, "{} bytes: {line}", line.len());
        }
        let last = lines.pop().unwrap();
        assert!(last.trim_start().starts_with("INFO traced: all done"), "{last}");
        let mut of_pages: HashMap<&str, Vec<&str>> = HashMap::new();
        for line in lines {
            of_pages.entry(page_of(line)).or_default().push(line);
        }
        assert_eq!(of_pages.len(), super::JOBS as usize);
        for (page, lines) in of_pages {
            let own = format!("fetch{{page={page}}}: traced: ");
            let part = |part| format!("fetch{{page={page}}}:read{{part={part}}}: traced: read");
            let ends: [String; 4] =
                [own.clone() + "the server has answered", part(1), part(2), own + "done"];
            assert_eq!(lines.len(), ends.len());
            for (line, end) in lines.iter().zip(ends) {
                assert!(line.contains(&end), "{line} should end with {end}");
            }
        }
    }
}
