//! A pool of things that are dear to make and used by one thread at a time: connections, say.
//!
//! | part | what it is |
//! | --- | --- |
//! | a *place* | the right to have one thing; a permit of a [`Semaphore`], so whoever has waited longest is next |
//! | the *shelf* | the things that nobody uses (`shelf.rs`), under a lock |
//!
//! Whoever gets a place takes a thing off the shelf, or makes one if the shelf is empty. A thing comes back to the
//! shelf before its place does. So a thread that is given a place finds it.
//!
//! *There are at most as many things as places.* A thread makes one while it has a place and found the shelf empty.
//! All other things then belong to other places. A thing that is not given back is dropped before its place is free.
//!
//! *No user code runs under the lock*: what makes things, what checks them, and their drops.

mod error;
mod guard;
mod shelf;

use std::convert::Infallible;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use greenstd::sync::{Arc, Mutex};
use greenstd::time;

pub use self::error::{GetError, TryGetError};
pub use self::guard::Pooled;
use self::shelf::{Shelf, Thing};
use crate::semaphore::Semaphore;

/// At most so many things of a kind, made on demand, used by one thread at a time, and used again.
///
/// A clone is another handle to the same pool. A thing that is in use is a [`Pooled`]; its drop gives it back. One that
/// is broken is [discarded](Pooled::discard), and one whose user panics is not given back either: another is made when
/// there is need for it.
///
/// Of those that nobody uses, the last that came back is the first to go. So the others become old, and are dropped when
/// they have been idle for [too long](PoolBuilder::max_idle). There is no thread that looks after them: they are looked
/// at when one is got or given back, and by [`sweep`](Self::sweep).
///
/// A thread that gets a second one while it has one may wait for ever, if all threads do so.
///
/// ```
/// use greensync::Pool;
/// use std::num::NonZeroUsize;
///
/// struct Connection(Vec<&'static str>);
///
/// const AT_MOST: NonZeroUsize = NonZeroUsize::new(4).unwrap();
///
/// let pool = Pool::new(AT_MOST, || Connection(Vec::new()));
/// {
///     let mut connection = pool.get()?; // makes the first one
///     connection.0.push("select 1");
/// } // and gives it back
/// let connection = pool.get()?;
/// assert_eq!(connection.0, ["select 1"]); // the same one
/// assert_eq!((pool.statistics().made, pool.statistics().reused), (1, 1));
/// # Ok::<(), greensync::GetError>(())
/// ```
#[doc(alias = "ConnectionPool")]
#[doc(alias = "ObjectPool")]
#[doc(alias = "r2d2")]
#[doc(alias = "deadpool")]
pub struct Pool<T, E = Infallible> {
    inner: Arc<Inner<T, E>>,
}

/// Describes a [`Pool`]; made by [`Pool::builder`].
///
/// ```
/// use greensync::Pool;
/// use std::net::TcpStream;
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// const AT_MOST: NonZeroUsize = NonZeroUsize::new(4).unwrap();
///
/// let pool = Pool::builder(AT_MOST)
///     .max_age(Duration::from_secs(3600))
///     .max_idle(Duration::from_secs(60))
///     .check(|connection: &mut TcpStream| matches!(connection.take_error(), Ok(None)))
///     .build(|| TcpStream::connect("localhost:5432"));
/// assert_eq!(pool.statistics().made, 0); // none is made before it is needed
/// ```
#[must_use = "build() makes the pool"]
pub struct PoolBuilder<T> {
    at_most: NonZeroUsize,
    rules: Rules<T>,
}

/// What a pool counts.
///
/// ```
/// use greensync::Pool;
/// use std::num::NonZeroUsize;
///
/// let pool = Pool::new(NonZeroUsize::MIN, || "a connection");
/// let used = pool.get()?;
/// let now = pool.statistics();
/// assert_eq!((now.in_use, now.idle, now.made), (1, 0, 1));
/// # drop(used);
/// # Ok::<(), greensync::GetError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// Places that are taken: things in use, and those that are being made or checked.
    pub in_use: usize,
    /// Things that nobody uses.
    pub idle: usize,
    /// Things made so far.
    pub made: u64,
    /// How often one was used again.
    pub reused: u64,
    /// Things that were dropped: too old, idle for too long, broken, or not given back.
    pub dropped: u64,
}

type Check<T> = Box<dyn Fn(&mut T) -> bool + Send + Sync>;

/// When a thing is not used again.
struct Rules<T> {
    max_age: Option<Duration>,
    max_idle: Option<Duration>,
    check: Option<Check<T>>,
}

struct Inner<T, E> {
    at_most: usize,
    places: Semaphore,
    shelf: Mutex<Shelf<T>>,
    rules: Rules<T>,
    make: Box<dyn Fn() -> Result<T, E> + Send + Sync>,
}

