//! The one allocation of a job: state, waiters, closure and result together.
//!
//! # Invariants
//!
//! The stage and the cargo of a task are accessed without a lock, by whoever the state word makes
//! their only user:
//!
//! 1. From creation to the claim, nobody touches them. The claim is one compare-and-swap, so there is one
//!    winner. It has the task from its creator, and so sees what the creator wrote.
//! 2. From the claim to the publication, the claimer alone touches them. If that is the task's future, it may take
//!    the result there.
//! 3. After the publication, which releases what the claimer wrote, the *result's owner* alone touches them.
//!    That is the future that was made with the task. Once that is dropped, it is whoever finds the future
//!    detached: the claimer if the drop came before the publication, the drop itself if it came after. Both
//!    are read-modify-writes of the state word, so exactly one of them does.
//!
//! There is one future a task ([`Task::create`]), and it is not cloned; taking the result needs it by
//! value or by unique reference, so two takers cannot meet. The drop of the task, which nobody refers
//! to any more, touches them too.
//!
//! 4. The cargo is what the stage says, and nothing at the stage `Empty`. What takes the cargo out
//!    sets the stage to `Empty` first; what puts some in sets the stage last. So a panic in between
//!    loses a value at worst, and never drops one twice.
//!
//! # Moves
//!
//! Closures and results may be nearly as large as the stack that they pass over, so each copy counts.
//! A closure moves twice: from its submitter into the task, and from the task into its own call. A result moves
//! twice: from the call into the task, and from the task to whoever takes it. That is why the task is filled where
//! it lies. It is also why the cargo is no `enum`: a value cannot be written into one without being put together
//! elsewhere before. (A small value moves once more, by way of a [`Slot`], if its future runs the job on the spot.)
//! The copy for the call lies in the frame of [`call_large`], which runs under the job's
//! identity. So if there is no room for it, the report of the overflow names the job.

use std::alloc::Layout;
use std::any::TypeId;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop, offset_of};
use std::ptr::{self, NonNull};

use greenstd::cell::UnsafeCell;
use greenstd::panics::{self, Payload};

use super::core::{Beginning, Core, Label};
use super::job::{Job, Methods};
use super::kind::Kind;
use super::pair::{FutureRef, QueueRef, pair};
use super::state::Ending;
use super::{room, stopped};
use crate::error::{PanicPayload, TaskError};
use crate::limits::overtime;
use crate::spans::JobSpan;

/// A job: `F` is what is to be called, `R` what that returns, and `K` says how to look at an `R`.
///
/// The core comes first: a [`Job`] points to it, and so to the task.
#[repr(C)]
pub(crate) struct Task<K, F, R> {
    /// With the stage. Whoever accesses the cargo accesses that as well, which the checkers see.
    core: Core,
    cargo: std::cell::UnsafeCell<Cargo<F, R>>,
    kind: PhantomData<fn() -> K>,
}

/// What the cargo is. It lies in the core, where a byte is free.
pub(super) struct StageCell(UnsafeCell<Stage>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The closure.
    Waiting,
    /// Nothing: the closure is being called, or the result has been taken.
    Empty,
    /// What the closure has returned.
    Returned,
    /// Why there is nothing that it has returned.
    Lost,
    /// Nothing, and that is why: it was cancelled. Many are at once, so this needs no box.
    Cancelled,
}

/// Where a task's values lie. Read by pointers alone.
#[repr(C)]
union Cargo<F, R> {
    closure: ManuallyDrop<F>,
    returned: ManuallyDrop<R>,
    /// Boxed, so that it is no larger than a result of one word.
    lost: ManuallyDrop<Box<Lost>>,
}

/// Why a job has no result, whatever the type of its errors.
pub(super) type Lost = TaskError<Infallible>;

/// The result of a task, once it has been taken from there.
pub(crate) type Taken<T, E> = Option<Result<T, TaskError<E>>>;

/// The future's reference to a task whose result is a `T`, and whose failure is an `E`.
pub(crate) struct ResultRef<T, E> {
    job: FutureRef,
    result: PhantomData<fn() -> (T, E)>,
}

/// Where a future has its result put that runs its task on the spot.
pub(crate) struct Slot<'a> {
    job: &'a Job,
    /// Where a [`Taken`] of the types of the task lies, borrowed for `'a`. It is `None`.
    to: NonNull<()>,
    taken: PhantomData<&'a mut ()>,
}

