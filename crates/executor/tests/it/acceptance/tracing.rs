//! Spans and subscribers of `tracing` belong to the job that has entered or set them.

use std::io::{self, Write};

use executor::{GreenThreadPoolExecutor, Shutdown, park_timeout, sleep, yield_now};
use greenstd::sync::{Arc, Mutex, OnceLock};
use tracing::dispatcher::{Dispatch, set_default, set_global_default};
use tracing::{Level, Span, info, info_span, instrument};
use tracing_subscriber::fmt::format::FmtSpan;

use super::support::{Progress, child, eventually, ms, pool, watched};

/// Keeps what is written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// A subscriber that writes here.
    fn subscriber(&self) -> Dispatch {
        let log = self.clone();
        let format = tracing_subscriber::fmt().with_ansi(false).without_time().with_target(false);
        let format = format.with_span_events(FmtSpan::CLOSE);
        Dispatch::new(format.with_writer(move || log.clone()).finish())
    }

    /// The lines with `word` in them, without their level.
    fn lines(&self, word: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().clone()).unwrap();
        let of_events = |line: &&str| !line.ends_with(": close");
        let lines = log.lines().map(str::trim).filter(of_events).filter(|line| line.contains(word));
        lines.map(|line| line.trim_start_matches("INFO ").to_owned()).collect()
    }

    fn has_closed(&self, span: &str) -> bool {
        let log = String::from_utf8(self.0.lock().clone()).unwrap();
        log.lines().any(|line| line.trim() == format!("INFO {span}: close"))
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

/// What the global subscriber has written, in this process. Each test looks for words of its own.
fn global() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        set_global_default(log.subscriber()).unwrap();
        log
    })
}

#[instrument]
fn deep(n: u32, level: u32) {
    info!("down");
    match level {
        0 => sleep(ms(1)).unwrap(),
        _ => deep(n, level - 1),
    }
    let _ = park_timeout(ms(u64::from(n % 3)));
    yield_now();
    info!("up");
}

#[test]
fn every_line_is_in_the_spans_of_its_job() {
    let log = global();
    let pool = pool(300, 2);
    let jobs: Vec<_> = (0..300)
        .map(|n| {
            let job = move || {
                let _span = info_span!("every_line", n).entered();
                deep(n, 5);
            };
            pool.submit(job).unwrap()
        })
        .collect();
    jobs.into_iter().for_each(|job| job.result().unwrap());
    let lines = log.lines("every_line{");
    assert_eq!(lines.len(), 300 * 12);
    for line in lines {
        let (spans, event) = line.rsplit_once(' ').unwrap();
        let n = spans.split_once("{n=").unwrap().1.split_once('}').unwrap().0;
        let depth = spans.matches(":deep{").count() as u32;
        let levels = (6 - depth..6).rev().map(|level| format!(":deep{{n={n} level={level}}}"));
        assert_eq!(spans, format!("every_line{{n={n}}}{}:", levels.collect::<String>()));
        assert!(event == "down" || event == "up");
    }
}

#[test]
fn a_job_starts_in_no_span_also_on_the_stack_of_its_parent() {
    global();
    let pool = pool(1, 1);
    let handle = pool.handle();
    let parent = pool.submit(move || {
        let span = info_span!("of the parent").entered();
        let child = handle.submit(|| Span::current().is_none()).unwrap();
        assert!(child.result().unwrap());
        assert_eq!(Span::current().id(), span.id());
    });
    parent.unwrap().result().unwrap();
}

#[test]
fn what_a_job_leaks_is_not_the_next_ones() {
    global();
    let pool = pool(1, 1);
    let handle = pool.handle();
    let leak = || {
        std::mem::forget(info_span!("leaked").entered());
        std::mem::forget(set_default(&Log::default().subscriber()));
    };
    pool.submit(leak).unwrap().result().unwrap();
    let look = || (Span::current().is_none(), info_span!("of the global one").id());
    let (is_clean, id) = pool.submit(look).unwrap().result().unwrap();
    assert!(is_clean && id.is_some());
    let parent = pool.submit(move || {
        let span = info_span!("of the parent").entered();
        handle.submit(leak).unwrap().result().unwrap();
        assert_eq!(Span::current().id(), span.id());
    });
    parent.unwrap().result().unwrap();
    assert!(pool.submit(look).unwrap().result().unwrap().0);
}

