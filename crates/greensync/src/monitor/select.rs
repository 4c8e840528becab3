//! Waiting in several monitors at once: the protocol of a *select*, and its proof.
//!
//! A select has some *arms*. Each is an attempt to do something under the lock of one monitor, and a list
//! of that monitor to stand in until a counterpart does it. One arm is chosen, and then only what that arm
//! says has happened. It adds to the [protocol of one monitor](super).
//!
//! # Protocol
//!
//! A select has one *claim*: a word that is `OPEN`, or the number of the arm that was chosen, or `LEFT`. It
//! changes once, by compare-and-swap. Its nodes point to it.
//!
//! | step of the selecting thread | what it does |
//! | --- | --- |
//! | *select-lock* | locks the monitors of all arms, in the order of their addresses, each once |
//! | *select-attempt* | with all locks held, attempts the arms, in an order of chance; if one succeeds, or the caller does not want to wait, it unlocks all and is done |
//! | *select-link* | links a node for each arm, unlocks all and parks |
//! | *select-end* | awake, looks at the claim, as described below |
//! | *select-due* | if the park has ended at a moment at which an arm can go by the clock, the select begins anew |
//! | *select-confirm* | looks once more at an arm that a counterpart chose; if it was not done and cannot be, the select begins anew |
//!
//! At *select-end*, a claim with a number says that this arm was chosen. The thread awaits *wake-mark* of its node, and
//! takes the other nodes off, each under its lock. If the claim is open and time or an interruption ended the park, the
//! thread swaps `LEFT` in, takes all nodes off and has left. If that swap fails, an arm was chosen a moment before.
//!
//! The counterpart has one step more, *select-claim*. Under the lock, it takes the first node off the list. If the node
//! has a claim, it swaps the node's number in. If that fails the node does not count: it never touches it again, and goes
//! on to the next one. Else it goes on as with any node that was taken (*wake-take* and what follows).
//!
//! After both have chosen each other, one may still have to wait for the other: a sender makes its message only then.
//! At *select-attempt* such an arm takes two more steps. By *meet-push* it takes the counterpart off its list and puts
//! its own node into the batch that the monitor's state keeps. By *meet-wait* it unlocks all and waits until its node is
//! woken. The other way round, the counterpart takes the arm's node off by *select-claim*, and into that batch. Either
//! way the select has chosen, and waits regardless of time and interruptions. If no message could be made, the choice
//! comes to nothing, and *select-confirm* finds that. (Named step: `select-confirm`.)
//!
//! *One arm is chosen at most, and none after the select has left.* The claim leaves `OPEN` once, since *select-end*
//! and *select-claim* change it by compare-and-swap. Only the thread that has claimed a node writes a message into it, or
//! takes one out. (Named steps: `select-claim-cas` in *select-claim*, `select-leave-cas` in *select-end*.)
//!
//! *Nothing is missed.* Between *select-attempt* and *select-link* no lock is released. So an event in one of the
//! monitors comes before the attempt, which sees it, or after the link, and finds the node. (Named step:
//! `select-lock-all`.) *select-end* sees the claim, because the permit of *wake-thread* brings it.
//!
//! *An arm that goes by the clock needs no counterpart.* Nobody claims it. The select parks until the earliest of such
//! moments at the latest, and attempts all arms anew after it. (Named step: `select-due`.)
//!
//! *No deadlock.* Locks are taken in one order, all others hold one lock at a time, and no thread parks with one.
//!
//! *A select does not meet itself.* At *select-attempt* none of its nodes is linked, and after *select-link* it attempts
//! nothing.
//!
//! *The claim is alive as long as any thread touches it.* It is reached through linked nodes alone, under
//! their locks. *select-end* takes all of these off before the claim ends, also when the park panics.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr;

use std::panic::Location;

use greenctx::{
    Interrupted, Thread, Waiting, Wake, is_parking_forbidden, park_deadline, refuse_to_park,
    waiting, with_current,
};
use greenstd::spin::SpinGuard;
use greenstd::step;
use greenstd::time::{self, Instant};

use crate::giving_way::begin_interruptible_operation;

use super::list::{Batch, Claim, Node};
use super::{Inside, Monitor};

/// How long a select waits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    None,
    Until(Instant),
    ForEver,
}

/// What has come of a select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selected {
    /// The arm with this number.
    Arm(usize),
    /// No arm could go before the time was over.
    TimedOut,
    /// The thread was cancelled first, or a deadline around the select passed.
    Interrupted(Interrupted),
}

/// In which order arms are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of their numbers.
    Given,
    Chance,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tried {
    /// It was done.
    Yes,
    No,
    /// There is a counterpart that has to be waited for.
    Meets,
}

