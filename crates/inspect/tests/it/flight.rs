//! Files with the last seconds. What a process does once, a panic hook or a signal, is tried in child processes.
#![allow(clippy::disallowed_methods, reason = "the test is a plain thread")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use inspect::executor::io::signal::Signal;
use inspect::executor::sync::Event;
use inspect::executor::{GreenThreadPoolExecutor, yield_now};
use inspect::{FlightRecorder, Tracer, Watchdog};
use testkit::child;

const LONG: Duration = Duration::from_secs(3600);

/// An executor whose jobs are recorded, and the file.
fn recorded(name: &str) -> (GreenThreadPoolExecutor, FlightRecorder, PathBuf) {
    let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(1).build().unwrap();
    let file = format!("greenpool-{name}-{}.perfetto-trace", std::process::id());
    let file = std::env::temp_dir().join(file);
    let recorder = FlightRecorder::new(Tracer::start(&pool), LONG, &file).unwrap();
    (pool, recorder, file)
}

/// Waits for a file that names that job, and takes it away.
fn wait_for(file: &Path, job: &str) {
    let _watchdog = testkit::Watchdog::start(|| "a file with a trace".to_owned());
    while !fs::read(file).is_ok_and(|bytes| names(&bytes, job)) {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_file(file).unwrap();
}

fn names(bytes: &[u8], job: &str) -> bool {
    bytes.windows(job.len()).any(|window| window == job.as_bytes())
}

#[test]
fn a_file_is_written_when_it_is_asked_for_by_a_job_as_well() {
    let (pool, recorder, file) = recorded("asked");
    pool.job().name("before").submit(yield_now).unwrap().result().unwrap();
    recorder.write().unwrap();
    wait_for(&file, "before (");
    // On the only carrier, which is to answer.
    pool.job().name("itself").submit(move || recorder.write().unwrap()).unwrap().result().unwrap();
    wait_for(&file, "itself (");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let nowhere = std::env::temp_dir().join("greenpool-no-such-folder/trace");
    let recorder = FlightRecorder::new(Tracer::start(&pool), LONG, nowhere).unwrap();
    let error = recorder.write().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn a_hog_leaves_a_file_that_has_it() {
    let (pool, recorder, file) = recorded("hog");
    let (tell, told) = mpsc::channel();
    let watchdog = Watchdog::new().record(&recorder).then(move |_| {
        let _ = tell.send(());
    });
    let _watching = watchdog.watch([pool.handle()]).unwrap();
    pool.job().name("early").submit(yield_now).unwrap().result().unwrap();
    let hog = pool.job().name("hog").submit(move || told.recv().unwrap()).unwrap();
    hog.result().unwrap();
    // Only the carrier that was held knows of it, and answers later.
    wait_for(&file, "hog (");
}

#[test]
fn a_panic_leaves_a_file() {
    let test = "flight::a_panic_leaves_a_file";
    match child::case().as_deref() {
        None => {
            child::succeeds(test, "job");
            child::succeeds(test, "plain");
        }
        Some("job") => {
            let (pool, recorder, file) = recorded("panic");
            recorder.on_panic();
            let job = pool.job().name("fails").submit(|| panic!("as it is meant to")).unwrap();
            job.result().unwrap_err();
            wait_for(&file, "fails (");
        }
        Some(_) => {
            let (pool, recorder, file) = recorded("panic");
            recorder.on_panic();
            pool.job().name("before").submit(yield_now).unwrap().result().unwrap();
            let plain = std::thread::spawn(|| panic!("as it is meant to"));
            plain.join().unwrap_err();
            // It has waited for the file.
            assert!(names(&fs::read(&file).unwrap(), "before ("));
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn a_signal_leaves_a_file() {
    if child::case().is_none() {
        return child::succeeds("flight::a_signal_leaves_a_file", "signal");
    }
    let (pool, recorder, file) = recorded("signal");
    recorder.on_signal(Signal::USER_2).unwrap();
    let (begun, gate) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (tell, theirs) = (begun.clone(), gate.clone());
    let job = pool.job().name("waits").submit(move || {
        tell.set();
        theirs.wait().unwrap();
    });
    begun.wait().unwrap();
    let shell = Command::new("sh").args(["-c", "kill -USR2 $PPID"]).stdin(Stdio::null()).status();
    assert!(shell.unwrap().success());
    wait_for(&file, "waits (");
    gate.set();
    job.unwrap().result().unwrap();
}
