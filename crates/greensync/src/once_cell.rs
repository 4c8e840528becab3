//! A value that is made once.

use std::fmt;
use std::panic::Location;

use greenctx::{Interrupted, ThreadId, Waiting, shield, with_current};
use greenstd::sync::OnceLock as Storage;

use crate::monitor::{Entry, Monitor, Waited};

/// A value that is written once and then read without a lock. Threads that want it meanwhile wait for the
/// thread that makes it.
///
/// It is like [`std::sync::OnceLock`], but waiting parks the green thread and can be interrupted, and the function
/// that makes the value may wait. If it panics or fails, the next thread makes the value.
///
/// ```
/// use greensync::{Carrier, Interrupted, OnceCell, sleep, spawn};
/// use std::time::Duration;
///
/// static CONFIG: OnceCell<String> = OnceCell::new();
///
/// fn config() -> Result<&'static str, Interrupted> {
///     let config = CONFIG.get_or_try_init(|| {
///         sleep(Duration::from_millis(1))?; // reading it takes a while; one thread does
///         Ok(String::from("verbose"))
///     });
///     config.map(String::as_str)
/// }
///
/// Carrier::new()?.run(|| {
///     for _ in 0..3 {
///         spawn(|| assert_eq!(config(), Ok("verbose")));
///     }
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Once")]
pub struct OnceCell<T> {
    value: Storage<T>,
    monitor: Monitor<Progress, (), 2>,
}

/// The name that std has for a [`OnceCell`].
///
/// ```
/// use greensync::OnceLock;
///
/// static NAME: OnceLock<&str> = OnceLock::new();
/// assert_eq!(NAME.get_or_init(|| "ada"), Ok(&"ada"));
/// ```
pub type OnceLock<T> = OnceCell<T>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// No thread makes the value.
    Empty,
    /// This thread makes it.
    Making(ThreadId),
    /// It is there, or about to be: it is published before this.
    Made,
}

/// The list of the threads that would make the value.
const MAKERS: usize = 0;
/// The list of the threads that only wait for it.
const WAITERS: usize = 1;

impl<T> OnceCell<T> {
    greenstd::const_unless_loom! {
        /// A cell without a value.
        ///
        /// ```
        /// use greensync::OnceCell;
        ///
        /// static NAME: OnceCell<String> = OnceCell::new(); // `new` is const
        /// assert_eq!(NAME.get(), None);
        /// ```
        pub fn new() -> Self {
            OnceCell { value: Storage::new(), monitor: Monitor::new(Progress::Empty) }
        }
    }

    /// The value, if it is made. It does not wait for a thread that makes it.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.get(), None);
    /// assert_eq!(cell.set(5), Ok(()));
    /// assert_eq!(cell.get(), Some(&5));
    /// ```
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// The value, to be changed, if it is made.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// let mut cell = OnceCell::from(5);
    /// if let Some(value) = cell.get_mut() {
    ///     *value += 1;
    /// }
    /// assert_eq!(cell.get(), Some(&6));
    /// ```
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Waits until another thread has made the value. Unlike [`get_or_init`](Self::get_or_init) it makes none itself.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait and is cancelled, or a
    /// [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// static PORT: OnceCell<u16> = OnceCell::new();
    /// std::thread::spawn(|| PORT.set(8080));
    /// assert_eq!(PORT.wait(), Ok(&8080));
    /// ```
    #[track_caller]
    pub fn wait(&self) -> Result<&T, Interrupted> {
        if self.get().is_none() {
            let what = Waiting::on("once cell").at(Location::caller());
            let waited = self.monitor.wait(what, None, |inside| match inside.state {
                Progress::Made => Entry::Done(()),
                _ => Entry::Wait { list: WAITERS, message: () },
            });
            if let Waited::Interrupted(interrupted, ()) = waited {
                return Err(interrupted);
            }
        }
        Ok(self.made())
    }

    /// Makes `value` the value, if there is none.
    ///
    /// # Errors
    /// With `value` back, if there is a value already, or another thread is making one.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.set("first"), Ok(()));
    /// assert_eq!(cell.set("second"), Err("second"));
    /// assert_eq!(cell.get(), Some(&"first"));
    /// ```
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

    /// The value. If there is none, `init` makes it, and other threads that want it meanwhile wait.
    ///
    /// # Errors
    /// [`Interrupted`] if the calling thread has to wait for another one that makes the value, and is
    /// cancelled, or a [deadline](crate::with_timeout) around the call passes.
    ///
    /// # Panics
    /// With the panic of `init`, after which the cell is as before; if `init` itself wants the value; in
    /// [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while another one makes the value.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// let cell = OnceCell::new();
    /// assert_eq!(cell.get_or_init(|| 5), Ok(&5));
    /// assert_eq!(cell.get_or_init(|| unreachable!("it is made")), Ok(&5));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> Result<&T, Interrupted> {
        self.get_or_try_init(|| Ok(init()))
    }

    /// As [`get_or_init`](Self::get_or_init), with an `init` that may fail. After a failure the next thread tries again.
    ///
    /// # Errors
    /// With that of `init`; or [`Interrupted`], as [`get_or_init`](Self::get_or_init).
    ///
    /// # Panics
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// # Blocking
    /// As [`get_or_init`](Self::get_or_init).
    ///
    /// ```
    /// use greensync::OnceCell;
    /// use std::io;
    ///
    /// static HOSTS: OnceCell<String> = OnceCell::new();
    ///
    /// let failed = HOSTS.get_or_try_init(|| Err(io::Error::other("no such file")));
    /// assert!(failed.is_err());
    /// let hosts = HOSTS.get_or_try_init(|| Ok::<_, io::Error>(String::from("localhost")))?;
    /// assert_eq!(hosts, "localhost");
    /// # Ok::<(), io::Error>(())
    /// ```
    #[inline]
    #[track_caller]
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
    #[track_caller]
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
    #[track_caller]
    fn begin(&self) -> Result<Option<Attempt<'_, T>>, Interrupted> {
        let (me, site) = (own_id(), Location::caller());
        loop {
            let what = Waiting::on("once cell").at(site);
            let waited = self.monitor.wait(what, None, |inside| match *inside.state {
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
                // The value is made; or its maker has failed, and it is our turn: look again.
                Waited::Woken(()) | Waited::TimedOut(()) => {}
                Waited::Interrupted(interrupted, ()) => return Err(interrupted),
            }
        }
    }

    fn made(&self) -> &T {
        self.value.get().expect("it is published before anybody learns that it is made")
    }

    /// Takes the value out. The cell is empty then, and can be filled again.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// let mut cell = OnceCell::from(5);
    /// assert_eq!(cell.take(), Some(5));
    /// assert_eq!(cell.get(), None);
    /// ```
    pub fn take(&mut self) -> Option<T> {
        let value = self.value.take();
        self.monitor.enter(|inside| *inside.state = Progress::Empty);
        value
    }

    /// Gives the value back, if there is one.
    ///
    /// ```
    /// use greensync::OnceCell;
    ///
    /// assert_eq!(OnceCell::from(5).into_inner(), Some(5));
    /// assert_eq!(OnceCell::<u32>::new().into_inner(), None);
    /// ```
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

/// The calling thread makes the value. If it fails, its drop gives the next one its turn.
struct Attempt<'a, T> {
    cell: &'a OnceCell<T>,
}

impl<T> Attempt<'_, T> {
    fn succeed(self, value: T) {
        // Published before any thread learns of it, so that each of them finds it.
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
