//! `join`: two closures, of which another carrier may take the second.
//!
//! # Invariants
//!
//! 1. A [`Child`] lies in the frame of [`fork`], which does not end before the child has ended, or was claimed back.
//! 2. Whoever has the entry of a child is the only one to touch its closure, and its result until the latch opens.
//!    From then on, and when it has been claimed back, the child is the parent's.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::panic::resume_unwind;

use greenctx::Origin;
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::panics::{self, Payload};
use greenstd::step;
use greenstd::sync::Arc;

use super::away::Away;
use super::entry::{Entry, Header, Ran, Taken};
use super::errand;
use super::latch::Latch;
use super::side::{self, Here};
use super::wait;
use crate::executor::ExecutorHandle;
use crate::pool::Pool;
use crate::task::Place;

/// Calls both closures, at the same time if a carrier has nothing else to do, and returns what they return.
///
/// The closures may borrow from the caller. They may wait, and call `join` again, to any depth. `a` is called here.
/// `b` is offered to the other carriers of the executor, and to this one when the caller waits. If none has taken
/// it when `a` has returned, it is called here as well. So a `join` that nobody helps with costs little more than
/// two calls.
///
/// Both are parts of the job that calls. They are not in the backlog, are not refused, and count as `forked` in the
/// statistics, not as jobs. A part that another green thread takes over needs a worker slot, and counts as `stolen`.
///
/// * *Waiting.* `join` returns when both have ended, also if the job is cancelled or a deadline passes meanwhile.
///   The two may run one after the other, so neither should wait for something that only the other one does.
/// * *Cancelling.* Both see it when the job is cancelled: their waits end with an error.
/// * *Deadline.* That around the call holds for both.
/// * *Green-locals.* On this green thread they are those of the caller. A part that was taken over has its own.
/// * *Order.* `a` starts first.
///
/// On a thread of no executor, and inside [`no_park`](crate::no_park), it calls `a` and then `b`. To go to an
/// executor from such a thread, take [`ExecutorHandle::join`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, join};
///
/// fn sum(numbers: &[u64]) -> u64 {
///     if numbers.len() <= 1000 {
///         return numbers.iter().sum();
///     }
///     let (left, right) = numbers.split_at(numbers.len() / 2);
///     let (left, right) = join(|| sum(left), || sum(right));
///     left + right
/// }
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let numbers: Vec<u64> = (0..100_000).collect();
/// let job = pool.submit(move || sum(&numbers))?;
/// assert_eq!(job.result()?, 4_999_950_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// With the panic of `a` or `b`, once both have ended. If both have panicked, it is that of `a`. If `a` panics
/// before `b` has started, `b` is dropped.
///
/// # Blocking
/// Parks the green thread if another one has taken `b` and is not done.
#[doc(alias = "fork")]
#[doc(alias = "par")]
#[inline]
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    match side::here() {
        Some(here) => fork(here, a, b),
        None => (a(), b()),
    }
}

impl ExecutorHandle {
    /// As [`join`], in this executor, wherever the caller is.
    ///
    /// On a green thread of this executor it is `join`. On any other thread a job is submitted that joins the two,
    /// and the caller waits for it. If the executor does not accept that job, the caller calls both closures
    /// itself: `a`, then `b`. So it does if the executor is shut down before the job has started.
    ///
    /// ```
    /// use executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let words = vec!["one", "two", "three"];
    /// let (longest, letters) = pool.join(
    ///     || words.iter().max_by_key(|word| word.len()), // borrows from this frame
    ///     || words.iter().map(|word| word.len()).sum::<usize>(),
    /// );
    /// assert_eq!((longest, letters), (Some(&"three"), 11));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// As [`join`].
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    pub fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA + Send,
        B: FnOnce() -> RB + Send,
        RA: Send,
        RB: Send,
    {
        errand::run_in(self, || join(a, b))
    }
}

/// What a child of `join` is.
#[repr(C)]
struct Child<B, RB> {
    header: Header,
    latch: Latch,
    origin: Origin,
    /// Where it runs, if it was stolen: *fork-place* and *fork-wake*.
    place: AtomicU64,
    closure: UnsafeCell<MaybeUninit<B>>,
    result: UnsafeCell<MaybeUninit<Result<RB, Payload>>>,
}

