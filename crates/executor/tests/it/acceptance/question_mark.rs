//! `?` on every error of the library, in functions of all the kinds that people write. Their errors are those of
//! `anyhow` and `eyre`, a boxed error that can be sent and shared, and `io::Error`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroUsize;

use executor::io::Offload;
use executor::sync::{
    AcquireError, GetError, Pool, ReadyTimeoutError, RecvError, RecvTimeoutError,
    SelectTimeoutError, SendTimeoutError, TryAcquireError, TryGetError, TryReadyError,
    TryRecvError, TrySelectError, TrySendError, bounded,
};
use executor::{
    BuildError, GreenThreadPoolExecutor, Interrupted, JoinError, MapError, MapRefused,
    NotCompleted, Refusal, Shutdown, ShutdownError, TaskError, WaitError,
};

use super::support::{Gate, Held, detach, ms, pool};

type Boxed = Box<dyn Error + Send + Sync>;

/// What the error becomes in each kind of function.
struct Passed {
    anyhow: anyhow::Error,
    eyre: eyre::Report,
    boxed: Boxed,
    io: io::Error,
}

/// Passes the errors that `fail` makes on by `?`. That this can be called is most of the test.
fn pass_on<T, E>(fail: impl Fn() -> Result<T, E>) -> Passed
where
    anyhow::Error: From<E>,
    eyre::Report: From<E>,
    Boxed: From<E>,
    io::Error: From<E>,
{
    let anyhow = || -> anyhow::Result<()> {
        fail()?;
        Ok(())
    };
    let eyre = || -> eyre::Result<()> {
        fail()?;
        Ok(())
    };
    let boxed = || -> Result<(), Boxed> {
        fail()?;
        Ok(())
    };
    let io = || -> io::Result<()> {
        fail()?;
        Ok(())
    };
    Passed {
        anyhow: anyhow().unwrap_err(),
        eyre: eyre().unwrap_err(),
        boxed: boxed().unwrap_err(),
        io: io().unwrap_err(),
    }
}

impl Passed {
    /// All of them say the same.
    #[track_caller]
    fn text(self) -> String {
        let text = self.anyhow.to_string();
        assert_eq!(self.eyre.to_string(), text);
        assert_eq!(self.boxed.to_string(), text);
        assert_eq!(self.io.to_string(), text);
        text
    }
}

/// A closure that cannot be shared between threads, as most that own something.
fn unshared() -> impl FnOnce() -> u8 + Send {
    let captured = Cell::new(6);
    move || captured.get() * 7
}

#[test]
fn a_refused_job_that_cannot_be_shared_is_passed_on() {
    let pool = pool(1, 1);
    let _held = Held::workers(&pool, 1);
    let mut passed = vec![];
    pool.shutdown(Shutdown::no_wait()).unwrap();
    passed.push(pass_on(|| pool.submit(unshared())));
    passed.push(pass_on(|| pool.job().name("name").submit(unshared())));
    passed.push(pass_on(|| pool.submit_wait(unshared())));
    passed.push(pass_on(|| pool.job().wait_timeout(ms(1)).submit(unshared())));
    let failing = || {
        let job = unshared();
        move || -> anyhow::Result<u8> { Ok(job()) }
    };
    passed.push(pass_on(|| pool.try_submit(failing())));
    passed.push(pass_on(|| pool.job().wait().fallible().submit(failing())));
    for passed in passed {
        assert_eq!(passed.text(), Refusal::Shutdown.to_string());
    }
    // And it can be had all the same.
    assert_eq!(pool.submit(unshared()).unwrap_err().into_inner()(), 42);
    assert_eq!(pool.submit(unshared()).unwrap_err().without_job(), Refusal::Shutdown);
}

#[test]
fn a_closure_that_was_not_run_elsewhere_is_passed_on() {
    let offload = Offload::builder().threads(1).build().unwrap();
    offload.shutdown().unwrap();
    let text = pass_on(|| offload.run(unshared())).text();
    assert!(text.contains("shut down"), "{text}");
    let refused = offload.run(unshared()).unwrap_err();
    assert_eq!(refused.into_inner().unwrap()(), 42);
    let refused = offload.run(unshared()).unwrap_err().without_closure();
    assert!(refused.into_inner().is_none());
    // On a plain thread it is called; that it compiles is the test.
    let call = || -> anyhow::Result<u8> { Ok(executor::io::unblock(unshared())?) };
    assert_eq!(call().unwrap(), 42);
}

