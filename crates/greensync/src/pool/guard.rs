//! A thing in use.

use std::convert::Infallible;
use std::fmt;
use std::ops::{Deref, DerefMut};

use greenstd::{thread, time};

use super::Place;
use super::shelf::Thing;

/// A thing of a [`Pool`](crate::Pool) that is in use. Its drop gives it back, unless a panic drops it.
///
/// It may be moved to another thread, and it keeps what it needs of the pool.
///
/// ```
/// use greensync::{Pool, Pooled};
/// use std::num::NonZeroUsize;
///
/// fn greet(connection: &mut Pooled<Vec<String>>) {
///     connection.push("hello".into()); // it is used as the thing itself
/// }
///
/// let pool = Pool::new(NonZeroUsize::MIN, Vec::new);
/// greet(&mut pool.get()?);
/// assert_eq!(pool.get()?.len(), 1);
/// # Ok::<(), greensync::GetError>(())
/// ```
#[must_use = "its drop gives it back"]
pub struct Pooled<T, E = Infallible> {
    /// There until it is given back, or not.
    thing: Option<Thing<T>>,
    place: Place<T, E>,
}

impl<T, E> Pooled<T, E> {
    pub(super) fn new(thing: Thing<T>, place: Place<T, E>) -> Self {
        Pooled { thing: Some(thing), place }
    }

    /// Drops it instead of giving it back: it is broken. The pool makes another one when there is need for it.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || ());
    /// pool.get()?.discard();
    /// assert_eq!(pool.statistics().idle, 0);
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    pub fn discard(mut self) {
        let thing = self.thing.take();
        self.place.0.shelf.lock().count_dropped();
        // Before its place is free.
        drop(thing);
    }

    /// Takes it out of the pool for good. The pool may make another one at once.
    ///
    /// ```
    /// use greensync::Pool;
    /// use std::num::NonZeroUsize;
    ///
    /// let pool = Pool::new(NonZeroUsize::MIN, || String::from("a connection"));
    /// let own: String = pool.get()?.into_inner();
    /// assert_eq!(own, "a connection");
    /// # Ok::<(), greensync::GetError>(())
    /// ```
    pub fn into_inner(mut self) -> T {
        let thing = self.thing.take().expect("it is there until it is given back");
        self.place.0.shelf.lock().count_dropped();
        thing.value
    }
}

impl<T, E> Deref for Pooled<T, E> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.thing.as_ref().expect("it is there until it is given back").value
    }
}

impl<T, E> DerefMut for Pooled<T, E> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.thing.as_mut().expect("it is there until it is given back").value
    }
}

/// The thing comes back first, then its place: whoever gets the place finds the thing.
impl<T, E> Drop for Pooled<T, E> {
    fn drop(&mut self) {
        let Some(thing) = self.thing.take() else { return };
        let shelf = &self.place.0.shelf;
        // It may be another green thread of this OS thread that panics, and waits meanwhile. Then this one is dropped
        // without need, and no harm is done.
        if thread::panicking() {
            shelf.lock().count_dropped();
            return drop(thing);
        }
        let refused = shelf.lock().put_back(thing, time::now());
        drop(refused);
    }
}

impl<T: fmt::Debug, E> fmt::Debug for Pooled<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