/// What an arm does in its monitor, with its message.
pub(crate) trait Operation<S, M, const LISTS: usize> {
    /// Where to stand until a counterpart does it.
    const LIST: usize;

    /// Whether a message shows that it was done.
    fn is_done(message: &M) -> bool;

    /// Does it if it can be done at once; also when it was done already.
    fn attempt(inside: &mut Inside<'_, S, M, LISTS>, message: &mut M) -> Tried;

    /// After an attempt that [`Meets`](Tried::Meets), and before the lock is released: takes the
    /// counterpart, if `Meets` again. The arm then waits in the batch that the state keeps.
    fn meet(inside: &mut Inside<'_, S, M, LISTS>, message: &mut M) -> Tried {
        Self::attempt(inside, message)
    }

    /// That batch.
    fn batch(state: &mut S) -> &mut Batch<M>;

    /// The arm begins to stand in its list. Returns the moment at which it can go without a counterpart, if there is one.
    fn stands(inside: &mut Inside<'_, S, M, LISTS>) -> Option<Instant>;
}

/// An arm, whatever its monitor holds. The methods are the steps of the protocol.
pub(crate) trait Arm {
    /// Which monitor it is.
    fn address(&self) -> *const ();

    /// *select-lock*. The lock is kept until [`unlock`](Self::unlock).
    fn lock(&self);

    /// *select-attempt*: returns whether it was done.
    ///
    /// # Safety
    /// The caller holds the lock of the monitor, by this arm or another one, and the arm is not linked.
    unsafe fn attempt(&self) -> Tried;

    /// *meet-push*, after an attempt that meets a counterpart.
    ///
    /// # Safety
    /// As for `attempt`. If it meets one, the thread outlives the arm's node, and the arm does not move and does
    /// not end before [`await_woken`](Self::await_woken).
    unsafe fn meet(&self, thread: &Thread) -> Tried;

    /// *select-link*. Returns the moment at which the arm is to be attempted again, if there is one.
    ///
    /// # Safety
    /// As for `attempt`. Claim and thread outlive the node in the list; the arm does not move and does not
    /// end before [`unlink`](Self::unlink), or [`await_woken`](Self::await_woken) after it was claimed.
    unsafe fn link(&self, thread: &Thread, claim: &Claim, number: usize) -> Option<Instant>;

    /// Releases the lock, if this is the arm that has it.
    fn unlock(&self);

    /// Wakes the threads that `attempt` has taken off their lists. Without the lock.
    fn wake(&self);

    /// *select-end*, for the arm that was claimed.
    fn await_woken(&self);

    /// *select-end*, for the others. Takes the lock.
    fn unlink(&self);

    /// *select-confirm*, for the arm that a counterpart chose. Returns whether it is done, or can be after all.
    /// Takes the lock.
    fn confirm(&self) -> bool;
}

/// An arm with the number by which it is known.
pub(crate) type Numbered<'a> = (usize, &'a dyn Arm);

/// The arm of one monitor.
pub(crate) struct MonitorArm<'a, S, M, const LISTS: usize, O> {
    monitor: &'a Monitor<S, M, LISTS>,
    guard: Cell<Option<SpinGuard<'a>>>,
    batch: RefCell<Batch<M>>,
    node: Node<M>,
    _operation: PhantomData<O>,
}

impl<'a, S, M, const LISTS: usize, O> MonitorArm<'a, S, M, LISTS, O> {
    pub(crate) fn new(monitor: &'a Monitor<S, M, LISTS>, message: M) -> Self {
        MonitorArm {
            monitor,
            guard: Cell::new(None),
            batch: RefCell::new(Batch::new()),
            node: Node::new(ptr::null(), message),
            _operation: PhantomData,
        }
    }

    /// The message, as the attempt or a counterpart has left it.
    pub(crate) fn into_message(self) -> M {
        self.node.into_message()
    }

    /// Calls `access` with the monitor and the message.
    ///
    /// # Safety
    /// The caller holds the lock of the monitor, and the arm is not linked.
    unsafe fn with_both<R>(
        &self,
        access: impl FnOnce(&mut Inside<'_, S, M, LISTS>, &mut M) -> R,
    ) -> R {
        let mut batch = self.batch.borrow_mut();
        let access = |inside: &mut Inside<'_, S, M, LISTS>| {
            // SAFETY: it is not linked, and so it is ours.
            unsafe { self.node.with_message(|message| access(inside, message)) }
        };
        // SAFETY: the caller holds the lock.
        unsafe { self.monitor.with_inside_locked(&mut batch, access) }
    }
}

