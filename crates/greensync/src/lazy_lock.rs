//! A value that is made when it is first wanted.

use std::fmt;
use std::ops::Deref;

use greenstd::sync::Mutex;

use crate::once_cell::OnceCell;

/// A value that is made when it is first used, by a function that it brings along.
///
/// It is like [`std::sync::LazyLock`]. Threads that want the value while it is being made park. A dereference
/// cannot fail, so they wait in a [`shield`](crate::shield): neither a cancellation nor a deadline ends that
/// wait. For a wait that can be interrupted take a [`OnceCell`].
///
/// ```
/// use greensync::LazyLock;
///
/// static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
///     (2..100).filter(|n| (2..*n).all(|divisor| n % divisor != 0)).collect()
/// });
///
/// assert_eq!(PRIMES.len(), 25);
/// ```
#[doc(alias = "lazy_static")]
#[doc(alias = "Lazy")]
pub struct LazyLock<T, F = fn() -> T> {
    cell: OnceCell<T>,
    init: Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    greenstd::const_unless_loom! {
        /// A value that `init` will make.
        ///
        /// ```
        /// use greensync::LazyLock;
        ///
        /// static HOME: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("HOME").ok());
        /// assert_eq!(*HOME, std::env::var("HOME").ok());
        /// ```
        pub fn new(init: F) -> Self {
            LazyLock { cell: OnceCell::new(), init: Mutex::new(Some(init)) }
        }
    }

    /// The value, which is made now if it was not used before. A dereference does the same.
    ///
    /// # Panics
    /// With the panic of the function; then, as it is used up, at all later calls. If the function itself
    /// uses the value. In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread, while another one makes the value.
    ///
    /// ```
    /// use greensync::LazyLock;
    ///
    /// let answer = LazyLock::new(|| 6 * 7);
    /// LazyLock::force(&answer); // make it now, not in the first request
    /// assert_eq!(*answer, 42);
    /// ```
    #[inline]
    pub fn force(this: &Self) -> &T {
        this.cell.get_or_init_shielded(|| {
            let init = this.init.lock().take();
            init.expect("the function of this LazyLock has panicked before")()
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        Self::force(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: fmt::Debug, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_tuple("LazyLock");
        match self.cell.get() {
            Some(value) => debug.field(value),
            None => debug.field(&format_args!("<not made>")),
        };
        debug.finish()
    }
}
