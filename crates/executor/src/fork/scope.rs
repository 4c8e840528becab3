//! Scopes: any number of children that borrow from the caller's frame.
//!
//! # Invariants
//!
//! 1. A [`Core`] lies in the frame of [`scope`], which does not end before all its children have ended.
//! 2. A child is a box that its entry owns. Whoever has the entry takes the closure out, frees the box, and calls
//!    the closure.
//! 3. A child is counted by the tally before its entry is made, by the owner or by another child. So the tally is not
//!    over before the last child has ended.

use std::fmt;
use std::marker::PhantomData;
use std::panic::resume_unwind;

use greenctx::Origin;
use greenstd::panics::{self, Payload};
use greenstd::sync::{Arc, Mutex};

use super::away::Away;
use super::deque::Mark;
use super::entry::{Entry, Header, Ran, Taken};
use super::errand;
use super::latch::Latch;
use super::raid::Raid;
use super::side::{self, Here};
use super::tally::Tally;
use super::wait;
use crate::executor::ExecutorHandle;
use crate::pool::Pool;
use crate::task::Place;

/// Calls `body` with a [`Scope`], and returns when `body` and all closures submitted to the scope have ended.
///
/// The closures may borrow from the caller, wait, and submit more to the scope. They are offered to the other
/// carriers of the executor, and to this one when the caller waits. Those that nobody has taken are called here
/// when `body` has returned, the newest first.
///
/// They are parts of the job that calls, as those of [`join`](crate::join) are; see there for waiting, cancelling,
/// deadlines and green-locals. The deadline is that around the call of `scope`. On a thread of no executor, and
/// inside [`no_park`](crate::no_park), each closure is called where it is submitted. To go to an executor from such
/// a thread, take [`ExecutorHandle::scope`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, scope};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let job = pool.submit(|| {
///     let words = ["one", "two", "three"];
///     let mut lengths = [0; 3];
///     scope(|scope| {
///         for (word, length) in words.iter().zip(&mut lengths) {
///             scope.submit(|| *length = word.len());
///         }
///     });
///     lengths
/// })?;
/// assert_eq!(job.result()?, [3, 3, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// With the first panic of `body` or of a closure, once all have ended.
///
/// # Blocking
/// Parks the green thread while closures run on others.
pub fn scope<'env, F, R>(body: F) -> R
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
{
    let here = side::here();
    let forks = here.map(|here| Forks { pool: here.pool().clone(), origin: Origin::current() });
    let tally = Tally::new(here.map_or(Mark::NONE, |here| here.mark()));
    let scope = Scope {
        core: Core { tally, forks, away: Mutex::default(), panic: Mutex::default() },
        scope: PhantomData,
        env: PhantomData,
    };
    let outcome = panics::contain(|| body(&scope));
    let outcome = outcome.map_err(|payload| scope.core.keep_panic(payload));
    scope.core.wait();
    let panic = scope.core.panic.lock().take();
    match (outcome, panic) {
        (Ok(result), None) => result,
        (_, Some(payload)) => resume_unwind(payload),
        (Err(()), None) => unreachable!("the panic of the body was kept"),
    }
}

impl ExecutorHandle {
    /// As [`scope`], in this executor, wherever the caller is.
    ///
    /// On a green thread of this executor it is `scope`. On any other thread a job is submitted that calls it, and
    /// the caller waits for that. If the executor does not accept the job, or is shut down before it has started,
    /// `body` and the closures are called by the caller.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let (numbers, sum) = ([1, 2, 3], AtomicU32::new(0));
    /// pool.scope(|scope| {
    ///     for number in &numbers {
    ///         scope.submit(|| _ = sum.fetch_add(*number, Relaxed));
    ///     }
    /// });
    /// assert_eq!(sum.into_inner(), 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// As [`scope`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn scope<'env, F, R>(&self, body: F) -> R
    where
        F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R + Send,
        R: Send,
    {
        errand::run_in(self, || scope(body))
    }
}