#[inline(always)]
fn fork<A, B, RA, RB>(here: Here<'_>, a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    let child: Child<B, RB> = Child {
        header: Header::new(run::<B, RB>),
        latch: Latch::new(1),
        origin: Origin::current(),
        place: AtomicU64::new(NOWHERE),
        closure: UnsafeCell::new(MaybeUninit::new(b)),
        result: UnsafeCell::new(MaybeUninit::uninit()),
    };
    let header = (&raw const child).cast::<Header>();
    // SAFETY: the child stays where it is until it has ended or this thread has its entry back (invariant 1): from here
    // to there nothing unwinds. `B` and `RB` are `Send`.
    here.push(unsafe { Entry::new(header) });
    let first = match panics::contain(a) {
        Ok(first) => first,
        // Apart, so that the usual way has no look at the outcome.
        Err(payload) => first_panicked(here, &child, payload),
    };
    if here.claim_back(header) {
        // SAFETY: this thread has its entry (invariant 2), and calls it once.
        let b = unsafe { child.unstarted() };
        return (first, b());
    }
    wait_for_one(here.pool(), &child.latch, &child.place);
    // SAFETY: the latch is open (invariant 2), and the result is taken once.
    both(first, unsafe { child.result() })
}

impl<B, RB> Child<B, RB> {
    /// # Safety
    /// The caller has the child's entry, or had it, and takes the closure once.
    #[inline(always)]
    unsafe fn unstarted(&self) -> B {
        // SAFETY: so the closure is there and the caller's (invariant 2).
        unsafe { self.closure.get().cast::<B>().read() }
    }

    /// # Safety
    /// The latch is open. The caller is the parent, and takes the result once.
    unsafe fn result(&self) -> Result<RB, Payload> {
        // SAFETY: so the result is there and the caller's (invariant 2).
        unsafe { self.result.get().cast::<Result<RB, Payload>>().read() }
    }
}

#[cold]
#[inline(never)]
fn wait_for_one(pool: &Arc<Pool>, latch: &Latch, place: &AtomicU64) {
    wait::for_children(pool, latch, |wake| {
        if let Some(place) = read_place(place) {
            wake(place);
        }
    });
}

#[cold]
fn both<RA, RB>(first: RA, second: Result<RB, Payload>) -> (RA, RB) {
    match second {
        Ok(second) => (first, second),
        Err(payload) => {
            panics::dispose(first);
            resume_unwind(payload)
        }
    }
}

/// `a` has panicked. Ends the child, then goes on with the panic.
#[cold]
#[inline(never)]
fn first_panicked<B, RB>(here: Here<'_>, child: &Child<B, RB>, payload: Payload) -> ! {
    if here.claim_back((&raw const *child).cast()) {
        // SAFETY: this thread has its entry (invariant 2), and drops it once.
        panics::dispose(unsafe { child.unstarted() });
    } else {
        wait_for_one(here.pool(), &child.latch, &child.place);
        // SAFETY: the latch is open (invariant 2), and the result is taken once.
        panics::dispose(unsafe { child.result() });
    }
    resume_unwind(payload)
}

/// Runs a child whose entry the caller has, and opens its latch. It is of no scope.
///
/// # Safety
/// The header is that of a `Child<B, RB>`, and the caller has its entry.
unsafe fn run<B, RB>(header: *const Header, taken: Taken<'_>) -> Ran
where
    B: FnOnce() -> RB,
{
    if let Taken::Along(_) = taken {
        return Ran::NotOfTheScope;
    }
    let child = header.cast::<Child<B, RB>>();
    let latch = {
        // SAFETY: the child is there until its latch opens (invariant 1). The reference ends before that.
        let child = unsafe { &*child };
        // SAFETY: the caller has the entry, and takes the closure once.
        let closure = unsafe { child.unstarted() };
        let result = match taken {
            Taken::Away(raid) => {
                write_place(&child.place, raid.place);
                // SAFETY: the parent stays in the frame of `fork` until the latch is open.
                let away = unsafe { Away::begin(&child.origin, raid.place) };
                panics::contain(|| away.run(closure))
            }
            Taken::Back(_) | Taken::Along(_) => panics::contain(closure),
        };
        // SAFETY: the result is the caller's until the latch opens (invariant 2).
        unsafe { child.result.get().cast::<Result<RB, Payload>>().write(result) }; // latch-result
        &raw const child.latch
    };
    // SAFETY: the child is there, and has not ended before. Nothing of it is touched after that.
    unsafe { Latch::child_ended(latch) };
    Ran::Done
}

const NOWHERE: u64 = u64::MAX;

/// *fork-place* and *fork-place-fence*.
fn write_place(note: &AtomicU64, place: Place) {
    let number = u64::from(place.carrier) << 32 | u64::from(place.seat);
    note.store(number, Ordering::Relaxed);
    step::FORK_PLACE_FENCE.fence();
}

fn read_place(note: &AtomicU64) -> Option<Place> {
    let number = note.load(Ordering::Relaxed);
    (number != NOWHERE).then_some(Place { carrier: (number >> 32) as u16, seat: number as u32 })
}