/// A place that is taken. Its drop gives it back.
struct Place<T, E>(Arc<Inner<T, E>>);

impl<T> Pool<T> {
    /// A pool of at most `at_most` things, which `make` makes. What may fail to be made, or is to be checked, is for
    /// [`builder`](Self::builder).
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// const AT_MOST: NonZeroUsize = NonZeroUsize::new(8).unwrap();
    ///
    /// let buffers = Pool::new(AT_MOST, || vec![0_u8; 1 << 20]);
    /// assert_eq!(buffers.get()?.len(), 1 << 20);
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    pub fn new(at_most: NonZeroUsize, make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Pool::builder(at_most).build(move || Ok(make()))
    }

    /// Starts to describe a pool.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::builder(NonZeroUsize::MIN).build(|| "42".parse::<u32>());
    /// assert_eq!(*pool.get()?, 42);
    /// # Ok::<(), greensync::GetError<std::num::ParseIntError>>(())
    /// ```
    pub fn builder(at_most: NonZeroUsize) -> PoolBuilder<T> {
        let rules = Rules { max_age: None, max_idle: None, check: None };
        PoolBuilder { at_most, rules }
    }
}

impl<T> PoolBuilder<T> {
    /// One that was made so long ago is not used again.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let pool = Pool::builder(NonZeroUsize::MIN).max_age(Duration::ZERO).build(|| Ok(()));
    /// drop(pool.get()?);
    /// drop(pool.get()?);
    /// assert_eq!(pool.statistics().made, 2); // each of them was too old at once
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    #[doc(alias = "max_lifetime")]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.rules.max_age = Some(age);
        self
    }

    /// One that nobody has used for so long is not used again.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let pool = Pool::builder(NonZeroUsize::MIN).max_idle(Duration::ZERO).build(|| Ok(()));
    /// drop(pool.get()?);
    /// pool.sweep();
    /// assert_eq!(pool.statistics().idle, 0);
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    #[doc(alias = "idle_timeout")]
    pub fn max_idle(mut self, idle: Duration) -> Self {
        self.rules.max_idle = Some(idle);
        self
    }

    /// Asks `is_good` before one is used again. If it is not, it is dropped, and the next one is looked at. `is_good`
    /// may wait: no lock is held.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::builder(NonZeroUsize::MIN)
    ///     .check(|number: &mut u32| *number < 10)
    ///     .build(|| Ok(0));
    /// *pool.get()? = 12;
    /// assert_eq!(*pool.get()?, 0); // a new one
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    #[doc(alias = "test_on_check_out")]
    #[doc(alias = "recycle")]
    pub fn check(mut self, is_good: impl Fn(&mut T) -> bool + Send + Sync + 'static) -> Self {
        self.rules.check = Some(Box::new(is_good));
        self
    }

    /// Makes the pool. `make` is called where one is needed, on the thread that needs it. It may wait: no lock is held.
    ///
    /// ```
    /// use greensync::{GetError, Pool};
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::<u32>::builder(NonZeroUsize::MIN).build(|| Err("the server is down"));
    /// assert!(matches!(pool.get(), Err(GetError::Make("the server is down"))));
    /// ```
    pub fn build<E>(self, make: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> Pool<T, E> {
        let at_most = self.at_most.get();
        Pool {
            inner: Arc::new(Inner {
                at_most,
                places: Semaphore::new(at_most),
                shelf: Mutex::new(Shelf::new()),
                rules: self.rules,
                make: Box::new(make),
            }),
        }
    }
}

impl<T, E> Pool<T, E> {
    /// Gets one: one that nobody uses, or a new one. If all are in use, it waits. Whoever has waited longest is next.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || String::from("a connection"));
    /// assert_eq!(*pool.get()?, "a connection");
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    ///
    /// # Errors
    /// * [`GetError::Make`]: one was to be made, and that has failed.
    /// * [`GetError::Closed`]: the pool is closed.
    /// * [`GetError::Interrupted`]: the wait was interrupted.
    ///
    /// # Panics
    /// With a panic of what makes or checks a thing. The place is free then. In [`no_park`](crate::no_park), if it has
    /// to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while all are in use. What makes and checks things may wait too.
    #[doc(alias = "checkout")]
    #[doc(alias = "acquire")]
    pub fn get(&self) -> Result<Pooled<T, E>, GetError<E>> {
        self.inner.places.acquire()?.forget();
        self.fill(Place(self.inner.clone())).map_err(GetError::Make)
    }

