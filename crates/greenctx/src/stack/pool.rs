//! The pool: an arena and a depot for every size class, shared by carriers.

use std::fmt;

use greenstd::atomic::unwatched::Counter;
use greenstd::sync::{Arc, Mutex};

use super::arena::{Arena, Stack};
use super::depth::Depth;
use super::error::StackError;
use super::os::GuardKind;
use super::size::{CLASSES, MIN_STACK_BYTES, SizeClass};

/// A shared source of stacks: cheap to clone, one for any number of carriers.
///
/// Address space is reserved when the first stack of a size is wanted. Memory appears in it page by page as
/// it is touched. The pool is unmapped when the last stack and the last clone are gone.
///
/// ```
/// use greenctx::{Carrier, StackPool, spawn};
///
/// let pool = StackPool::new();
/// for _ in 0..2 {
///     Carrier::builder().stacks(pool.clone()).build()?.run(|| {
///         spawn(|| ());
///     })?;
/// }
/// assert_eq!(pool.usage().stacks, 2); // the second carrier used both again
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Clone)]
pub struct StackPool {
    inner: Arc<Inner>,
}

/// Makes a [`StackPool`].
///
/// ```
/// use greenctx::{GuardKind, StackPool};
///
/// let pool = StackPool::builder().guard(GuardKind::Auto).keep_warm(1000).build();
/// assert_eq!(pool.usage().stacks, 0);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until build() is called"]
pub struct StackPoolBuilder {
    guard: GuardKind,
    keep_warm: usize,
}

/// What a pool has handed out, by [`StackPool::usage`].
///
/// A stack that is neither warm nor cold is in use, or in the cache of a carrier.
///
/// ```
/// use greenctx::{Carrier, StackPool, StackUse};
///
/// let pool = StackPool::new();
/// Carrier::builder().stacks(pool.clone()).build()?.run(|| ())?;
/// let StackUse { stacks, warm, cold, .. } = pool.usage();
/// assert_eq!((stacks, warm + cold), (1, 1)); // the carrier has ended, and gave it back
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StackUse {
    /// Stacks that were ever handed out for the first time.
    pub stacks: usize,
    /// Of these, the ones that wait in the depot with their pages.
    pub warm: usize,
    /// Of these, the ones that wait in the depot without pages.
    pub cold: usize,
}

struct Inner {
    depots: [Mutex<Depot>; CLASSES],
    keep_warm: usize,
    depth: Depth,
    /// How many segments were handed out. If none was, there is no depth to look at.
    segments: Counter,
}

/// The unused stacks of one class that no carrier holds.
struct Depot {
    arena: Arena,
    warm: Vec<Stack>,
    cold: Vec<Stack>,
}

impl StackPool {
    /// A pool with the default settings.
    ///
    /// ```
    /// use greenctx::{StackPool, StackUse};
    ///
    /// assert_eq!(StackPool::new().usage(), StackUse::default()); // nothing yet
    /// ```
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A builder with the default settings: the best guards of the kernel, and 256 warm stacks a size.
    ///
    /// ```
    /// use greenctx::StackPool;
    ///
    /// let pool = StackPool::builder().keep_warm(0).build(); // give all pages back when idle
    /// assert_eq!(pool.usage().warm, 0);
    /// ```
    pub fn builder() -> StackPoolBuilder {
        StackPoolBuilder { guard: GuardKind::Auto, keep_warm: 256 }
    }

    /// What this pool has handed out, over all sizes.
    ///
    /// ```
    /// use greenctx::{Carrier, StackPool};
    ///
    /// let pool = StackPool::new();
    /// let theirs = pool.clone();
    /// let stacks = Carrier::builder().stacks(pool).build()?.run(move || theirs.usage().stacks)?;
    /// assert_eq!(stacks, 1); // that of main
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn usage(&self) -> StackUse {
        let mut total = StackUse::default();
        for depot in &self.inner.depots {
            let depot = depot.lock();
            total.stacks += depot.arena.handed_out();
            total.warm += depot.warm.len();
            total.cold += depot.cold.len();
        }
        total
    }