#[test]
fn a_message_that_was_not_sent_is_passed_on() {
    let (sender, receiver) = bounded::<Cell<u8>>(1);
    drop(receiver);
    let passed = pass_on(|| sender.send(Cell::new(5)));
    assert_eq!(passed.io.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(passed.text(), "the channel is closed");
    assert_eq!(sender.send(Cell::new(5)).unwrap_err().into_inner().get(), 5);
    // These are matched more often than passed on: they lend their message, so it must be shareable, or
    // stay behind.
    let passed = pass_on(|| sender.try_send(Cell::new(5)).map_err(TrySendError::without_message));
    assert_eq!(passed.text(), "the channel is closed");
    let passed = pass_on(|| {
        sender.send_timeout(Cell::new(5), ms(1)).map_err(SendTimeoutError::without_message)
    });
    assert_eq!(passed.text(), "the channel is closed");
    let (sender, _receiver) = bounded::<u8>(1);
    sender.send(1).unwrap();
    assert_eq!(pass_on(|| sender.try_send(2)).io.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(pass_on(|| sender.send_timeout(2, ms(1))).io.kind(), io::ErrorKind::TimedOut);
}

#[derive(Debug)]
struct OnesOwn(io::Error);

impl fmt::Display for OnesOwn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error of one's own")
    }
}

impl Error for OnesOwn {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such page")
}

#[test]
fn the_failure_of_a_job_is_passed_on_whatever_its_error_is() {
    let pool = pool(2, 1);
    macro_rules! pass_on_failure {
        ($error:expr) => {
            pass_on(|| pool.try_submit(|| Err::<u8, _>($error)).unwrap().result())
        };
    }
    let text = "the job failed: an error of one's own";
    assert_eq!(pass_on_failure!(OnesOwn(not_found())).text(), text);
    assert_eq!(pass_on_failure!(String::from("an error of one's own")).text(), text);
    assert_eq!(pass_on_failure!("an error of one's own").text(), text);
    assert_eq!(pass_on_failure!(Boxed::from(OnesOwn(not_found()))).text(), text);
    // With their causes.
    let text = "the job failed: the page: no such page";
    assert_eq!(pass_on_failure!(anyhow::Error::from(not_found()).context("the page")).text(), text);
    assert_eq!(pass_on_failure!(eyre::Report::from(not_found()).wrap_err("the page")).text(), text);
    // What cannot be shared is made into something that can.
    let unshared = || pool.try_submit(|| Err::<u8, _>(Cell::new(5))).unwrap().result();
    let passed = pass_on(|| unshared().map_err(|error| error.map_failure(Cell::into_inner)));
    assert_eq!(passed.text(), "the job failed: 5");
    assert_eq!(unshared().unwrap_err().failure().unwrap().get(), 5);
}

#[test]
fn an_io_error_of_a_job_stays_what_it_is_among_io_errors() {
    let pool = pool(2, 1);
    let passed = pass_on(|| pool.try_submit(|| Err::<u8, _>(not_found())).unwrap().result());
    assert_eq!(passed.io.kind(), io::ErrorKind::NotFound);
    assert_eq!(passed.io.to_string(), "no such page");
    assert_eq!(passed.boxed.to_string(), "the job failed: no such page");
    let source = passed.boxed.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.unwrap().kind(), io::ErrorKind::NotFound);
}

#[test]
fn the_source_of_a_failure_is_the_boxed_error() {
    let pool = pool(2, 1);
    let fails = || Err::<u8, _>(Boxed::from(OnesOwn(not_found())));
    let error = pool.try_submit(fails).unwrap().result().unwrap_err();
    let source = error.source().unwrap();
    assert!(source.is::<OnesOwn>());
    assert_eq!(source.source().unwrap().to_string(), "no such page");
}

#[test]
fn the_end_of_a_job_without_a_result_is_passed_on() {
    let pool = pool(1, 1);
    let panicked = pass_on(|| pool.submit(|| -> u8 { panic!("away") }).unwrap().result());
    // Each of them names its job, so they do not say quite the same.
    let text = panicked.boxed.to_string();
    assert!(text.starts_with("the job panicked") && text.contains("away"), "{text}");
    assert!(panicked.anyhow.to_string().contains("away"));
    let held = Held::workers(&pool, 1);
    let cancelled = pass_on(|| {
        let job = pool.submit(|| ()).unwrap();
        job.cancel();
        job.result()
    });
    assert!(cancelled.text().contains("cancelled"));
    let gate = Gate::new();
    let pass = gate.pass();
    let mut waiting = pool.submit(move || pass.wait()).unwrap();
    let passed = pass_on(|| waiting.wait_timeout(ms(1)));
    assert_eq!(passed.io.kind(), io::ErrorKind::TimedOut);
    assert!(waiting.result_timeout(ms(1)).is_err());
    let passed = pass_on(|| executor::as_completed([&waiting]).timeout(ms(1)).next().unwrap());
    assert_eq!(passed.io.kind(), io::ErrorKind::TimedOut);
    gate.open();
    drop(held);
    let shared = pool.try_submit(|| Err::<u8, _>("shared")).unwrap().shared();
    let pass = || -> anyhow::Result<u8> { Ok(shared.result()?) };
    assert_eq!(pass().unwrap_err().to_string(), "the job failed: shared");
}