/// What the result's owner finds: where it lies, to be moved away.
pub(crate) enum Unloaded {
    Value(*mut ()),
    Failure(*mut ()),
    Lost(*mut Box<Lost>),
    /// Nothing lies anywhere.
    Cancelled,
}

/// A job with a closure and a result of one word lies in the smallest block, one with up to five in the next.
#[cfg(not(any(green_loom, green_shuttle)))]
const _: () = {
    assert!(size_of::<Task<super::Plain, u64, u64>>() == 64);
    assert!(size_of::<Task<super::Plain, [u64; 5], u64>>() == 96);
};

/// Closures and results of up to this size together are called in the frame that is there.
const SMALL: usize = 256;

// SAFETY: it goes from one user to the next (invariants 1 to 3), and may be at home in any thread.
unsafe impl Sync for StageCell {}

impl Default for StageCell {
    #[inline(always)]
    fn default() -> Self {
        StageCell(UnsafeCell::new(Stage::Waiting))
    }
}

impl<K, F, R> Task<K, F, R>
where
    K: Kind<R>,
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    const METHODS: Methods = Methods {
        types: TypeId::of::<(K::Value, K::Error)>(),
        call: Self::call,
        store_unrun: Self::store_unrun,
        unload_result: Self::unload_result,
        is_result_foreign: Self::is_result_foreign,
        drop_result: Self::drop_result,
        free: Self::free,
    };

    /// Makes a task, with a reference to it for the backlog, and one for its future.
    #[inline]
    pub(crate) fn create(pool: u64, label: Label, closure: F) -> (QueueRef, FutureRef) {
        let task: NonNull<Self> = room::take(Layout::new::<Self>()).cast();
        // For `Job::of_running`.
        let _ = task.as_ptr().expose_provenance();
        let at = |offset| task.as_ptr().wrapping_byte_add(offset);
        let core = Core::new(pool, label, &Self::METHODS);
        // Field by field, where the task is to lie.
        // SAFETY: the field lies there, and nobody else knows of the allocation yet.
        unsafe { at(offset_of!(Self, core)).cast::<Core>().write(core) };
        // SAFETY: likewise. The closure lies where the cargo begins, whose cell is laid out as the cargo.
        unsafe { at(offset_of!(Self, cargo)).cast::<F>().write(closure) };
        // SAFETY: each field has been written, and the core counts the pair. Closure and result are `Send`.
        unsafe { pair(task.cast()) }
    }

    /// The claimer calls the closure and stores what comes of it. A value goes to `to` at once, if there is such a place.
    ///
    /// # Safety
    /// `to` is the caller's to write, and `None` lies there.
    unsafe fn run(&self, span: JobSpan, to: Option<NonNull<Taken<K::Value, K::Error>>>) -> Ending {
        let closure = self.unload_closure();
        let returned = self.place::<R>();
        // SAFETY: the closure is there and ours to take; its place is then free for what it returns.
        if let Err(payload) = unsafe { contain_in_place(span, closure, returned) } {
            return self.lose(if stopped::by_panic(&self.core.state, &*payload) {
                panics::dispose(payload);
                TaskError::Cancelled
            } else if overtime::by_panic(&*payload) {
                panics::dispose(payload);
                TaskError::TimedOut
            } else {
                let (what, site) = (self.core.describe(), self.core.site());
                TaskError::Panicked(PanicPayload::new(payload, what, site))
            });
        }
        // SAFETY: it has just been written, and nobody else looks before the publication.
        let ending = match K::as_result(unsafe { &mut *returned }) {
            Ok(value) => {
                // A large result has no slot, and the frame of this no room for it.
                if has_room_in_frame::<K::Value, K::Error>()
                    && let Some(to) = to
                {
                    // SAFETY: it has just been written, and is moved once: the stage is still `Empty` (invariant 4). Our
                    // caller says what lies at `to`.
                    unsafe { move_value(value, to) };
                    return Ending::Succeeded;
                }
                Ending::Succeeded
            }
            Err(error) if stopped::by_failure(&self.core.state, error) => {
                // SAFETY: it is there, and ours to drop instead of storing it.
                unsafe { dispose_in_place(returned) };
                return self.lose(TaskError::Cancelled);
            }
            Err(error) if overtime::by_failure(error) => {
                // SAFETY: likewise.
                unsafe { dispose_in_place(returned) };
                return self.lose(TaskError::TimedOut);
            }
            Err(_) => Ending::Failed,
        };
        self.loaded(Stage::Returned);
        ending
    }

    /// The claimer moves to `to` why there is no value.
    ///
    /// # Safety
    /// The task is not published yet. `to` is the caller's to write, and `None` lies there.
    #[cold]
    #[inline(never)]
    unsafe fn move_error(&self, to: NonNull<Taken<K::Value, K::Error>>) {
        let why = match self.unload() {
            // SAFETY: the stage says that it is there; our caller is the claimer (invariant 2).
            Stage::Returned => match K::as_result(unsafe { &mut *self.place::<R>() }) {
                // A value has gone there already, if it has room there.
                Ok(_) => return self.loaded(Stage::Returned),
                // SAFETY: likewise. It is moved once (invariant 4).
                Err(error) => TaskError::Failed(unsafe { ptr::from_mut(error).read() }),
            },
            // SAFETY: likewise.
            Stage::Lost => unsafe { self.place::<Box<Lost>>().read() }.widen(),
            Stage::Cancelled => TaskError::Cancelled,
            Stage::Waiting | Stage::Empty => return,
        };
        // SAFETY: our caller says so. What is overwritten has nothing to drop.
        unsafe { to.write(Some(Err(why))) };
    }

    /// The claimer stores why there will be no result.
    fn lose(&self, why: Lost) -> Ending {
        let ending = why.ending();
        if let TaskError::Cancelled = why {
            self.loaded(Stage::Cancelled);
            return ending;
        }
        // SAFETY: our callers have claimed the task and not yet published it (invariant 2), and have
        // taken out what was there.
        unsafe { self.place::<Box<Lost>>().write(Box::new(why)) };
        self.loaded(Stage::Lost);
        ending
    }

    fn unload_closure(&self) -> *mut F {
        let stage = self.unload();
        assert_eq!(
            stage,
            Stage::Waiting,
            "a claimed task holds its closure until the claimer takes it"
        );
        self.place()
    }

    /// The claimer has put some cargo in (invariant 4).
    fn loaded(&self, stage: Stage) {
        // SAFETY: our callers have claimed the task and not yet published it (invariant 2).
        self.core.stage.0.with_mut(|place| unsafe { place.write(stage) });
    }
}

