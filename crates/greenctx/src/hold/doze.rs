//! The sleep of a watcher while all its carriers sleep.
//!
//! A process that is idle is to stay so. So a watcher has no ticks while every carrier sleeps, and the first carrier that
//! wakes up ends the watcher's sleep.
//!
//! # Protocol
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *doze-announce* | the watcher | writes that it dozes; then a fence |
//! | *doze-recheck* | the watcher | looks once more if all carriers sleep, and only then parks |
//! | *doze-stir* | a carrier | after its announcement to sleep is taken back, a fence; if the watcher dozes, it takes that note away and unparks the watcher |
//!
//! *No carrier is awake for long while the watcher dozes.* A carrier takes its announcement back (*sleep-end* in
//! `carrier/shared.rs`), and then looks at the note. The watcher writes the note, and then looks at the announcements.
//! Both have a sequentially consistent fence in between, so one of them sees what the other has written. If it is the
//! watcher, it does not park. If it is the carrier, it unparks the watcher. (Named steps: `doze-fence`,
//! `doze-stir-fence`, `doze-recheck`.)
//!
//! A carrier does so only once it has read the message that asks for it, and then says that it does. The watcher takes
//! a carrier that has not said so for one that is awake.
//!
//! An unpark that comes late makes the watcher look once for nothing.

use std::fmt;

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::step;
use greenstd::sync::Arc;

use crate::park::park;
use crate::thread::{Thread, current};

/// The sleep of an OS thread that watches carriers. It belongs to the thread that has made it.
///
/// ```
/// use greenctx::{Carrier, Doze};
///
/// let doze = Doze::new();
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// handle.stir(&doze);
/// doze.doze_while(|| handle.will_stir()); // it does not sleep, so we do not
/// carrier.run(|| ())?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub struct Doze {
    stirrer: Stirrer,
}

/// What a carrier has of it.
#[derive(Clone)]
pub(crate) struct Stirrer {
    shared: Arc<Dozing>,
}

struct Dozing {
    is_dozing: AtomicBool,
    watcher: Thread,
}

impl Doze {
    /// For the calling thread.
    ///
    /// ```
    /// use greenctx::Doze;
    ///
    /// let doze = Doze::new();
    /// doze.doze_while(|| false); // returns at once
    /// ```
    #[allow(clippy::new_without_default, reason = "it depends on the thread that calls")]
    pub fn new() -> Self {
        let shared = Dozing { is_dozing: AtomicBool::new(false), watcher: current() };
        Doze { stirrer: Stirrer { shared: Arc::new(shared) } }
    }

    /// Parks once, until a carrier wakes up or the thread is unparked, if `all_sleep` says that there is nothing to
    /// watch. `all_sleep` asks for each carrier whether it [will stir](crate::CarrierHandle::will_stir) the caller.
    ///
    /// ```
    /// use greenctx::{Doze, current};
    ///
    /// let doze = Doze::new();
    /// current().unpark(); // somebody has news for us
    /// doze.doze_while(|| true);
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn doze_while(&self, all_sleep: impl FnOnce() -> bool) {
        let is_dozing = &self.stirrer.shared.is_dozing;
        // doze-announce
        is_dozing.store(true, Ordering::Relaxed);
        step::DOZE_FENCE.fence();
        // doze-recheck
        let is_any_awake = step::DOZE_RECHECK.holds(|| !all_sleep());
        if !is_any_awake {
            // An interruption is for the watcher to find out.
            let _ = park();
        }
        is_dozing.store(false, Ordering::Relaxed);
    }

    pub(crate) fn stirrer(&self) -> Stirrer {
        self.stirrer.clone()
    }
}

impl Stirrer {
    /// Carrier, no longer announced as asleep: *doze-stir*.
    pub(crate) fn stir(&self) {
        step::DOZE_STIR_FENCE.fence();
        let Dozing { is_dozing, watcher } = &*self.shared;
        if is_dozing.load(Ordering::Relaxed) && is_dozing.swap(false, Ordering::Relaxed) {
            watcher.unpark();
        }
    }
}

impl fmt::Debug for Doze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doze").finish_non_exhaustive()
    }
}

impl fmt::Debug for Stirrer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stirrer").finish_non_exhaustive()
    }
}
