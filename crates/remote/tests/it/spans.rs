//! Spans of the crate `tracing` around jobs.

use std::io::{self, Write};

use executor::yield_now;
use greenstd::sync::{Arc, Mutex};
use remote::{Registry, Remote, function};
use tracing::{Level, info, info_span};

use crate::support::{eventually, pool};

function!(write(number: u32));

/// Keeps what is written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self, word: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().clone()).unwrap();
        log.lines().filter(|line| line.contains(word)).map(|line| line.trim().to_owned()).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_remote_job_logs_in_a_span_that_names_the_submitters() {
    let log_of_process = Log::default();
    let writer = log_of_process.clone();
    let format = tracing_subscriber::fmt().with_ansi(false).without_time().with_target(false);
    let format = format.with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE);
    format.with_writer(move || writer.clone()).init();
    let pool = pool(8);
    let mut registry = Registry::new();
    registry.trace_jobs(Level::INFO).register(write, |number: u32| {
        yield_now(); // so that many are in their spans at once
        info!(number, "logged");
    });
    let queue = Remote::in_process(&pool, &registry).trace_jobs().queue("numbers");
    let submit = |number: u32| queue.job().id(format!("job-{number}")).submit(write, (number,));
    let span = info_span!("mönday");
    let inside = span.in_scope(|| (0..50).map(submit).collect::<Result<Vec<_>, _>>().unwrap());
    let outside = submit(50).unwrap();
    inside.into_iter().chain([outside]).for_each(|job| job.result().unwrap());
    let (process, lines) = (std::process::id(), log_of_process.lines("logged"));
    assert_eq!(lines.len(), 51);
    for line in lines {
        let number: u32 = line.rsplit_once('=').unwrap().1.parse().unwrap();
        let mut fields = format!("function=\"write\" id=\"job-{number}\" attempt=1 delivery=1");
        if number < 50 {
            let id = span.id().unwrap().into_u64();
            fields += &format!(" submitted_in=\"m?nday ({id} in process {process})\"");
        }
        assert_eq!(line, format!("INFO remote_job{{{fields}}}: logged number={number}"));
    }
    // The result may come before the span has closed.
    let has_ended = |line: &String| line.contains("succeeded=true") && line.contains("close");
    eventually(|| {
        log_of_process.lines("remote_job{").iter().filter(|line| has_ended(line)).count() == 51
    });
}
