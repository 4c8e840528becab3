//! Statics that a forked child has anew.
//!
//! What a static of the parent holds, threads for example, is of no use to a child. Another thread of the
//! parent may have been changing it at the moment of the fork, and never finishes that in the child: a lock that it
//! held stays locked. So each fork generation has a place of its own, which no earlier one ever touches. The places
//! lie in blocks; only the link to the next block is touched by the generation before it, once in [`A_BLOCK`] forks
//! of forks.

use std::fmt;

use greenstd::sync::OnceLock;

use crate::fork;

/// Generations that share a block.
const A_BLOCK: usize = 16;

/// One `T` a process, for a static: a forked child starts without.
///
/// For crates that keep something for the whole process: threads, or a list behind a lock. The lock of an ordinary
/// static may be held at the moment of a fork, by a thread that the child does not have. There it would be locked
/// for ever.
///
/// ```
/// use greenctx::PerProcess;
/// use std::sync::Mutex;
///
/// static NAMES: PerProcess<Mutex<Vec<String>>> = PerProcess::new();
///
/// let names = NAMES.get_or_init(Mutex::default);
/// names.lock().unwrap().push(String::from("first"));
/// assert_eq!(NAMES.get_or_init(Mutex::default).lock().unwrap().len(), 1);
/// ```
pub struct PerProcess<T: 'static> {
    values: [OnceLock<T>; A_BLOCK],
    next: OnceLock<&'static PerProcess<T>>,
}

impl<T> PerProcess<T> {
    /// With nothing in it.
    ///
    /// ```
    /// static LIMIT: greenctx::PerProcess<u32> = greenctx::PerProcess::new();
    /// assert_eq!(*LIMIT.get_or_init(|| 5), 5);
    /// ```
    #[allow(clippy::new_without_default, reason = "it is for statics")]
    pub const fn new() -> Self {
        PerProcess { values: [const { OnceLock::new() }; A_BLOCK], next: OnceLock::new() }
    }
}

impl<T: Send + Sync> PerProcess<T> {
    /// That of this process, made if there is none. Threads that come meanwhile wait for that.
    ///
    /// ```
    /// static LIMIT: greenctx::PerProcess<u32> = greenctx::PerProcess::new();
    /// assert_eq!(*LIMIT.get_or_init(|| 5), 5);
    /// assert_eq!(*LIMIT.get_or_init(|| 6), 5);
    /// ```
    pub fn get_or_init(&'static self, make: impl FnOnce() -> T) -> &'static T {
        fork::watch();
        self.place().get_or_init(make)
    }

    /// Sets that of this process.
    ///
    /// ```
    /// static LIMIT: greenctx::PerProcess<u32> = greenctx::PerProcess::new();
    /// assert_eq!(LIMIT.set(5), Ok(()));
    /// assert_eq!(LIMIT.set(6), Err(6));
    /// ```
    ///
    /// # Errors
    /// With the value back, if there is one.
    pub fn set(&'static self, value: T) -> Result<(), T> {
        fork::watch();
        self.place().set(value)
    }

    /// What the nearest ancestor had that had something, at the time of its fork. Only to be read: a lock in it
    /// may be locked for ever.
    ///
    /// ```
    /// static LIMIT: greenctx::PerProcess<u32> = greenctx::PerProcess::new();
    /// assert_eq!(LIMIT.inherited(), None); // not forked
    /// ```
    pub fn inherited(&'static self) -> Option<&'static T> {
        let generation = fork::generation();
        (0..generation).rev().find_map(|generation| self.place_of(generation).get())
    }

    fn place(&'static self) -> &'static OnceLock<T> {
        self.place_of(fork::generation())
    }

    fn place_of(&'static self, generation: u64) -> &'static OnceLock<T> {
        let mut block = self;
        for _ in 0..generation / A_BLOCK as u64 {
            // A value is not worth taking apart: it lives as long as the process.
            block = block.next.get_or_init(|| Box::leak(Box::new(PerProcess::new())));
        }
        &block.values[(generation % A_BLOCK as u64) as usize]
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerProcess").finish_non_exhaustive()
    }
}
