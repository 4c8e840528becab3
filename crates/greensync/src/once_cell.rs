//! A value that is made once.

use std::fmt;

use greenctx::{Interrupted, ThreadId, shield, with_current};
use greenstd::sync::OnceLock as Storage;

use crate::monitor::{Entry, Monitor, Waited};

/// A value that is written once and then read without a lock. Those that want it meanwhile wait for the
/// one that makes it.
///
/// As [`std::sync::OnceLock`], but waiting parks the green thread and can be interrupted, and what makes
/// the value may wait itself. If that panics or fails, the next one makes it.
///
/// ```
/// use greenctx::{Carrier, sleep, spawn};
/// use greensync::OnceCell;
/// use std::time::Duration;
///
/// static CONFIG: OnceCell<String> = OnceCell::new();
///
/// fn config() -> Result<&'static str, greensync::Interrupted> {
///     let config = CONFIG.get_or_try_init(|| {
///         sleep(Duration::from_millis(1))?; // reading it takes a while; one thread does
///         Ok(String::from("verbose"))
///     });
///     config.map(String::as_str)
/// }
///
/// Carrier::new()?.run(|| {
///     let threads: Vec<_> = (0..3).map(|_| spawn(config)).collect();
///     assert!(threads.into_iter().all(|thread| thread.join().unwrap() == Ok("verbose")));
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub struct OnceCell<T> {
    value: Storage<T>,
    monitor: Monitor<Progress, (), 2>,
}

/// The name that std has for a [`OnceCell`].
pub type OnceLock<T> = OnceCell<T>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nobody makes the value.
    Empty,
    /// This thread makes it.
    Making(ThreadId),
    /// It is there, or about to be: it is published before this.
    Made,
}

/// The list of those who would make the value.
const MAKERS: usize = 0;
/// The list of those who wait for it only.
const WAITERS: usize = 1;

impl<T> OnceCell<T> {
    greenstd::const_unless_loom! {
        /// A cell without a value.
        pub fn new() -> Self {
            OnceCell { value: Storage::new(), monitor: Monitor::new(Progress::Empty) }
        }
    }

    /// The value, if it is made.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value, if it is made.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Waits until somebody has made the value.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [`deadline`](crate::deadline) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](greenctx::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn wait(&self) -> Result<&T, Interrupted> {
        if self.get().is_none() {
            let waited = self.monitor.wait(None, |inside| match inside.state {
                Progress::Made => Entry::Done(()),
                _ => Entry::Wait { list: WAITERS, message: () },
            });
            if let Waited::Interrupted(interrupted, ()) = waited {
                return Err(interrupted);
            }
        }
        Ok(self.made())
    }

    /// Makes `value` the value.
    ///
    /// # Errors
    /// With `value` back, if there is one already, or somebody is making one.
    pub fn set(&self, value: T) -> Result<(), T> {
        let is_ours = self.monitor.enter(|inside| {
            let is_ours = *inside.state == Progress::Empty;
            if is_ours {
                *inside.state = Progress::Making(own_id());
            }
            is_ours
        });
        if is_ours {
            Attempt { cell: self }.succeed(value);
            Ok(())
        } else {
            Err(value)
        }
    }

    /// The value, made by `init` if nobody was faster. Others that want it meanwhile wait.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait for another one that makes the value, and is
    /// cancelled, or a [`deadline`](crate::deadline) around the call passes.
    ///
    /// # Panics
    /// With the panic of `init`, after which the cell is as before; if `init` itself wants the value; in
    /// [`no_park`](greenctx::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    #[inline]
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> Result<&T, Interrupted> {
        self.get_or_try_init(|| Ok(init()))
    }

    /// As [`get_or_init`](Self::get_or_init), with an `init` that may fail; the next one tries again then.
    ///
    /// # Errors
    /// With that of `init`; or [`Interrupted`], as [`get_or_init`](Self::get_or_init).
    ///
    /// # Panics
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Blocking
    /// As [`get_or_init`](Self::get_or_init).
    #[inline]
    pub fn get_or_try_init<E: From<Interrupted>>(
        &self,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&T, E> {
        match self.get() {
            Some(value) => Ok(value),
            None => self.make(|| self.begin(), init),
        }
    }

    /// As [`get_or_init`](Self::get_or_init), but waits for another maker in a shield.
    pub(crate) fn get_or_init_shielded(&self, init: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        let made: Result<&T, Interrupted> = self.make(|| shield(|| self.begin()), || Ok(init()));
        made.expect("nothing interrupts in a shield")
    }

    #[cold]
    fn make<'a, E: From<Interrupted>>(
        &'a self,
        begin: impl FnOnce() -> Result<Option<Attempt<'a, T>>, Interrupted>,
        init: impl FnOnce() -> Result<T, E>,
    ) -> Result<&'a T, E> {
        if let Some(attempt) = begin()? {
            let value = init()?;
            attempt.succeed(value);
        }
        Ok(self.made())
    }

    /// Waits until the value is made, or makes the caller the one that makes it.
    fn begin(&self) -> Result<Option<Attempt<'_, T>>, Interrupted> {
        let me = own_id();
        loop {
            let waited = self.monitor.wait(None, |inside| match *inside.state {
                Progress::Making(maker) if maker != me => Entry::Wait { list: MAKERS, message: () },
                Progress::Empty => {
                    *inside.state = Progress::Making(me);
                    Entry::Done(Progress::Empty)
                }
                progress => Entry::Done(progress),
            });
            match waited {
                Waited::Done(Progress::Empty) => return Ok(Some(Attempt { cell: self })),
                Waited::Done(Progress::Made) => return Ok(None),
                Waited::Done(Progress::Making(_)) => {
                    panic!("what makes the value of a OnceCell wants that value")
                }
                // It is made; or its maker has failed, and it is our turn.
                Waited::Woken(()) | Waited::TimedOut(()) => {}
                Waited::Interrupted(interrupted, ()) => return Err(interrupted),
            }
        }
    }

    fn made(&self) -> &T {
        self.value.get().expect("it is published before anybody learns that it is made")
    }

    /// Takes the value out; the cell is empty then.
    pub fn take(&mut self) -> Option<T> {
        let value = self.value.take();
        self.monitor.enter(|inside| *inside.state = Progress::Empty);
        value
    }

    /// Gives the value back, if there is one.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

/// The calling thread makes the value. If that comes to nothing, the next one has its turn.
struct Attempt<'a, T> {
    cell: &'a OnceCell<T>,
}

impl<T> Attempt<'_, T> {
    fn succeed(self, value: T) {
        let published = self.cell.value.set(value);
        debug_assert!(published.is_ok(), "one thread at a time makes the value");
        self.cell.monitor.enter(|inside| {
            *inside.state = Progress::Made;
            inside.take_all(MAKERS);
            inside.take_all(WAITERS);
        });
        std::mem::forget(self);
    }
}

impl<T> Drop for Attempt<'_, T> {
    fn drop(&mut self) {
        self.cell.monitor.enter(|inside| {
            *inside.state = Progress::Empty;
            inside.take_first(MAKERS);
        });
    }
}

fn own_id() -> ThreadId {
    with_current(greenctx::Thread::id)
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        let cell = Self::new();
        Attempt { cell: &cell }.succeed(value);
        cell
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    fn clone(&self) -> Self {
        self.get().cloned().map_or_else(Self::new, Self::from)
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_tuple("OnceCell");
        match self.get() {
            Some(value) => debug.field(value),
            None => debug.field(&format_args!("<empty>")),
        };
        debug.finish()
    }
}
