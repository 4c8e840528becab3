//! Executors in which nothing moves although jobs run.
//!
//! ```text
//!  one OS thread  ─►  reads counters, asks  ─►  judge: has anything  ─►  one inspection  ─►  judge: does that  ─►  report
//!  for a watch        no carrier                moved?                                       explain it?
//! ```
//!
//! [`Watchdog`](crate::Watchdog) has a thread as well. But that sleeps as long as all carriers do, and this looks for
//! just that.

mod judge;

use std::time::Duration;
use std::{fmt, io};

use executor::ExecutorHandle;
use greenctx::{Thread, park_timeout};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use greenstd::thread::{self, JoinHandle};
use greenstd::{panics, time};

use crate::together::{Inspections, inspect_all};
use judge::{Finding, Judge, Reading, finding};

/// After this time a standstill is looked into, unless it is said otherwise.
const AFTER: Duration = Duration::from_secs(10);

/// It could not look more often.
const LEAST_AFTER: Duration = Duration::from_millis(20);

/// So many looks in that time.
const LOOKS: u32 = 4;

/// Looks for executors that stand still: jobs run, and none has gone on for some seconds.
///
/// It is a suspicion. A deadlock that an inspection can tell is always reported. Else nothing is said as long as a thread
/// waits for a socket, a timer, or anything else from outside, or as long as all wait for messages and the like: they may
/// have nothing to do. What is left are locks, full channels, jobs and the like that nobody seems to serve.
///
/// One OS thread reads some counters now and then. Carriers are asked only at a standstill, once; and once more after the
/// same time if one of them did not answer.
///
/// ```
/// use inspect::Stalls;
/// use inspect::executor::GreenThreadPoolExecutor;
/// use std::time::Duration;
///
/// let shop = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let bank = GreenThreadPoolExecutor::builder().name("bank").build()?;
/// let _watch = Stalls::new().after(Duration::from_secs(5)).watch([shop.handle(), bank.handle()])?;
/// // From now on, a standstill of both is explained on the standard error stream.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it watches nothing until watch() is called"]
pub struct Stalls {
    after: Duration,
    report: Box<dyn FnMut(&Stall) + Send>,
}

/// A standstill. Print it for a person.
///
/// ```
/// use inspect::{Stall, Stalls};
///
/// let stalls = Stalls::new().then(|stall: &Stall| eprintln!("nothing has moved for {:?}", stall.lasts));
/// assert!(stalls.watch([]).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Stall {
    /// For how long nothing has moved, at least.
    pub lasts: Duration,
    /// What all threads wait for.
    pub seen: Inspections,
}

/// It looks until this is dropped. The drop waits for a report that is under way, unless that drops it.
///
/// ```
/// use inspect::{StallWatch, Stalls};
///
/// let watch: StallWatch = Stalls::new().watch([])?;
/// drop(watch); // nobody looks any more
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "nobody looks any more when this is dropped"]
pub struct StallWatch {
    ends: Arc<AtomicBool>,
    thread: Thread,
    joined: Option<JoinHandle<()>>,
}

impl Stalls {
    /// Prints what has not moved for ten seconds.
    ///
    /// ```
    /// assert!(inspect::Stalls::new().watch([]).is_ok());
    /// ```
    pub fn new() -> Self {
        Stalls { after: AFTER, report: Box::new(print) }
    }

    /// Looks into a standstill after so long: ten seconds unless it is said, and 20 ms at least.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let patient = inspect::Stalls::new().after(Duration::from_secs(60));
    /// assert!(patient.watch([]).is_ok());
    /// ```
    pub fn after(mut self, standstill: Duration) -> Self {
        self.after = standstill.max(LEAST_AFTER);
        self
    }

    /// Calls `report` instead of printing, once for each standstill. It runs on the OS thread that looks. A panic in it
    /// ends there.
    ///
    /// ```
    /// let stalls = inspect::Stalls::new().then(|stall| eprintln!("{stall}"));
    /// assert!(stalls.watch([]).is_ok());
    /// ```
    pub fn then(mut self, report: impl FnMut(&Stall) + Send + 'static) -> Self {
        self.report = Box::new(report);
        self
    }

    /// Watches these executors, as one: if a job of one of them goes on, none stands still. They are not kept running.
    ///
    /// ```
    /// use inspect::Stalls;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let _watch = Stalls::new().watch([pool.handle()])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no OS thread to be had.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn watch(
        self,
        executors: impl IntoIterator<Item = ExecutorHandle>,
    ) -> io::Result<StallWatch> {
        let executors: Vec<ExecutorHandle> = executors.into_iter().collect();
        let ends = Arc::new(AtomicBool::new(false));
        let theirs = ends.clone();
        let (tell, told) = std::sync::mpsc::channel();
        let look = move || {
            let _ = tell.send(greenctx::current());
            self.look_out(&executors, &theirs);
        };
        let joined = thread::Builder::new().name("inspect-stalls".to_owned()).spawn(look)?;
        let thread = told.recv().map_err(|_| io::Error::other("the thread has ended"))?;
        Ok(StallWatch { ends, thread, joined: Some(joined) })
    }

    fn look_out(mut self, executors: &[ExecutorHandle], ends: &AtomicBool) {
        let mut judge = Judge::new(self.after, time::now());
        while !ends.load(Ordering::Relaxed) {
            if let Some(lasts) = judge.look(read(executors), time::now()) {
                let seen = inspect_all(executors.iter().cloned());
                match finding(&seen) {
                    Finding::Rests => {}
                    Finding::Unknown => judge.look_again(lasts),
                    Finding::StandsStill => {
                        let stall = Stall { lasts, seen };
                        // Its panic has been reported by now.
                        drop(panics::contain(|| (self.report)(&stall)));
                    }
                }
            }
            // The drop of the watch ends it.
            let _ = park_timeout(self.after / LOOKS);
        }
    }
}

impl Default for Stalls {
    fn default() -> Self {
        Stalls::new()
    }
}

/// How much has happened.
fn read(executors: &[ExecutorHandle]) -> Reading {
    let mut reading = Reading::default();
    for executor in executors.iter().filter(|executor| !executor.has_ended()) {
        reading.running += executor.gauge().running;
        reading.moves += executor.outlook().turnover;
        for carrier in executor.carriers() {
            reading.moves += carrier.counters().parks() + carrier.counters().unparks();
        }
    }
    reading
}

fn print(stall: &Stall) {
    use io::Write as _;
    // In one piece. If nobody reads the stream, there is nobody to tell.
    let _ = io::stderr().write_all(format!("greenpool: {stall}").as_bytes());
}

impl Drop for StallWatch {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.unpark();
        if let Some(joined) = self.joined.take()
            && greenctx::current().id() != self.thread.id()
        {
            let _ = joined.join();
        }
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing has moved for {:.1?} although jobs run", self.lasts)?;
        write!(f, "{}", self.seen)
    }
}

impl fmt::Debug for Stalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stalls").field("after", &self.after).finish_non_exhaustive()
    }
}