#[test]
fn a_job_has_a_span_if_asked_for_and_its_submitters_above_it() {
    let log = global();
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1);
    let pool = watched(builder.trace_jobs(Level::INFO));
    let above = info_span!("above", mark = "asked-for");
    let line = line!() + 1;
    let named = above.in_scope(|| pool.job().name("fetch").submit(|| info!("asked-for")).unwrap());
    named.result().unwrap();
    let handle = pool.handle();
    let outer = pool.submit(move || {
        let inner = handle.submit(|| info!("asked-for, inner")).unwrap();
        inner.result().unwrap();
    });
    outer.unwrap().result().unwrap();
    let lines = log.lines("asked-for");
    let site = file!();
    let start = format!(
        "above{{mark=\"asked-for\"}}:job{{id=1 name=\"fetch\" site={site}:{line} queued_us="
    );
    assert!(lines[0].starts_with(&start) && lines[0].ends_with("}: asked-for"), "{}", lines[0]);
    let start = format!("job{{id=2 site={site}:");
    assert!(lines[1].starts_with(&start) && lines[1].contains(":job{id=3 "), "{}", lines[1]);
    assert!(lines[1].ends_with("}: asked-for, inner"), "{}", lines[1]);
}

#[test]
fn the_spans_of_a_job_close_with_it_although_its_future_lives() {
    let log = global();
    let builder = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1);
    let pool = watched(builder.trace_jobs(Level::INFO));
    let future = info_span!("closes-early").in_scope(|| pool.submit(|| ()).unwrap());
    eventually(|| log.has_closed("closes-early"));
    future.result().unwrap();
}

#[test]
fn a_filtered_span_of_jobs_is_none() {
    global();
    let builder = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1);
    let pool = watched(builder.trace_jobs(Level::TRACE));
    assert!(pool.submit(|| Span::current().is_none()).unwrap().result().unwrap());
}

/// One job has a subscriber of its own while it waits, another one has none; both log.
fn logs_beside_a_scoped_subscriber(word: &'static str) -> Log {
    let own = Log::default();
    let pool = pool(2, 1);
    let (waits, has_logged) = (Progress::new(), Progress::new());
    let (waiting, logged) = (waits.clone(), has_logged.clone());
    let scoped = own.subscriber();
    let with_its_own = pool.submit(move || {
        let _global = info_span!("below").entered();
        let _scoped = set_default(&scoped);
        let _span = info_span!("scoped").entered();
        waiting.advance();
        eventually(|| logged.get() == 1);
        info!("{word}");
    });
    let without = pool.submit(move || {
        eventually(|| waits.get() == 1);
        let _span = info_span!("without").entered();
        info!("{word}");
        yield_now();
        info!("{word}");
        has_logged.advance();
    });
    without.unwrap().result().unwrap();
    with_its_own.unwrap().result().unwrap();
    pool.submit(move || info!("{word}")).unwrap().result().unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
    own
}

#[test]
fn a_scoped_subscriber_stays_with_its_job() {
    let log = global();
    let own = logs_beside_a_scoped_subscriber("beside-scoped");
    assert_eq!(own.lines("beside-scoped"), ["scoped: beside-scoped"]);
    let others = ["without: beside-scoped", "without: beside-scoped", "beside-scoped"];
    assert_eq!(log.lines("beside-scoped"), others);
}

/// As above, where the global subscriber is seen for the first time beside a scoped one, or never.
#[test]
fn a_scoped_subscriber_stays_with_its_job_also_in_a_process_without_a_global_one() {
    let path = "acceptance::tracing::a_scoped_subscriber_stays_with_its_job_also_in_a_process_without_a_global_one";
    let ended = child::run(path, || {
        let own = logs_beside_a_scoped_subscriber("alone");
        assert_eq!(own.lines("alone"), ["scoped: alone"]);
        let _scoped_elsewhere = set_default(&Log::default().subscriber());
        let log = global();
        let own = logs_beside_a_scoped_subscriber("later");
        assert_eq!(own.lines("later"), ["scoped: later"]);
        assert_eq!(log.lines("later").len(), 3);
    });
    ended.assert_done();
}