/// Where closures are submitted that borrow; see [`scope`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, Scope};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// /// Counts the nodes of a tree in which each node has two children.
/// fn visit<'scope>(scope: &'scope Scope<'scope, '_>, depth: u32, nodes: &'scope AtomicU32) {
///     nodes.fetch_add(1, Relaxed);
///     if depth > 0 {
///         scope.submit(move || visit(scope, depth - 1, nodes)); // a part may submit parts
///         scope.submit(move || visit(scope, depth - 1, nodes));
///     }
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let nodes = AtomicU32::new(0);
/// pool.scope(|scope| visit(scope, 5, &nodes));
/// assert_eq!(nodes.into_inner(), 63);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Scope<'scope, 'env: 'scope> {
    core: Core,
    /// Neither of the two lifetimes may be shortened or stretched.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope> Scope<'scope, '_> {
    /// Submits a closure, a part of the job. It may start before this returns.
    ///
    /// What it returns is dropped: let it write where it borrows.
    ///
    /// ```
    /// use executor::scope;
    ///
    /// let mut halves = [0; 2];
    /// let (left, right) = halves.split_at_mut(1);
    /// scope(|scope| {
    ///     scope.submit(|| left[0] = 1);
    ///     scope.submit(|| right[0] = 2);
    /// });
    /// assert_eq!(halves, [1, 2]);
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks, but calls the closure where nothing can be forked.
    #[doc(alias = "spawn")]
    pub fn submit<F>(&'scope self, part: F)
    where
        F: FnOnce() + Send + 'scope,
    {
        match self.core.here() {
            Some(here) => self.core.fork(&here, part),
            None => self.core.call(part),
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// What a scope is, without the lifetimes.
struct Core {
    tally: Tally,
    /// `None` where nothing can be forked.
    forks: Option<Forks>,
    /// Where children run that were stolen.
    away: Mutex<Vec<Place>>,
    /// The first panic.
    panic: Mutex<Option<Payload>>,
}

struct Forks {
    pool: Arc<Pool>,
    origin: Origin,
}

/// What a child of a scope is.
#[repr(C)]
struct Child<F> {
    header: Header,
    core: *const Core,
    part: F,
}

impl Core {
    /// Where the caller may fork for this scope: on a green thread of its executor.
    #[inline]
    fn here(&self) -> Option<Here<'_>> {
        let forks = self.forks.as_ref()?;
        let here = side::here()?;
        Arc::ptr_eq(here.pool(), &forks.pool).then_some(here)
    }

    #[inline]
    fn fork<F: FnOnce() + Send>(&self, here: &Here<'_>, part: F) {
        self.tally.add_child(here.mark());
        let child = Child { header: Header::new(run::<F>), core: &raw const *self, part };
        let child: *const Child<F> = Box::into_raw(Box::new(child));
        // SAFETY: the child is a box that the entry owns, and the scope is there until it has ended (invariants 1 to 3). What
        // it borrows is there as long. `F` is `Send`, and the scope is shared by its latch and its locks.
        here.push(unsafe { Entry::new(child.cast()) });
    }

    /// Calls a part here and now.
    fn call(&self, part: impl FnOnce()) {
        if let Err(payload) = panics::contain(part) {
            self.keep_panic(payload);
        }
    }

    fn keep_panic(&self, payload: Payload) {
        let later = {
            let mut panic = self.panic.lock();
            match &*panic {
                Some(_) => Some(payload),
                None => {
                    *panic = Some(payload);
                    None
                }
            }
        };
        panics::dispose(later);
    }

    /// Runs what nobody has taken, and waits for the rest.
    fn wait(&self) {
        let Some(forks) = &self.forks else { return };
        let here = self.here().expect("the owner is where it was when it opened the scope");
        while !self.tally.is_over() {
            match here.pop() {
                Some(entry) => entry.run_back(here.mark()),
                None => {
                    let latch = self.tally.settle();
                    wait::for_children(&forks.pool, latch, |wake| self.wake(wake));
                }
            }
        }
    }

    /// *fork-wake*: the lock orders it as a fence would.
    fn wake(&self, wake: &dyn Fn(Place)) {
        for &place in &*self.away.lock() {
            wake(place);
        }
    }

    /// Runs a part that was stolen, and others of this scope that the raid leads to. The latch that they end at, and
    /// how many they are.
    #[cold]
    fn call_away(&self, raid: &Raid<'_>, part: impl FnOnce()) -> (*const Latch, usize) {
        let Some(forks) = &self.forks else { unreachable!("nothing is forked there") };
        // fork-place and fork-place-fence: the lock orders it as a fence would.
        self.away.lock().push(raid.place);
        // SAFETY: the owner stays in the frame of `scope` until the tally is over, which it is not before the caller has
        // taken these children off.
        let away = unsafe { Away::begin(&forks.origin, raid.place) };
        self.call(|| away.run(part));
        let others = run_others(raid, &away);
        drop(away);
        let mut places = self.away.lock();
        if let Some(index) = places.iter().position(|&other| other == raid.place) {
            places.swap_remove(index);
        }
        (self.tally.latch(), 1 + others)
    }

    /// Whether a raid plays the owner of this scope.
    fn is_played_by(&self, away: &Away<'_>) -> bool {
        self.forks.as_ref().is_some_and(|forks| away.is_of(&forks.origin))
    }
}

/// Goes on with children of the scope whose owner the raid plays, until it leads to something else. How many.
fn run_others(raid: &Raid<'_>, away: &Away<'_>) -> usize {
    let mut others = 0;
    while let Some(entry) = raid.next() {
        if let Err(entry) = entry.run_along(away) {
            raid.put_apart(entry);
            break;
        }
        others += 1;
    }
    others
}

/// Runs a child whose entry the caller has, and takes it off the tally, unless the caller does that.
///
/// # Safety
/// The header is that of a `Child<F>`, and the caller has its entry.
unsafe fn run<F: FnOnce()>(header: *const Header, taken: Taken<'_>) -> Ran {
    let child = header.cast::<Child<F>>().cast_mut();
    let Taken::Back(deque) = taken else {
        // SAFETY: as our caller promises.
        return unsafe { run_elsewhere(child, taken) };
    };
    // SAFETY: the child is a box, and the caller has its entry (invariant 2).
    let Child { core, part, .. } = *unsafe { Box::from_raw(child) };
    // SAFETY: the scope is there until this child has ended (invariants 1 and 3). The reference ends with the call.
    unsafe { &*core }.call(part);
    // SAFETY: as above.
    let tally = unsafe { &raw const (*core).tally };
    // SAFETY: as above; this is the child's last touch.
    unsafe { Tally::child_is_back(tally, deque) };
    Ran::Done
}

/// The same for a thief.
///
/// # Safety
/// The caller has the entry of the child.
#[cold]
#[inline(never)]
unsafe fn run_elsewhere<F: FnOnce()>(child: *mut Child<F>, taken: Taken<'_>) -> Ran {
    // SAFETY: the child is there: the caller has its entry.
    let core = unsafe { (*child).core };
    if let Taken::Along(away) = taken {
        // SAFETY: the scope is there until this child has ended (invariants 1 and 3).
        if !unsafe { &*core }.is_played_by(away) {
            return Ran::NotOfTheScope;
        }
    }
    // SAFETY: the child is a box, and the caller has its entry (invariant 2).
    let Child { part, .. } = *unsafe { Box::from_raw(child) };
    match taken {
        Taken::Away(raid) => {
            // SAFETY: as above; the reference ends with the call.
            let (latch, ended) = unsafe { &*core }.call_away(raid, part);
            // SAFETY: as above; this is the last touch of the children that were run.
            unsafe { Latch::children_ended(latch, ended) };
        }
        // SAFETY: as above. The caller takes the child off.
        Taken::Along(away) => unsafe { &*core }.call(|| away.run(part)),
        Taken::Back(_) => unreachable!("it is run by its parent"),
    }
    Ran::Done
}