impl<K, F, R> Task<K, F, R> {
    /// The only user takes the cargo out (invariant 4).
    fn unload(&self) -> Stage {
        // SAFETY: our callers are the claimer before the publication (invariant 2), the result's owner after it
        // (invariant 3), or the drop of the task.
        self.core.stage.0.with_mut(|stage| unsafe { mem::replace(&mut *stage, Stage::Empty) })
    }

    /// Whether its drop does nothing.
    #[inline]
    fn is_plain(&mut self) -> bool {
        // SAFETY: the drop of the task is one of its users.
        let stage = self.core.stage.0.with_mut(|stage| unsafe { *stage });
        stage == Stage::Empty && self.core.is_plain()
    }

    /// Where the cargo lies, if it is a `V`.
    fn place<V>(&self) -> *mut V {
        self.cargo.get().cast()
    }
}

/// Moves a value to `to`. It has a frame of its own, so that a large value does not make that of the caller large.
///
/// # Safety
/// The value is the caller's to move away. `to` is the caller's to write, and `None` lies there.
#[inline]
unsafe fn move_value<T, E>(value: *mut T, to: NonNull<Taken<T, E>>) {
    // SAFETY: as our caller promises.
    let value = unsafe { value.read() };
    // SAFETY: likewise. What is overwritten has nothing to drop.
    unsafe { to.write(Some(Ok(value))) };
}

