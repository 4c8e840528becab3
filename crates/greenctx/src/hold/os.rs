//! What watchers ask of the system: a handler, a signal to one thread, the CPU time of a thread.
//!
//! # Invariants
//!
//! 1. The only action that is installed here is [`green_capture`], which obeys the rules for signal handlers; see
//!    `capture.rs`.
//! 2. A signal goes to a thread of this process. If that has ended, the kernel says so, or the number belongs to another
//!    thread of ours by now, where the handler does nothing. No other process ever gets it.

use std::time::Duration;
use std::{fmt, io, mem, ptr};

use greenstd::sync::StaticMutex;

use super::capture::green_capture;
use crate::per_process::PerProcess;

/// A signal whose handler captures; see [`CarrierHandle::capture`](crate::CarrierHandle::capture).
///
/// ```
/// use greenctx::CaptureSignal;
///
/// let signal = CaptureSignal::urgent()?;
/// assert_eq!(CaptureSignal::install(signal.as_raw())?, signal); // it is ours already
/// # Ok::<(), greenctx::CaptureSignalError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaptureSignal(libc::c_int);

/// Why a signal cannot be had for captures.
///
/// ```
/// use greenctx::{CaptureSignal, CaptureSignalError};
///
/// let refused = CaptureSignal::install(9).unwrap_err(); // SIGKILL
/// assert!(matches!(refused, CaptureSignalError::Refused(_)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CaptureSignalError {
    /// Somebody else handles that signal already.
    InUse(i32),
    /// The system does not let it be handled.
    Refused(io::Error),
}

/// Held while a handler is installed: two that do so at once would each see the other's.
static INSTALLING: PerProcess<StaticMutex<()>> = PerProcess::new();

impl CaptureSignal {
    /// `SIGURG`. Nearly no program uses it, and its default is to be ignored.
    ///
    /// ```
    /// use greenctx::CaptureSignal;
    ///
    /// println!("signal {} captures", CaptureSignal::urgent()?.as_raw());
    /// # Ok::<(), greenctx::CaptureSignalError>(())
    /// ```
    ///
    /// # Errors
    /// As [`install`](Self::install).
    pub fn urgent() -> Result<Self, CaptureSignalError> {
        Self::install(libc::SIGURG)
    }

    /// Installs the handler for the signal of that number, if it is not there yet. It stays for the rest of the
    /// process's life. A signal that nobody has asked for does nothing.
    ///
    /// ```
    /// use greenctx::CaptureSignal;
    ///
    /// let twelfth = CaptureSignal::install(12)?; // SIGUSR2
    /// assert_eq!(twelfth.as_raw(), 12);
    /// # Ok::<(), greenctx::CaptureSignalError>(())
    /// ```
    ///
    /// # Errors
    /// [`CaptureSignalError::InUse`] if there is a handler already. [`CaptureSignalError::Refused`] if there is no such
    /// signal, or it cannot be handled.
    pub fn install(number: i32) -> Result<Self, CaptureSignalError> {
        let _installing = INSTALLING.get_or_init(|| StaticMutex::new(())).lock();
        let present = change(number, None).map_err(CaptureSignalError::Refused)?;
        if present.sa_sigaction == handler() {
            return Ok(CaptureSignal(number));
        }
        if ![libc::SIG_DFL, libc::SIG_IGN].contains(&present.sa_sigaction) {
            return Err(CaptureSignalError::InUse(number));
        }
        let mut action = no_action();
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        action.sa_sigaction = handler();
        change(number, Some(&action)).map_err(CaptureSignalError::Refused)?;
        Ok(CaptureSignal(number))
    }

    /// Its number.
    ///
    /// ```
    /// use greenctx::CaptureSignal;
    ///
    /// assert!(CaptureSignal::urgent()?.as_raw() > 0);
    /// # Ok::<(), greenctx::CaptureSignalError>(())
    /// ```
    pub fn as_raw(self) -> i32 {
        self.0
    }

    /// Interrupts that thread of the process.
    pub(super) fn send(self, thread: u32) {
        let process = std::process::id();
        // SAFETY: invariant 2; the handler is installed, so the default action is not taken.
        unsafe { libc::syscall(libc::SYS_tgkill, process, thread, self.0) };
    }
}

fn handler() -> libc::sighandler_t {
    green_capture as *const () as libc::sighandler_t
}

/// The default action, with an empty mask.
fn no_action() -> libc::sigaction {
    // SAFETY: all-zero is a valid `sigaction`: SIG_DFL, no flags, no signals masked.
    unsafe { mem::zeroed() }
}

/// Puts `action` in the place of the present one, which is returned. Without `action`, it only asks.
fn change(number: libc::c_int, action: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    let mut present = no_action();
    let action = action.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: invariant 1; the answer has its place.
    match unsafe { libc::sigaction(number, action, &raw mut present) } {
        0 => Ok(present),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The number of the calling OS thread.
pub(super) fn own_number() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()
}

/// How long that OS thread of the process has used a CPU. `None` if it has ended.
pub(super) fn cpu_time(thread: u32) -> Option<Duration> {
    // The clock of a thread by its number: the kernel's way to write it, as `pthread_getcpuclockid` does.
    const OF_A_THREAD: libc::clockid_t = 4 | 2;
    let clock = (!thread.cast_signed() << 3) | OF_A_THREAD;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the answer has its place. A clock that is not there is refused.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

impl fmt::Display for CaptureSignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaptureSignalError::InUse(number) => write!(f, "signal {number} has a handler already"),
            CaptureSignalError::Refused(_) => f.write_str("the signal cannot be handled"),
        }
    }
}

impl std::error::Error for CaptureSignalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CaptureSignalError::InUse(_) => None,
            CaptureSignalError::Refused(error) => Some(error),
        }
    }
}