    /// The deepest that a stack of this pool was ever used, in bytes and to the page: by threads that have
    /// ended, that wait and that run. By this number one sizes stacks.
    ///
    /// To ask costs a look at all stacks that were ever in use together: a millisecond or less for a thousand
    /// of them. One call looks at 4 GiB of them at most, and later calls at the others. Calls without a pause
    /// return the last number nine tenths of the time.
    ///
    /// It is 0 where the system does not say which pages were touched: in a process that locks its memory by
    /// `mlockall(MCL_FUTURE)`. Pages that were swapped out do not count.
    ///
    /// ```
    /// use greenctx::{Carrier, DEFAULT_STACK_BYTES, StackPool};
    ///
    /// let pool = StackPool::new();
    /// Carrier::builder().stacks(pool.clone()).build()?.run(|| ())?;
    /// assert!(pool.deepest_bytes() <= DEFAULT_STACK_BYTES);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    #[doc(alias = "stack_usage")]
    #[doc(alias = "high_water_mark")]
    pub fn deepest_bytes(&self) -> usize {
        if self.inner.segments.get() == 0 {
            return 0;
        }
        self.inner.depth.look(|| {
            let mut stretches = Vec::new();
            for depot in &self.inner.depots {
                depot.lock().arena.stretches(&mut stretches);
            }
            stretches
        })
    }

    pub(super) fn acquire(&self, class: SizeClass) -> Result<Stack, StackError> {
        let mut depot = self.depot(class).lock();
        let reused = depot.warm.pop().or_else(|| depot.cold.pop());
        let mut stack = match reused {
            Some(stack) => stack,
            None => {
                let fresh = depot.arena.fresh_stack()?;
                self.inner.segments.add(1);
                fresh
            }
        };
        stack.mark_used();
        Ok(stack)
    }

    pub(super) fn release(&self, class: SizeClass, stacks: impl Iterator<Item = Stack>) {
        self.depot(class).lock().warm.extend(stacks);
    }

    /// Gives the pages of up to `at_most` stacks back, the longest unused first; returns how many.
    /// For a carrier with nothing to do.
    pub(super) fn trim(&self, class: SizeClass, at_most: usize) -> usize {
        let mut surplus: Vec<Stack> = {
            let mut depot = self.depot(class).lock();
            let surplus = depot.warm.len().saturating_sub(self.inner.keep_warm).min(at_most);
            depot.warm.drain(..surplus).collect()
        };
        let deepest_bytes = surplus.iter_mut().map(Stack::trim).max();
        self.inner.depth.record(deepest_bytes.unwrap_or(0));
        let trimmed = surplus.len();
        self.depot(class).lock().cold.append(&mut surplus);
        trimmed
    }

    fn depot(&self, class: SizeClass) -> &Mutex<Depot> {
        &self.inner.depots[class.index()]
    }
}

impl Default for StackPool {
    fn default() -> Self {
        Self::new()
    }
}

impl StackPoolBuilder {
    /// Chooses a kind of guard. Where [`GuardKind::Install`] does not work, it is [`GuardKind::Protect`].
    ///
    /// ```
    /// use greenctx::{GuardKind, StackPool};
    ///
    /// let _pool = StackPool::builder().guard(GuardKind::Install).build();
    /// ```
    pub fn guard(mut self, guard: GuardKind) -> Self {
        self.guard = guard;
        self
    }

    /// How many unused stacks of a size keep their pages when the carriers are idle. The pages of the others
    /// are given back to the system. The default is 256.
    ///
    /// ```
    /// use greenctx::StackPool;
    ///
    /// // Bursts of ten thousand green threads, at about one page each.
    /// let _pool = StackPool::builder().keep_warm(10_000).build();
    /// ```
    pub fn keep_warm(mut self, stacks: usize) -> Self {
        self.keep_warm = stacks;
        self
    }

    /// Makes the pool. It reserves nothing yet.
    ///
    /// ```
    /// use greenctx::StackPool;
    ///
    /// let pool = StackPool::builder().build();
    /// assert_eq!(pool.usage().stacks, 0);
    /// ```
    pub fn build(self) -> StackPool {
        let guard = self.guard.resolve();
        let depots = std::array::from_fn(|index| {
            let class = SizeClass::for_bytes(MIN_STACK_BYTES << index)
                .expect("every class is within the range of classes");
            Mutex::new(Depot {
                arena: Arena::new(class, guard),
                warm: Vec::new(),
                cold: Vec::new(),
            })
        });
        StackPool {
            inner: Arc::new(Inner {
                depots,
                keep_warm: self.keep_warm,
                depth: Depth::default(),
                segments: Counter::new(0),
            }),
        }
    }
}

impl fmt::Debug for StackPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackPool").field("usage", &self.usage()).finish()
    }
}