impl<S, M, const LISTS: usize, O> Arm for MonitorArm<'_, S, M, LISTS, O>
where
    O: Operation<S, M, LISTS>,
{
    fn address(&self) -> *const () {
        ptr::from_ref(self.monitor).cast()
    }

    fn lock(&self) {
        self.guard.set(Some(self.monitor.lock.lock()));
    }

    unsafe fn attempt(&self) -> Tried {
        // SAFETY: as the caller says.
        unsafe { self.with_both(O::attempt) }
    }

    unsafe fn meet(&self, thread: &Thread) -> Tried {
        // SAFETY: as the caller says.
        let tried = unsafe { self.with_both(O::meet) };
        if tried == Tried::Meets {
            // SAFETY: the node is in no list, so it is ours, and the caller vouches for the thread.
            unsafe { self.node.bind(thread, None, 0) };
            let mut batch = self.batch.borrow_mut();
            let push = |inside: &mut Inside<'_, S, M, LISTS>| {
                // SAFETY: it is ours, and the caller awaits that it is woken.
                unsafe { O::batch(inside.state).push(&self.node) };
            };
            // SAFETY: the caller holds the lock.
            unsafe { self.monitor.with_inside_locked(&mut batch, push) };
        }
        tried
    }

    unsafe fn link(&self, thread: &Thread, claim: &Claim, number: usize) -> Option<Instant> {
        // SAFETY: the node is in no list, so it is ours, and the caller vouches for the rest.
        unsafe { self.node.bind(thread, Some(claim), number) };
        let mut batch = self.batch.borrow_mut();
        let link = |inside: &mut Inside<'_, S, M, LISTS>| {
            let due = O::stands(inside);
            // SAFETY: invariants 1 and 2: under the lock, and the caller has it taken off.
            unsafe { inside.lists[O::LIST].link(&self.node, false) };
            due
        };
        // SAFETY: the caller holds the lock.
        unsafe { self.monitor.with_inside_locked(&mut batch, link) }
    }

    fn unlock(&self) {
        drop(self.guard.take());
    }

    fn wake(&self) {
        self.batch.borrow_mut().wake();
    }

    fn await_woken(&self) {
        self.node.await_woken();
    }

    fn unlink(&self) {
        let guard = self.monitor.lock.lock();
        self.monitor.with_lists(&guard, |lists| {
            // SAFETY: invariants 1 and 2: under the lock, and the node is in this list or in none. A
            // counterpart that found it there after the claim was gone has let go of it under the lock.
            unsafe { lists[O::LIST].unlink(&self.node) };
        });
    }

    fn confirm(&self) -> bool {
        // SAFETY: it is linked no more, and was woken if it was taken: it is ours.
        let is_done = unsafe { self.node.with_message(|message| O::is_done(message)) };
        // If not, what the counterpart promised has not come. Now it is as if the arm had not been chosen.
        let in_vain = step::SELECT_CONFIRM.holds(|| !is_done);
        if !in_vain {
            return true;
        }
        self.lock();
        // SAFETY: we hold the lock.
        let tried = unsafe { self.attempt() };
        self.unlock();
        self.wake();
        // `Meets` counts as nothing here: the select begins anew, and meets again if it must.
        tried == Tried::Yes
    }
}

