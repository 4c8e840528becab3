//! Signals that ask the process for something: ctrl-c, and others.

use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;

use signal_hook::consts;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use crate::Io;

/// Waits until the process gets `SIGINT`, as it does when somebody presses ctrl-c in its terminal.
///
/// Any number of threads may wait, and all of them go on. From the first call on, `SIGINT` does not end the
/// process any more, also when nobody waits. So a signal between two calls goes unnoticed: to miss none, keep a
/// [`Signals`].
///
/// ```
/// use greenio::process::Command;
/// use greenio::{Carrier, signal, spawn, yield_now};
///
/// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
///     let stopped = spawn(signal::ctrl_c);
///     yield_now(); // now it waits
///     Command::new("sh").args(["-c", "kill -INT $PPID"]).status()?; // as the terminal does
///     stopped.join()??;
///     println!("shutting down");
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is no descriptor left for the wait; if it is interrupted.
///
/// # Blocking
/// Parks the green thread, or blocks the plain OS thread.
#[doc(alias = "SIGINT")]
pub fn ctrl_c() -> io::Result<()> {
    Signals::new([Signal::INTERRUPT])?.wait().map(drop)
}

/// As [`ctrl_c`], for `SIGTERM`, by which service managers ask a process to end.
///
/// ```
/// use greenio::process::Command;
/// use greenio::{Carrier, signal, spawn, yield_now};
///
/// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
///     let ended = spawn(signal::terminate);
///     yield_now(); // now it waits
///     Command::new("sh").args(["-c", "kill -TERM $PPID"]).status()?; // as a service manager does
///     ended.join()??;
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`ctrl_c`].
///
/// # Blocking
/// As [`ctrl_c`].
#[doc(alias = "SIGTERM")]
pub fn terminate() -> io::Result<()> {
    Signals::new([Signal::TERMINATE])?.wait().map(drop)
}

/// A kind of signal.
///
/// ```
/// use greenio::signal::Signal;
///
/// assert_eq!(Signal::TERMINATE.to_string(), "SIGTERM");
/// assert_eq!(Signal::TERMINATE.as_raw(), 15);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signal(i32);

/// Signals as they come, from now on. One that comes while nobody waits is kept for the next
/// [`wait`](Self::wait). At most one of each kind is kept.
///
/// Each `Signals` gets all that it asked for, however many of them there are. Once a kind has been asked for,
/// its default action (to end the process, mostly) is off, also when all `Signals` have gone.
///
/// ```
/// use greenio::signal::{Signal, Signals};
///
/// let mut signals = Signals::new([Signal::INTERRUPT, Signal::TERMINATE])?;
/// # rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM)?;
/// // Somebody calls `kill -TERM` for this process.
/// assert_eq!(signals.wait()?, Signal::TERMINATE);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
    /// The same open socket, to be waited for.
    readiness: Io<UnixStream>,
}

impl Signals {
    /// Begins to listen for signals of these kinds.
    ///
    /// ```
    /// use greenio::process::Command;
    /// use greenio::signal::{Signal, Signals};
    ///
    /// let mut signals = Signals::new([Signal::USER_1])?;
    /// Command::new("sh").args(["-c", "kill -USR1 $PPID"]).status()?; // somebody signals this process
    /// assert_eq!(signals.wait()?, Signal::USER_1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no descriptor left, or the system does not let that kind be caught.
    ///
    /// # Panics
    /// For those that cannot be caught at all, or must not be: `SIGKILL`, `SIGSTOP`, `SIGILL`, `SIGFPE`,
    /// `SIGSEGV`.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn new(kinds: impl IntoIterator<Item = Signal>) -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        let readiness = Io::new(read.try_clone()?)?;
        let kinds = kinds.into_iter().map(|Signal(number)| number);
        let delivery = SignalDelivery::with_pipe(read, write, SignalOnly, kinds)?;
        Ok(Signals { delivery, readiness })
    }

    /// Waits for the next signal.
    ///
    /// ```
    /// use greenio::process::Command;
    /// use greenio::signal::{Signal, Signals};
    ///
    /// let mut signals = Signals::new([Signal::HANGUP, Signal::TERMINATE])?;
    /// Command::new("sh").args(["-c", "kill -HUP $PPID"]).status()?; // somebody signals this process
    /// match signals.wait()? {
    ///     Signal::HANGUP => println!("reads the settings again"),
    ///     _ => println!("ends"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the wait is interrupted.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread.
    pub fn wait(&mut self) -> io::Result<Signal> {
        loop {
            if let Some(signal) = self.try_next() {
                return Ok(signal);
            }
            self.readiness.readable()?;
        }
    }

    /// The next signal, if one has come.
    ///
    /// ```
    /// use greenio::process::Command;
    /// use greenio::signal::{Signal, Signals};
    ///
    /// let mut signals = Signals::new([Signal::USER_1])?;
    /// assert_eq!(signals.try_next(), None); // between two pieces of work, say
    /// Command::new("sh").args(["-c", "kill -USR1 $PPID"]).status()?; // somebody signals this process
    /// assert_eq!(signals.wait()?, Signal::USER_1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn try_next(&mut self) -> Option<Signal> {
        self.delivery.pending().next().map(Signal)
    }
}

impl Signal {
    /// `SIGINT`: ctrl-c.
    pub const INTERRUPT: Signal = Signal(consts::SIGINT);
    /// `SIGTERM`: to end in order.
    pub const TERMINATE: Signal = Signal(consts::SIGTERM);
    /// `SIGHUP`: the terminal has gone; for services, to read their settings again.
    pub const HANGUP: Signal = Signal(consts::SIGHUP);
    /// `SIGQUIT`: ctrl-backslash.
    pub const QUIT: Signal = Signal(consts::SIGQUIT);
    /// `SIGUSR1`: whatever the program makes of it.
    pub const USER_1: Signal = Signal(consts::SIGUSR1);
    /// `SIGUSR2`: whatever the program makes of it.
    pub const USER_2: Signal = Signal(consts::SIGUSR2);
    /// `SIGWINCH`: the terminal has another size.
    pub const WINDOW_CHANGE: Signal = Signal(consts::SIGWINCH);

    /// The kind by the system's number.
    ///
    /// ```
    /// use greenio::signal::Signal;
    ///
    /// assert_eq!(Signal::from_raw(15), Signal::TERMINATE);
    /// ```
    pub fn from_raw(number: i32) -> Self {
        Signal(number)
    }

    /// The system's number.
    ///
    /// ```
    /// use greenio::signal::Signal;
    ///
    /// assert_eq!(Signal::INTERRUPT.as_raw(), 2);
    /// ```
    pub fn as_raw(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match signal_hook::low_level::signal_name(self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
