//! A file with the last seconds, when something has happened: a hog, a panic, a signal.
//!
//! One OS thread takes the snapshots and writes them. Whoever wants one leaves it a word, and goes on: a panic hook on a
//! small stack, or the watchdog. So a carrier that is asked may be the one on which the wish was made.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use std::{fmt, fs, io, panic};

use executor::io::signal::{Signal, Signals};
use executor::sync::oneshot::{Sender, oneshot};
use greenstd::sync::Arc;
use greenstd::thread;

use super::{PATIENCE, Tracer};

/// A carrier that is held answers when that ends. It has recorded nothing meanwhile, so nothing is lost by the wait.
const PATIENCE_WITH_A_HOG: Duration = Duration::from_secs(10);

/// Records what the jobs of an executor do, and writes the last seconds to a file when something happens.
///
/// The file is written whole: each one replaces the one before at once. Two recorders have two files, also for the same
/// executor. What leads to a file, other than [`write`](Self::write), says so in a line on the standard error stream.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::executor::io::signal::Signal;
/// use inspect::{FlightRecorder, Tracer, Watchdog};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let file = std::env::temp_dir().join("shop.perfetto-trace");
/// let recorder = FlightRecorder::new(Tracer::start(&pool), Duration::from_secs(5), &file)?;
/// recorder.on_panic();
/// recorder.on_signal(Signal::USER_2)?; // kill -USR2 PID
/// let _watching = Watchdog::new().record(&recorder).watch([pool.handle()])?;
///
/// pool.submit(|| 6 * 7)?.result()?;
/// recorder.write()?; // now
/// assert!(file.exists());
/// # std::fs::remove_file(file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FlightRecorder {
    file: Arc<Path>,
    wishes: mpsc::Sender<Wish>,
}

/// Why there is to be a file.
enum Wish {
    Asked(Sender<io::Result<()>>),
    /// The plain OS thread that panics waits for the file.
    Panic(Option<Sender<io::Result<()>>>),
    Signal(Signal),
    Hog,
}

/// The thread that writes.
struct Writer {
    tracer: Tracer,
    last: Duration,
    file: Arc<Path>,
}

impl FlightRecorder {
    /// Takes what `tracer` has recorded in the last time of that length, when something happens, and writes it to `file`.
    ///
    /// It records until this and all its clones are dropped. A panic hook and a signal keep one until the process ends.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{FlightRecorder, Tracer};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let tracer = Tracer::start(&pool);
    /// let recorder = FlightRecorder::new(tracer, Duration::from_secs(5), "shop.perfetto-trace")?;
    /// # drop(recorder);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no OS thread to be had.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn new(tracer: Tracer, last: Duration, file: impl Into<PathBuf>) -> io::Result<Self> {
        let file: Arc<Path> = file.into().into();
        let (wishes, made) = mpsc::channel();
        let writer = Writer { tracer, last, file: file.clone() };
        let name = "inspect-flight".to_owned();
        thread::Builder::new()
            .name(name)
            .spawn(move || made.iter().for_each(|wish| writer.grant(wish)))?;
        Ok(FlightRecorder { file, wishes })
    }

    /// Writes the file now.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{FlightRecorder, Tracer};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let file = std::env::temp_dir().join("now.perfetto-trace");
    /// let recorder = FlightRecorder::new(Tracer::start(&pool), Duration::from_secs(5), &file)?;
    /// recorder.write()?;
    /// assert!(std::fs::metadata(&file)?.len() > 0);
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of creating, writing and renaming the file.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread. A cancellation does not end the wait.
    pub fn write(&self) -> io::Result<()> {
        let (sender, receiver) = oneshot();
        self.wish(Wish::Asked(sender));
        executor::shield(|| receiver.recv())
            .unwrap_or_else(|_| Err(io::Error::other("the thread that writes the file has ended")))
    }

    /// From now on, writes the file at each panic, before that is reported as usual.
    ///
    /// A panic in a job does not wait for the file. One on a plain OS thread does, since the process may end by it. It is
    /// a matter of the whole process: call it after other panic hooks were set. Where a panic aborts
    /// (`panic = "abort"`), a job that panics ends the process before the file is written.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::{FlightRecorder, Tracer};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let file = std::env::temp_dir().join("panic.perfetto-trace");
    /// FlightRecorder::new(Tracer::start(&pool), Duration::from_secs(5), file)?.on_panic();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If the calling thread is panicking, as all that sets a panic hook.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn on_panic(&self) {
        let (recorder, report) = (self.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |panic| {
            let is_green = greenctx::current().is_green();
            let (sender, receiver) = oneshot();
            recorder.wish(Wish::Panic((!is_green).then_some(sender)));
            report(panic);
            if !is_green {
                // Whatever became of it has been said.
                let _ = receiver.recv();
            }
        }));
    }

    /// From now on, writes the file whenever `signal` comes. See [`on_signal`](crate::on_signal()) for which one to take.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use inspect::executor::io::signal::Signal;
    /// use inspect::{FlightRecorder, Tracer};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let file = std::env::temp_dir().join("signal.perfetto-trace");
    /// let recorder = FlightRecorder::new(Tracer::start(&pool), Duration::from_secs(5), file)?;
    /// recorder.on_signal(Signal::USER_2)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no descriptor or no thread left, or the system does not let that signal be caught.
    ///
    /// # Panics
    /// For the signals for which [`Signals::new`] panics, such as `SIGKILL`.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn on_signal(&self, signal: Signal) -> io::Result<()> {
        let recorder = self.clone();
        // Before the thread starts: a signal that comes from now on is kept for it.
        let mut signals = Signals::new([signal])?;
        thread::Builder::new().name(format!("flight-{signal}")).spawn(move || {
            while signals.wait().is_ok() {
                recorder.wish(Wish::Signal(signal));
            }
        })?;
        Ok(())
    }

    /// Something holds a carrier.
    pub(crate) fn note_hog(&self) {
        self.wish(Wish::Hog);
    }

    fn wish(&self, wish: Wish) {
        // The writer lives as long as this does.
        let _ = self.wishes.send(wish);
    }
}

impl Writer {
    fn grant(&self, wish: Wish) {
        let patience = if let Wish::Hog = wish { PATIENCE_WITH_A_HOG } else { PATIENCE };
        let written = self.write(patience);
        let why = match wish {
            Wish::Asked(sender) => {
                // Somebody waits, and tells it as they like.
                let _ = sender.send(written);
                return;
            }
            Wish::Panic(waits) => {
                self.say(&written, "a panic");
                if let Some(sender) = waits {
                    let _ = sender.send(written);
                }
                return;
            }
            Wish::Signal(signal) => signal.to_string(),
            Wish::Hog => "a job that holds its carrier".to_owned(),
        };
        self.say(&written, &why);
    }

    fn say(&self, written: &io::Result<()>, why: &str) {
        let (file, last) = (self.file.display(), self.last);
        match written {
            Ok(()) => eprintln!("greenpool: the last {last:?} before {why} are in {file}"),
            Err(error) => eprintln!("greenpool: no trace of {why}: {file}: {error}"),
        }
    }

    /// Beside its place, and then there: a reader finds a whole file.
    fn write(&self, patience: Duration) -> io::Result<()> {
        let trace = self.tracer.snapshot_within(self.last, patience);
        let mut beside = self.file.as_os_str().to_owned();
        beside.push(".new");
        trace.write_to(&beside)?;
        fs::rename(&beside, &self.file)
    }
}

impl fmt::Debug for FlightRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightRecorder").field("file", &self.file).finish_non_exhaustive()
    }
}