/// Calls, in the job's span, the closure that lies at `closure`, which is moved from there, and moves what it
/// returns to `returned`, which may be the same place. A panic is caught; then nothing is written.
///
/// # Safety
/// A closure lies there and is the caller's to take; the place for what is returned, too.
unsafe fn contain_in_place<F: FnOnce() -> R, R>(
    span: JobSpan,
    closure: *mut F,
    returned: *mut R,
) -> Result<(), Payload> {
    panics::contain(|| {
        let _in_span = span.enter();
        if size_of::<F>() + size_of::<R>() <= SMALL {
            // SAFETY: as our caller promises.
            unsafe { call_small(closure, returned) };
        } else {
            // SAFETY: as our caller promises.
            unsafe { call_large(closure, returned) };
        }
    })
}

/// What [`contain_in_place`] contains.
///
/// # Safety
/// As there.
#[inline]
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "in a debug build, a name is a copy")]
unsafe fn call_small<F: FnOnce() -> R, R>(closure: *mut F, returned: *mut R) {
    // SAFETY: as our caller promises.
    unsafe { returned.write(closure.read()()) };
}

/// As [`call_small`], in a frame of its own. A frame is as large, from its beginning, as all that is inlined
/// into it: none that begins under another identity may be where the closure is moved to.
///
/// # Safety
/// As there.
#[inline(never)]
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "in a debug build, a name is a copy")]
unsafe fn call_large<F: FnOnce() -> R, R>(closure: *mut F, returned: *mut R) {
    // SAFETY: as our caller promises.
    unsafe { returned.write(closure.read()()) };
}

/// Drops a foreign value where it lies; its panic ends here.
///
/// # Safety
/// A value lies there and is the caller's to drop.
unsafe fn dispose_in_place<V>(value: *mut V) {
    // SAFETY: as our caller promises.
    if let Err(payload) = panics::contain(|| unsafe { ptr::drop_in_place(value) }) {
        panics::dispose(payload);
    }
}

impl<T: 'static, E: 'static> ResultRef<T, E> {
    /// `job` is the future's reference to a task of these types.
    #[inline(always)]
    pub(crate) fn new(job: FutureRef) -> Self {
        assert!(job.has_types(TypeId::of::<(T, E)>()), "a future has its task's types");
        ResultRef { job, result: PhantomData }
    }

    /// Where the result is to be put. `taken` is emptied.
    #[inline(always)]
    pub(crate) fn slot<'a>(&'a self, taken: &'a mut Taken<T, E>) -> Slot<'a> {
        *taken = None;
        Slot { job: &self.job, to: NonNull::from(taken).cast(), taken: PhantomData }
    }
}

impl<T, E> ResultRef<T, E> {
    #[inline(always)]
    pub(crate) fn job(&self) -> &Job {
        &self.job
    }

    /// The reference, whatever the types.
    #[inline(always)]
    pub(crate) fn into_untyped(self) -> FutureRef {
        self.job
    }
}

impl<'a> Slot<'a> {
    /// The job that it is for.
    #[inline(always)]
    pub(crate) fn job(&self) -> &'a Job {
        self.job
    }

    /// By the claimer: calls the closure under the task's identity, and puts the result here. Returns how it ended.
    #[inline(always)]
    pub(super) fn call(self) -> Ending {
        // SAFETY: the place is borrowed for `'a`, empty, and of the types of this task (`ResultRef::new`).
        unsafe { self.job.call_into(self.to) }
    }
}

/// Whether a result is small enough to have a slot in the frame of whoever waits for it.
pub(crate) const fn has_room_in_frame<T, E>() -> bool {
    size_of::<Taken<T, E>>() <= SMALL
}

/// The result's owner, after the end, takes the result; `None` if it was taken before.
#[inline]
pub(crate) fn take_result<T: 'static, E: 'static>(job: &Job) -> Taken<T, E> {
    // The task has been asked for these types and says what lies there: ours, as our caller is the result's
    // owner (invariant 3), and moved once (invariant 4).
    Some(match job.unload_result(TypeId::of::<(T, E)>())? {
        // SAFETY: as above.
        Unloaded::Value(value) => Ok(unsafe { value.cast::<T>().read() }),
        // SAFETY: as above.
        Unloaded::Failure(error) => Err(TaskError::Failed(unsafe { error.cast::<E>().read() })),
        // SAFETY: as above.
        Unloaded::Lost(why) => Err(unsafe { why.read() }.widen()),
        Unloaded::Cancelled => Err(TaskError::Cancelled),
    })
}