    /// As [`get`](Self::get), but waits for at most `timeout` for another thread to give one back. What makes and checks
    /// things has no part in that limit: for all of it, take [`with_timeout`](crate::with_timeout).
    ///
    /// ```
    /// use greensync::{GetError, Pool};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || ());
    /// let used = pool.get()?;
    /// assert!(matches!(pool.get_timeout(Duration::from_millis(1)), Err(GetError::TimedOut)));
    /// drop(used);
    /// assert!(pool.get_timeout(Duration::from_millis(1)).is_ok());
    /// # Ok::<(), GetError>(())
    /// ```
    ///
    /// # Errors
    /// [`GetError::TimedOut`], and as [`get`](Self::get).
    ///
    /// # Panics
    /// As [`get`](Self::get).
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while all are in use, for at most `timeout`.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Pooled<T, E>, GetError<E>> {
        match self.inner.places.acquire_timeout(timeout)? {
            Some(permit) => permit.forget(),
            None => return Err(GetError::TimedOut),
        }
        self.fill(Place(self.inner.clone())).map_err(GetError::Make)
    }

    /// As [`get`](Self::get), but does not wait for another thread to give one back.
    ///
    /// ```
    /// use greensync::{Pool, TryGetError};
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || ());
    /// let used = pool.try_get()?; // one is made
    /// assert!(matches!(pool.try_get(), Err(TryGetError::InUse)));
    /// # drop(used);
    /// # Ok::<(), TryGetError>(())
    /// ```
    ///
    /// # Errors
    /// * [`TryGetError::InUse`]: all are in use, or others wait.
    /// * [`TryGetError::Make`], [`TryGetError::Closed`]: as [`get`](Self::get).
    ///
    /// # Panics
    /// As [`get`](Self::get), with the first reason.
    ///
    /// # Blocking
    /// Neither parks nor blocks, unless what makes and checks things does.
    pub fn try_get(&self) -> Result<Pooled<T, E>, TryGetError<E>> {
        self.inner.places.try_acquire()?.forget();
        self.fill(Place(self.inner.clone())).map_err(TryGetError::Make)
    }

    /// Drops those that nobody uses and that are too old or have been idle for too long. A program that seldom uses its
    /// pool calls it now and then.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let pool = Pool::builder(NonZeroUsize::MIN).max_idle(Duration::ZERO).build(|| Ok(()));
    /// drop(pool.get()?);
    /// pool.sweep();
    /// assert_eq!(pool.statistics().idle, 0);
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    pub fn sweep(&self) {
        let stale = self.inner.shelf.lock().take_stale(&self.inner.rules, time::now());
        drop(stale);
    }

    /// Closes the pool. Those that wait get an error, and so does whoever comes later. What nobody uses is dropped now,
    /// and what is in use when it is given back. `false` if it was closed before.
    ///
    /// ```
    /// use greensync::{GetError, Pool};
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || ());
    /// drop(pool.get()?);
    /// assert!(pool.close());
    /// assert_eq!(pool.statistics().idle, 0);
    /// assert!(matches!(pool.get(), Err(GetError::Closed)));
    /// # Ok::<(), GetError>(())
    /// ```
    pub fn close(&self) -> bool {
        self.inner.places.close();
        let (is_first, things) = self.inner.shelf.lock().close();
        drop(things);
        is_first
    }

    /// What the pool has counted so far.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || ());
    /// pool.get()?.discard();
    /// assert_eq!((pool.statistics().made, pool.statistics().dropped), (1, 1));
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    pub fn statistics(&self) -> PoolStatistics {
        let in_use = self.inner.at_most.saturating_sub(self.inner.places.available_permits());
        PoolStatistics { in_use, ..self.inner.shelf.lock().statistics() }
    }

    /// With a place: takes a good thing off the shelf, or makes one.
    fn fill(&self, place: Place<T, E>) -> Result<Pooled<T, E>, E> {
        let inner = &*self.inner;
        loop {
            let (thing, stale) = inner.shelf.lock().take(&inner.rules, time::now());
            drop(stale);
            let Some(mut thing) = thing else { break };
            if inner.rules.check.as_ref().is_none_or(|is_good| is_good(&mut thing.value)) {
                inner.shelf.lock().count_reused();
                return Ok(Pooled::new(thing, place));
            }
            drop(thing);
            inner.shelf.lock().count_dropped();
        }
        let value = (inner.make)()?;
        inner.shelf.lock().count_made();
        Ok(Pooled::new(Thing::new(value, time::now()), place))
    }
}

impl<T, E> Drop for Place<T, E> {
    fn drop(&mut self) {
        self.0.places.add_permits(1);
    }
}

impl<T, E> Clone for Pool<T, E> {
    fn clone(&self) -> Self {
        Pool { inner: self.inner.clone() }
    }
}

impl<T, E> fmt::Debug for Pool<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("at_most", &self.inner.at_most)
            .field("statistics", &self.statistics())
            .finish()
    }
}

impl<T> fmt::Debug for PoolBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("at_most", &self.at_most)
            .field("max_age", &self.rules.max_age)
            .field("max_idle", &self.rules.max_idle)
            .finish_non_exhaustive()
    }
}