#[test]
fn maps_shutdowns_and_settings_are_passed_on() {
    let pool = pool(1, 1);
    let gate = Gate::new();
    let pass = gate.pass();
    detach(&pool, move || pass.wait());
    let timed_out = pass_on(|| {
        pool.map(0..2, |n| n).unwrap().timeout(ms(1)).collect::<Result<Vec<_>, MapError>>()
    });
    assert_eq!(timed_out.io.kind(), io::ErrorKind::TimedOut);
    let timed_out = pass_on(|| pool.shutdown(Shutdown::wait().timeout(ms(1))));
    assert_eq!(timed_out.io.kind(), io::ErrorKind::TimedOut);
    let refused = pass_on(|| pool.map(0..2, |n| n));
    assert_eq!(refused.io.kind(), io::ErrorKind::Other);
    let built = pass_on(|| GreenThreadPoolExecutor::builder().max_workers(0).build());
    assert_eq!(built.io.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn every_error_without_a_part_of_the_callers_is_passed_on() {
    // That these lines compile is the test.
    fn is_passed_on<E>()
    where
        anyhow::Error: From<E>,
        eyre::Report: From<E>,
        Boxed: From<E>,
        io::Error: From<E>,
    {
    }
    is_passed_on::<Interrupted>();
    is_passed_on::<RecvError>();
    is_passed_on::<TryRecvError>();
    is_passed_on::<RecvTimeoutError>();
    is_passed_on::<AcquireError>();
    is_passed_on::<TryAcquireError>();
    is_passed_on::<TaskError>();
    is_passed_on::<WaitError>();
    is_passed_on::<MapError>();
    is_passed_on::<MapRefused>();
    is_passed_on::<NotCompleted>();
    is_passed_on::<Refusal>();
    is_passed_on::<ShutdownError>();
    is_passed_on::<BuildError>();
    is_passed_on::<greenctx::StackError>();
    is_passed_on::<greenctx::StackSizeError>();
    is_passed_on::<greenctx::AccessError>();
    is_passed_on::<JoinError>();
    is_passed_on::<TrySelectError>();
    is_passed_on::<TryReadyError>();
    is_passed_on::<SelectTimeoutError>();
    is_passed_on::<ReadyTimeoutError>();
    is_passed_on::<GetError<io::Error>>();
    is_passed_on::<TryGetError<io::Error>>();
    is_passed_on::<executor::io::OffloadBuildError>();
    is_passed_on::<executor::schedule::ScheduleError>();
    is_passed_on::<executor::schedule::PatternError>();
    is_passed_on::<executor::group::NoSuccess<String>>();
}

#[test]
fn the_error_of_what_a_pool_makes_is_passed_on_whatever_it_is() {
    macro_rules! pass_on_making {
        ($error:expr) => {
            pass_on(|| Pool::<u8>::builder(NonZeroUsize::MIN).build(|| Err($error)).get().map(drop))
        };
    }
    assert_eq!(pass_on_making!("no server").text(), "no server");
    assert_eq!(pass_on_making!(Boxed::from("no server")).text(), "no server");
    let text = "the page: no such page";
    assert_eq!(pass_on_making!(anyhow::Error::from(not_found()).context("the page")).text(), text);
    assert_eq!(pass_on_making!(eyre::Report::from(not_found()).wrap_err("the page")).text(), text);
    let passed = pass_on_making!(not_found());
    assert_eq!(passed.io.kind(), io::ErrorKind::NotFound);
    let source = passed.boxed.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.unwrap().kind(), io::ErrorKind::NotFound);
}

#[test]
fn the_panic_of_a_green_thread_is_passed_on_with_its_message() {
    let pool = pool(1, 1);
    let job = pool.submit(|| {
        let text = pass_on(|| executor::spawn(|| panic!("away")).join().map(drop)).text();
        assert_eq!(text, "the green thread panicked: away");
        let asleep = executor::spawn(executor::park);
        let given_up = executor::with_timeout(ms(1), || pass_on_join(asleep));
        assert_eq!(given_up.kind(), io::ErrorKind::TimedOut);
    });
    job.unwrap().result().unwrap();
}

fn pass_on_join<T>(thread: executor::JoinHandle<T>) -> io::Error {
    let other = thread.thread().clone();
    let join = || -> io::Result<()> {
        thread.join()?;
        Ok(())
    };
    let error = join().unwrap_err();
    other.cancel();
    error
}
