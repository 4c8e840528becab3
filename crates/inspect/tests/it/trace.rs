//! The trace of an executor's jobs.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use inspect::executor::sync::Event;
use inspect::executor::{GreenThreadPoolExecutor, Interrupted, sleep, yield_now};
use inspect::{TraceSnapshot, Tracer};
use std::sync::Arc;

const LONG: Duration = Duration::from_secs(3600);

/// Starts to record; all carriers do when it returns. On a busy machine one may need more time than a tracer gives it.
fn start(pool: &GreenThreadPoolExecutor) -> Tracer {
    let tracer = Tracer::start(pool);
    whole(&tracer, LONG);
    tracer
}

/// What was recorded, by all carriers.
fn whole(tracer: &Tracer, last: Duration) -> TraceSnapshot {
    let _watchdog = testkit::Watchdog::start(|| "a trace of all carriers".to_owned());
    loop {
        let snapshot = tracer.snapshot(last);
        if snapshot.silent().is_empty() {
            return snapshot;
        }
    }
}

/// One job waits for all the time that another one lives, which wakes it at its end. All on one carrier, so that the
/// second begins when the first waits.
fn two_that_wait() -> TraceSnapshot {
    let builder = GreenThreadPoolExecutor::builder().name("traced");
    let pool = builder.carriers(1).build().unwrap();
    let tracer = start(&pool);
    let (begun, gate) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (tell, closed) = (begun.clone(), gate.clone());
    let long = pool.job().name("long").fallible();
    let long = long.submit(move || {
        tell.set();
        closed.wait()
    });
    begun.wait().unwrap();
    let short = pool.job().name("short").fallible();
    let short = short.submit(move || {
        sleep(Duration::from_millis(2))?;
        gate.set();
        Ok::<_, Interrupted>(())
    });
    for job in (0..100).map(|_| pool.submit(yield_now).unwrap()).collect::<Vec<_>>() {
        job.result().unwrap();
    }
    short.unwrap().result().unwrap();
    long.unwrap().result().unwrap();
    whole(&tracer, LONG)
}

#[test]
fn a_trace_tells_which_job_waited_longest_for_what() {
    let trace = two_that_wait();
    let waits = trace.waits();
    assert!(waits.is_sorted_by_key(|wait| std::cmp::Reverse(wait.lasted)));
    let of = |name: &str| waits.iter().find(|wait| wait.job.starts_with(name));
    assert!(!waits.is_empty(), "{trace:#?}");
    let (long, short) = (of("long (").unwrap(), of("short (").unwrap());
    assert_eq!(&waits[0], long, "{waits:#?}");
    assert!(long.job.contains("trace.rs:"), "{waits:#?}");
    assert!(long.what.starts_with("waits for event at ") && long.what.contains("trace.rs:"));
    assert!(short.what.starts_with("waits for sleep at "), "{waits:#?}");
    assert!(long.lasted > short.lasted && short.lasted >= Duration::from_millis(2), "{waits:#?}");
}

#[test]
fn a_job_that_still_waits_is_in_the_trace() {
    let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let (begun, gate) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (tell, closed) = (begun.clone(), gate.clone());
    let job = pool.job().name("early").submit(move || {
        tell.set();
        closed.wait().unwrap();
    });
    begun.wait().unwrap();
    // It began before.
    let tracer = start(&pool);
    gate.set();
    job.unwrap().result().unwrap();
    let closed = Arc::new(Event::new());
    let (tell, begun) = (Arc::new(Event::new()), closed.clone());
    let told = tell.clone();
    let job = pool.job().name("late").submit(move || {
        told.set();
        begun.wait().unwrap();
    });
    tell.wait().unwrap();
    sleep(Duration::from_millis(2)).unwrap();
    let waits = whole(&tracer, LONG).waits();
    closed.set();
    job.unwrap().result().unwrap();
    assert!(waits.iter().any(|wait| wait.job.starts_with("late (")), "{waits:#?}");
}

#[test]
fn a_snapshot_begins_when_it_is_told_to() {
    let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let tracer = start(&pool);
    let nap = || sleep(Duration::from_millis(2));
    pool.job().name("old").fallible().submit(nap).unwrap().result().unwrap();
    assert!(!whole(&tracer, LONG).waits().is_empty());
    assert!(whole(&tracer, Duration::ZERO).waits().is_empty());
}

#[test]
fn two_tracers_do_not_disturb_one_another() {
    let pool = GreenThreadPoolExecutor::builder().carriers(2).build().unwrap();
    let (one, two) = (start(&pool), start(&pool));
    drop(one);
    pool.submit(yield_now).unwrap().result().unwrap();
    // One that does not record any more would be silent for ever.
    whole(&two, LONG);
    drop(two);
    let third = start(&pool);
    whole(&third, LONG);
}

/// Asks Perfetto itself, where its Python package is there: `pip install perfetto`. Set `PERFETTO_PYTHON` to an
/// interpreter that has it.
#[test]
fn perfetto_reads_the_file_and_answers_which_job_waited_longest() {
    let python = std::env::var("PERFETTO_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_perfetto = Command::new(&python).args(["-c", "import perfetto.protos"]).output();
    if !has_perfetto.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} has no package `perfetto`");
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_trace.py");
    let mut reader = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(&two_that_wait().to_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{answer}");
    assert!(answer.starts_with("long ("), "{answer}");
    assert!(answer.contains(" waits for event at "), "{answer}");
}
