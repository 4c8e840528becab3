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
/// Address space is reserved when the first stack of a size is wanted, and memory appears in it
/// page by page as it is touched. The pool is unmapped when the last stack and the last clone are
/// gone.
#[derive(Clone)]
pub struct StackPool {
    inner: Arc<Inner>,
}

/// Makes a [`StackPool`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until build() is called"]
pub struct StackPoolBuilder {
    guard: GuardKind,
    keep_warm: usize,
}

/// What a pool has handed out, by [`StackPool::usage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StackUse {
    /// Slots that were ever handed out.
    pub slots: usize,
    /// Of these, the ones that wait in the depot with their pages.
    pub warm: usize,
    /// Of these, the ones that wait in the depot without.
    pub cold: usize,
}

struct Inner {
    depots: [Mutex<Depot>; CLASSES],
    keep_warm: usize,
    depth: Depth,
    /// How many slots were handed out, for who wants to know whether any were.
    slots: Counter,
}

/// The unused stacks of one class that no carrier holds.
struct Depot {
    arena: Arena,
    warm: Vec<Stack>,
    cold: Vec<Stack>,
}

impl StackPool {
    /// A pool with the default settings.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Starts with the default settings: guards as the kernel has them, 256 warm stacks a size.
    pub fn builder() -> StackPoolBuilder {
        StackPoolBuilder { guard: GuardKind::Auto, keep_warm: 256 }
    }

    /// What this pool has handed out, over all sizes.
    pub fn usage(&self) -> StackUse {
        let mut total = StackUse::default();
        for depot in &self.inner.depots {
            let depot = depot.lock();
            total.slots += depot.arena.handed_out();
            total.warm += depot.warm.len();
            total.cold += depot.cold.len();
        }
        total
    }

    /// The deepest that a stack of this pool was ever used, in bytes and to the page: by threads that
    /// have ended, that wait and that run. It is the number by which one sizes stacks.
    ///
    /// Asking costs a look at all stacks that were ever in use together, a millisecond or less for a
    /// thousand of them. One call looks at 4 GiB of them at most, and later ones at the others; asked
    /// without a pause, it repeats itself nine tenths of the time.
    ///
    /// It is 0 where the system does not say which pages were touched: in a process that locks its
    /// memory by `mlockall(MCL_FUTURE)`. Pages that were swapped out do not count.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn deepest_bytes(&self) -> usize {
        if self.inner.slots.get() == 0 {
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
                self.inner.slots.add(1);
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
    /// Forces a kind of guard. `Install` where it does not work is `Protect`.
    pub fn guard(mut self, guard: GuardKind) -> Self {
        self.guard = guard;
        self
    }

    /// How many unused stacks of a size keep their pages when the carriers are idle; the pages of
    /// the others are given back.
    pub fn keep_warm(mut self, stacks: usize) -> Self {
        self.keep_warm = stacks;
        self
    }

    /// Makes the pool. Reserves nothing yet.
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
                slots: Counter::new(0),
            }),
        }
    }
}

impl fmt::Debug for StackPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackPool").field("usage", &self.usage()).finish()
    }
}
