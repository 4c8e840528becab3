//! The pool for all that name no other.

use greenctx::PerProcess;

use super::{Offload, OffloadError};

static DEFAULT: PerProcess<Offload> = PerProcess::new();

/// Runs a closure that blocks its OS thread, without blocking the caller's: on a thread of the
/// [default pool](Offload::default_pool), while the green thread waits and its siblings go on.
///
/// For what cannot be polled: files, name resolution, a C library, a computation that takes long. On a
/// plain OS thread, which may block as it likes, `blocking` is called in place: no pool, no refusal and
/// no [deadline](greenctx::with_timeout). A panic of `blocking` goes on in the caller, as with a call.
///
/// ```
/// use greenio::{Carrier, unblock};
/// use std::io::Error;
///
/// Carrier::new()?.run(|| {
///     // Asks a library that knows nothing of green threads.
///     let time = unblock(std::time::SystemTime::now)?;
///     assert!(time.elapsed().is_ok());
///     Ok::<(), Error>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Offload::run`]; never on a plain OS thread.
///
/// # Panics
/// With the panic of `blocking`, and inside [`no_park`](greenctx::no_park).
///
/// # Blocking
/// Parks the green thread. On a plain OS thread, blocks as `blocking` does.
#[doc(alias = "spawn_blocking")]
#[doc(alias = "block_in_place")]
#[track_caller]
pub fn unblock<T, F>(blocking: F) -> Result<T, OffloadError<F>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    if is_green() { Offload::default_pool().run(blocking) } else { Ok(blocking()) }
}

/// Whether the caller is a green thread, which must not block.
pub(crate) fn is_green() -> bool {
    greenctx::with_current(greenctx::Thread::is_green)
}

impl Offload {
    /// The pool behind [`unblock`](crate::unblock), files, name resolution and the like: what was
    /// [installed](Self::install_default), else one with the settings of the
    /// [builder](crate::OffloadBuilder), made now. A forked child has a default pool of its own, with the
    /// settings of its parent's unless it installs another.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// let pool = Offload::default_pool(); // the one behind `unblock` and `fs`
    /// assert!(pool.gauge().max_threads >= 64);
    /// ```
    pub fn default_pool() -> &'static Offload {
        DEFAULT.get_or_init(|| match DEFAULT.inherited() {
            Some(parents) => parents.made_anew(),
            None => Self::builder().build().expect("the default settings are in range"),
        })
    }

    /// Makes this the [default pool](Self::default_pool), for as long as the process lives: once, and
    /// before anybody has used it. A forked child may do so once more.
    ///
    /// ```
    /// use greenio::Offload;
    ///
    /// // First of all in `main`, before anybody has used the default pool.
    /// let pool = Offload::builder().threads(8).max_backlog(1000).build()?;
    /// assert!(pool.install_default().is_ok());
    /// assert_eq!(Offload::default_pool().gauge().max_threads, 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// With the pool back, if there is a default pool already.
    pub fn install_default(self) -> Result<(), Offload> {
        DEFAULT.set(self)
    }
}