/// The methods of a task, by the pointer that a [`Job`] has.
///
/// # Safety
/// The pointer is that of a `Job` whose task is of this type, and the `Job` is there meanwhile.
impl<K, F, R> Task<K, F, R>
where
    K: Kind<R>,
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    unsafe fn call(task: NonNull<Core>, to: Option<NonNull<()>>) -> Ending {
        // SAFETY: as our caller promises.
        let task = unsafe { task.cast::<Self>().as_ref() };
        let Beginning { span, deadline } = task.core.begin();
        let to = to.map(NonNull::cast);
        // SAFETY: our caller says what lies there.
        let run = || unsafe { task.run(span, to) };
        let ending = greenctx::assume_until(&task.core, deadline, run);
        if ending != Ending::Succeeded
            && has_room_in_frame::<K::Value, K::Error>()
            && let Some(to) = to
        {
            // SAFETY: likewise.
            unsafe { task.move_error(to) };
        }
        ending
    }

    unsafe fn store_unrun(task: NonNull<Core>, why: Lost) -> Ending {
        // SAFETY: as our caller promises.
        let task = unsafe { task.cast::<Self>().as_ref() };
        let closure = task.unload_closure();
        // SAFETY: the closure is there and ours to drop. Foreign code; the panic hook reports its panic.
        unsafe { dispose_in_place(closure) };
        task.lose(why)
    }

    unsafe fn unload_result(task: NonNull<Core>) -> Option<Unloaded> {
        // SAFETY: as our caller promises.
        let task = unsafe { task.cast::<Self>().as_ref() };
        match task.unload() {
            // SAFETY: the stage says that it is there; our caller is its owner (invariant 3).
            Stage::Returned => Some(match K::as_result(unsafe { &mut *task.place::<R>() }) {
                Ok(value) => Unloaded::Value(ptr::from_mut(value).cast()),
                Err(error) => Unloaded::Failure(ptr::from_mut(error).cast()),
            }),
            Stage::Lost => Some(Unloaded::Lost(task.place())),
            Stage::Cancelled => Some(Unloaded::Cancelled),
            Stage::Waiting | Stage::Empty => None,
        }
    }

    fn is_result_foreign(ending: Ending) -> bool {
        match ending {
            Ending::Succeeded => mem::needs_drop::<K::Value>(),
            Ending::Failed => mem::needs_drop::<K::Error>(),
            Ending::Panicked => true,
            Ending::Cancelled | Ending::Abandoned | Ending::TimedOut => false,
        }
    }

    unsafe fn drop_result(task: NonNull<Core>) {
        // SAFETY: as our caller promises.
        let task = unsafe { task.cast::<Self>().as_ref() };
        match task.unload() {
            // SAFETY: the stage says that it is there; our caller is its owner (invariant 3).
            Stage::Returned => unsafe { dispose_in_place(task.place::<R>()) },
            // SAFETY: likewise.
            Stage::Lost => unsafe { dispose_in_place(task.place::<Box<Lost>>()) },
            Stage::Waiting | Stage::Empty | Stage::Cancelled => {}
        }
    }

    /// The task is the caller's alone.
    unsafe fn free(task: NonNull<Core>) {
        // SAFETY: as our caller promises.
        let plain = unsafe { task.cast::<Self>().as_mut() }.is_plain();
        if !plain {
            // SAFETY: likewise.
            unsafe { ptr::drop_in_place(task.cast::<Self>().as_ptr()) };
        }
        // SAFETY: it was taken so, and the task is gone.
        unsafe { room::give_back(task.cast(), Layout::new::<Self>()) };
    }
}

/// A task ends before its last reference is dropped, and its result has an owner. Should that ever fail to be so,
/// what is left is dropped on whatever stack this is. A panic of it must not go on there.
impl<K, F, R> Drop for Task<K, F, R> {
    fn drop(&mut self) {
        match self.unload() {
            // SAFETY: the stage says what is left, and that is dropped once: here.
            Stage::Waiting => unsafe { dispose_in_place(self.place::<F>()) },
            // SAFETY: likewise.
            Stage::Returned => unsafe { dispose_in_place(self.place::<R>()) },
            // SAFETY: likewise.
            Stage::Lost => unsafe { dispose_in_place(self.place::<Box<Lost>>()) },
            Stage::Empty | Stage::Cancelled => {}
        }
    }
}