/// Does what one of the arms says, waiting if none can go at once.
///
/// # Panics
/// In `crate::no_park`, if it has to wait.
#[track_caller]
pub(crate) fn select(arms: &mut [Numbered<'_>], order: Order, patience: Patience) -> Selected {
    let what = Waiting::on("select").with_number(arms.len() as u64).at(Location::caller());
    match (begin_interruptible_operation(), patience) {
        (Ok(()), _) | (Err(_), Patience::None) => {}
        (Err(interrupted), _) => return Selected::Interrupted(interrupted),
    }
    loop {
        if let Some(selected) = select_once(arms, order, patience, &what) {
            return selected;
        }
    }
}

/// One round of [`select`]; `None` if the choice has come to nothing.
fn select_once(
    arms: &mut [Numbered<'_>],
    order: Order,
    patience: Patience,
    what: &Waiting,
) -> Option<Selected> {
    // select-lock
    lock_all(arms);
    arrange(arms, order);
    // select-attempt
    for &(number, arm) in &*arms {
        // SAFETY: all locks are held, and no arm is linked.
        match unsafe { arm.attempt() } {
            Tried::Yes => {
                unlock_all(arms);
                return Some(Selected::Arm(number));
            }
            Tried::Meets if !is_parking_forbidden() => return meet(arms, number, arm),
            Tried::Meets | Tried::No => {}
        }
    }
    // No arm can go. So nothing was linked, and nothing is to be taken off.
    if matches!(patience, Patience::None) {
        unlock_all(arms);
        return Some(Selected::TimedOut);
    }
    // `select-lock-all`: no event comes between the attempts and the links.
    step::SELECT_LOCK_ALL.keep_locked(arms, |arms| unlock_all(arms), lock_all);
    if is_parking_forbidden() {
        unlock_all(arms);
        refuse_to_park();
    }
    let (selected, due) = with_current(|thread| {
        let claim = Claim::new();
        let standing = Standing { arms, claim: &claim };
        // select-link: no lock was released since the attempts.
        let mut due = None;
        for (number, arm) in standing.arms {
            // SAFETY: all locks are held. Claim and thread outlive `standing`, which takes the arms off, and
            // these are borrowed as long.
            let arm_due = unsafe { arm.link(thread, &claim, *number) };
            due = due.into_iter().chain(arm_due).min();
        }
        unlock_all(standing.arms);
        let deadline = match patience {
            Patience::Until(deadline) => Some(deadline),
            Patience::None | Patience::ForEver => None,
        };
        let selected = waiting(what, || standing.park(deadline.into_iter().chain(due).min()));
        (selected, due)
    });
    match selected {
        Selected::Arm(chosen) => {
            // select-confirm
            let is_done = arms.iter().any(|(number, arm)| *number == chosen && arm.confirm());
            is_done.then_some(selected)
        }
        // select-due
        Selected::TimedOut if step::SELECT_DUE.holds(|| time::has_passed(due)) => None,
        Selected::TimedOut | Selected::Interrupted(_) => Some(selected),
    }
}

/// *meet-push* and *meet-wait*, for the arm `number`.
fn meet(arms: &[Numbered<'_>], number: usize, arm: &dyn Arm) -> Option<Selected> {
    with_current(|thread| {
        // SAFETY: all locks are held, and no arm is linked. The thread is lent for longer than the arm waits.
        let met = unsafe { arm.meet(thread) }; // meet-push
        unlock_all(arms);
        let is_done = match met {
            Tried::Yes => true,
            Tried::No => false,
            Tried::Meets => {
                // meet-wait
                arm.await_woken();
                arm.confirm()
            }
        };
        is_done.then_some(Selected::Arm(number))
    })
}

/// *select-lock*.
fn lock_all(arms: &mut [Numbered<'_>]) {
    arms.sort_unstable_by_key(|(number, arm)| match cfg!(green_loom) {
        // Addresses differ from one execution to the next, and loom needs executions that repeat. Its models name their
        // channels in one order, and the operations on one of them side by side.
        true => *number,
        false => arm.address().addr(),
    });
    let mut last = ptr::null();
    for (_, arm) in arms {
        if arm.address() != last {
            last = arm.address();
            arm.lock();
        }
    }
}

fn unlock_all(arms: &[Numbered<'_>]) {
    arms.iter().for_each(|(_, arm)| arm.unlock());
    arms.iter().for_each(|(_, arm)| arm.wake());
}

/// Arms that are linked, or were.
struct Standing<'a, 'b> {
    arms: &'a [Numbered<'b>],
    claim: &'a Claim,
}

impl Standing<'_, '_> {
    /// The end of *select-link*, and *select-end*.
    fn park(self, deadline: Option<Instant>) -> Selected {
        loop {
            let parked = park_deadline(deadline);
            if self.claim.chosen().is_none() && parked == Ok(Wake::Unparked) {
                // An unpark that was not meant for this wait: park again.
                continue;
            }
            let chosen = self.leave();
            std::mem::forget(self);
            return match (chosen, parked) {
                (Some(number), _) => Selected::Arm(number),
                (None, Err(interrupted)) => Selected::Interrupted(interrupted),
                (None, Ok(_)) => Selected::TimedOut,
            };
        }
    }

    /// *select-end*: takes all nodes off; returns the arm that was chosen, if one was.
    fn leave(&self) -> Option<usize> {
        let chosen = self.claim.leave();
        for (number, arm) in self.arms {
            if Some(*number) == chosen {
                arm.await_woken();
            } else {
                arm.unlink();
            }
        }
        chosen
    }
}

impl Drop for Standing<'_, '_> {
    /// The park has panicked.
    fn drop(&mut self) {
        self.leave();
    }
}

greenstd::thread_local! {
    /// A state of [`arrange`].
    static CHANCE: Cell<u32> = const { Cell::new(0x9e37_79b9) };
}

/// Brings the arms into the order in which they are tried. By chance, so that none is preferred.
fn arrange(arms: &mut [Numbered<'_>], order: Order) {
    if order == Order::Given {
        arms.sort_unstable_by_key(|(number, _)| *number);
        return;
    }
    CHANCE.with(|chance| {
        let mut state = chance.get();
        for last in (1..arms.len()).rev() {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            arms.swap(last, state as usize % (last + 1));
        }
        chance.set(state);
    });
}
