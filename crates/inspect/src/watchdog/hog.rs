//! What the watchdog says of a job that holds its carrier.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::symbols::Frame;
use crate::text::{counted, nearby, short};

/// A job that has held its carrier for long: it computes without a pause, or blocks the OS thread. All other green
/// threads of that carrier wait meanwhile.
///
/// Print it for a person. By serde it goes to programs.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Hog, Watchdog};
/// use std::sync::mpsc;
///
/// let (tell, told) = mpsc::channel();
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let watchdog = Watchdog::new().then(move |hog: &Hog| drop(tell.send(hog.clone())));
/// let watching = watchdog.watch([pool.handle()])?;
///
/// let busy = pool.job().name("busy").submit(move || {
///     while told.try_recv().is_err() {} // no pause
/// })?;
/// busy.result()?;
/// # drop(watching);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hog {
    /// The name of the executor.
    pub executor: String,
    /// The carrier that it holds.
    pub carrier: String,
    /// The number of the job. `None` if it is a green thread without a job.
    pub job: Option<u64>,
    /// The name of the job or the thread.
    pub name: String,
    /// Where the job was submitted.
    pub site: Option<String>,
    /// For how long it has held the carrier, at least.
    pub held: Duration,
    /// For how long of that it has used a CPU.
    pub computed: Duration,
    /// For how long of that the kernel made it wait: for a lock, for time, for input.
    pub blocked: Duration,
    /// For how long of that it could have run, and others had the CPU. This is not its fault.
    pub starved: Duration,
    /// How many green threads of the carrier were ready to run and could not. Those that others have woken since it
    /// holds the carrier are not among them.
    pub ready: usize,
    /// How many other green threads the carrier has in all. None of them can run, whatever happens.
    pub others: usize,
    /// How many jobs wait in the backlog of the executor.
    pub queued: u64,
    /// Its stack, with the innermost function first. Empty if the OS thread could not be interrupted.
    pub stack: Vec<Frame>,
}

/// What a [`Hog`] did most of the time.
///
/// ```
/// use inspect::{Hog, HogCause};
///
/// /// Who has to do something about it.
/// fn advice(hog: &Hog) -> &'static str {
///     match hog.cause() {
///         HogCause::Computes => "yield now and then, or take a pool of OS threads",
///         HogCause::Blocks => "take what parks, or offload the call",
///         HogCause::Starves => "the machine is too small",
///         _ => "read on",
///     }
/// }
/// # let _ = advice;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum HogCause {
    /// It computes.
    Computes,
    /// It is blocked in the kernel.
    Blocks,
    /// It gets no CPU: others have it.
    Starves,
}

impl Hog {
    /// What it did most of the time.
    ///
    /// ```
    /// use inspect::{Hog, HogCause};
    ///
    /// fn is_ours_to_mend(hog: &Hog) -> bool {
    ///     hog.cause() != HogCause::Starves
    /// }
    /// # let _ = is_ours_to_mend;
    /// ```
    pub fn cause(&self) -> HogCause {
        if self.starved > self.computed.max(self.blocked) {
            HogCause::Starves
        } else if self.blocked > self.computed {
            HogCause::Blocks
        } else {
            HogCause::Computes
        }
    }
}

impl fmt::Display for Hog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, carrier) = (&self.name, &self.carrier);
        let what = if self.job.is_some() { "job" } else { "green thread" };
        write!(f, "{what} '{name}' has held carrier '{carrier}' for {}: ", short(self.held))?;
        let of = |time| format!("{} of it", short(time));
        match self.cause() {
            HogCause::Computes => writeln!(f, "it computes ({})", of(self.computed))?,
            HogCause::Blocks => writeln!(f, "it is blocked ({})", of(self.blocked))?,
            HogCause::Starves => writeln!(f, "it gets no CPU ({})", of(self.starved))?,
        }
        if let Some(site) = &self.site {
            writeln!(f, "  submitted at {site}")?;
        }
        let others = counted(self.others, "other green thread");
        let queued = counted(self.queued as usize, "job");
        write!(f, "  behind it: {others} of the carrier, {} of them ready", self.ready)?;
        writeln!(f, "; in the backlog of '{}': {queued}", self.executor)?;
        self.stack.iter().try_for_each(|frame| writeln!(f, "    {}", nearby(frame)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Hog, HogCause};
    use std::time::Duration;

    #[test]
    fn a_report_says_what_it_did_most_of_the_time() {
        let ms = Duration::from_millis;
        let hog = |computed, blocked, starved| Hog {
            executor: "shop".into(),
            carrier: "shop-0".into(),
            job: Some(7),
            name: "audit".into(),
            site: Some("main.rs:3".into()),
            held: ms(100),
            computed: ms(computed),
            blocked: ms(blocked),
            starved: ms(starved),
            ready: 1,
            others: 4,
            queued: 1,
            stack: Vec::new(),
        };
        assert_eq!(hog(60, 30, 10).cause(), HogCause::Computes);
        assert_eq!(hog(10, 60, 30).cause(), HogCause::Blocks);
        assert_eq!(hog(10, 30, 60).cause(), HogCause::Starves);
        assert_eq!(
            hog(3, 97, 0).to_string(),
            "job 'audit' has held carrier 'shop-0' for 100 ms: it is blocked (97 ms of it)\n  \
             submitted at main.rs:3\n  \
             behind it: 4 other green threads of the carrier, 1 of them ready; \
             in the backlog of 'shop': 1 job\n"
        );
    }
}
