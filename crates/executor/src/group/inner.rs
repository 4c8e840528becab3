//! What a group, its handles and its members share; see the [module above](super).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::Location;
use std::task::{Wake, Waker};

use greenctx::Waiting;
use greenstd::step;
use greenstd::sync::{Arc, Mutex};
use greenstd::time::Instant;

use super::policy::Ended;
use super::tree;
use crate::admission::refusal::Refusal;
use crate::carrier;
use crate::error::WaitError;
use crate::future::GreenFuture;
use crate::future::task_handle::{TaskHandle, TaskOutcome};
use crate::job::Room;
use crate::shutdown;
use crate::task::{self, Hearer, Job};
use crate::waiting::wait;
use crate::waiting::waiter::Waiter;

pub(super) struct Inner<T, E> {
    state: Mutex<State<T, E>>,
}

pub(super) struct State<T, E> {
    limit: usize,
    /// Whether the end of a member so stops the group.
    stops_after: fn(TaskOutcome) -> bool,
    /// Those whose results nobody has taken, in the order of their submission.
    members: BTreeMap<u64, Member<T, E>>,
    next: u64,
    /// Those of them that have ended, in that order.
    ended: VecDeque<u64>,
    /// The member whose end has stopped the group.
    decisive: Option<u64>,
    /// Those that have not ended, by executor and id.
    under_way: BTreeSet<(u64, u64)>,
    /// As many, and the places that are taken for those about to come.
    in_flight: usize,
    /// Members that wait for a place in their own group.
    waiting_members: usize,
    is_stopped: bool,
    is_closed: bool,
    /// Those that wait for the end of a member.
    waiting: Vec<Waker>,
}

struct Member<T, E> {
    future: GreenFuture<T, E>,
    key: (u64, u64),
    has_ended: bool,
    /// It is not cancelled with the group.
    is_detached: bool,
}

/// A place in the group, for a member to come.
pub(super) struct Place<'a, T: Send + 'static, E: Send + 'static> {
    inner: &'a Arc<Inner<T, E>>,
    is_filled: bool,
}

/// Wakes the group when its member has ended.
struct Ticket<T, E> {
    inner: Arc<Inner<T, E>>,
    number: u64,
}

/// While it lives, a member counts as waiting for a place in its own group.
struct WaitingMember<'a, T: Send + 'static, E: Send + 'static>(&'a Inner<T, E>);

impl<T: Send + 'static, E: Send + 'static> Inner<T, E> {
    pub(super) fn new(stops_after: fn(TaskOutcome) -> bool) -> Self {
        Inner {
            state: Mutex::new(State {
                limit: usize::MAX,
                stops_after,
                members: BTreeMap::new(),
                next: 0,
                ended: VecDeque::new(),
                decisive: None,
                under_way: BTreeSet::new(),
                in_flight: 0,
                waiting_members: 0,
                is_stopped: false,
                is_closed: false,
                waiting: Vec::new(),
            }),
        }
    }

    pub(super) fn set_limit(&self, limit: usize) {
        self.state.lock().limit = limit;
    }

    pub(super) fn set_stops_after(&self, stops_after: fn(TaskOutcome) -> bool) {
        self.state.lock().stops_after = stops_after;
    }

    pub(super) fn in_flight(&self) -> usize {
        self.state.lock().in_flight
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state.lock().is_stopped
    }

    /// Whether the caller is a member that has not ended, or ends one.
    pub(super) fn is_member(&self) -> bool {
        let caller = task::current_job();
        let state = self.state.lock();
        state.has(caller) || shutdown::is_any_ending(|job| state.under_way.contains(&job))
    }

    // Submitting.

    /// *group-place*: waits for a place as `room` says.
    pub(super) fn take_place(self: &Arc<Self>, room: Room) -> Result<Place<'_, T, E>, Refusal> {
        let caller = task::current_job();
        let _waiting = {
            let mut state = self.state.lock();
            if let Some(taken) = state.take_place() {
                return self.place(taken);
            }
            if room.is_demanded() {
                return Err(Refusal::Rejected);
            }
            if state.has(caller) {
                // With this one, all that could make room would wait for it.
                if state.waiting_members + 1 >= state.in_flight {
                    return Err(Refusal::WouldDeadlock);
                }
                state.waiting_members += 1;
                Some(WaitingMember(self))
            } else {
                None
            }
        };
        match self.wait(room.until(), State::take_place) {
            Ok(taken) => self.place(taken),
            Err(WaitError::TimedOut) => Err(Refusal::TimedOut),
            Err(WaitError::Forked) => Err(Refusal::Forked),
            Err(WaitError::Interrupted | WaitError::Taken) => Err(Refusal::Interrupted),
        }
    }

    fn place(self: &Arc<Self>, taken: Result<(), Refusal>) -> Result<Place<'_, T, E>, Refusal> {
        taken.map(|()| Place { inner: self, is_filled: false })
    }

    // Ending.

    /// *group-end*: a member has ended. It may be told twice.
    fn member_ended(&self, number: u64) {
        let (waiting, stopped) = {
            let mut state = self.state.lock();
            let stops = state.member_ended(number);
            (std::mem::take(&mut state.waiting), if stops { state.stop() } else { Vec::new() })
        };
        waiting.into_iter().for_each(Waker::wake);
        tree::cancel_all(stopped);
    }

    /// *group-stop*: cancels all members, and those that are to come.
    pub(super) fn cancel(&self) {
        let members = self.stop();
        tree::cancel_all(members);
    }

    /// All that have not been taken, in the order of their submission. From now on, none is accepted.
    pub(super) fn close(&self) -> Vec<GreenFuture<T, E>> {
        self.close_and_take().into_values().map(|member| member.future).collect()
    }

    /// What the policy is to decide on, when all have ended.
    pub(super) fn close_ended(&self, is_interrupted: bool) -> Ended<T, E> {
        let decisive = self.state.lock().decisive;
        let mut ended = Ended { results: Vec::new(), decisive: None, is_interrupted };
        for (number, mut member) in self.close_and_take() {
            let Some(result) = member.future.try_result() else { continue };
            if decisive == Some(number) {
                ended.decisive = Some(ended.results.len());
            }
            ended.results.push(result);
        }
        ended
    }

    fn close_and_take(&self) -> BTreeMap<u64, Member<T, E>> {
        let (waiting, members) = {
            let mut state = self.state.lock();
            (std::mem::take(&mut state.waiting), state.close())
        };
        // Those that wait for a place wait in vain.
        waiting.into_iter().for_each(Waker::wake);
        members
    }

    // Waiting.

    /// The next member that ends; `None` if there is no other than the caller.
    #[track_caller]
    pub(super) fn wait_next(
        &self,
        until: Option<Instant>,
    ) -> Result<Option<GreenFuture<T, E>>, WaitError> {
        let caller = task::current_job();
        self.wait(until, |state| match state.take_ended() {
            Some(future) => Some(Some(future)),
            None => state.is_quiet_but_for(caller).then_some(None),
        })
    }

    #[track_caller]
    pub(super) fn wait_for_all(&self) -> Result<(), WaitError> {
        self.wait(None, |state| state.is_quiet_but_for(None).then_some(()))
    }

    /// Waits until `look` finds what is waited for, or `until`. It looks anew after each end of a member.
    #[track_caller]
    fn wait<R>(
        &self,
        until: Option<Instant>,
        mut look: impl FnMut(&mut State<T, E>) -> Option<R>,
    ) -> Result<R, WaitError> {
        let own = carrier::current_pool();
        let waits_for_own = {
            let mut state = self.state.lock();
            if let Some(found) = look(&mut state) {
                return Ok(found);
            }
            state.refuse_if_forked()?;
            state.waits_for(own)
        };
        let waiter = if waits_for_own { Waiter::for_tasks_of(own) } else { Waiter::uncounted() };
        let what = Waiting::on("the jobs of a group")
            .with_object(std::ptr::from_ref(self).addr())
            .at(Location::caller());
        let outcome = waiter.wait(what, until, || {
            let mut state = self.state.lock();
            let found = look(&mut state);
            if found.is_none() {
                // Under the same lock: an end that comes after the look finds the waker.
                state.enter(waiter.waker());
            }
            found
        });
        self.state.lock().waiting.retain(|other| !other.will_wake(waiter.waker()));
        outcome
    }
}

impl<T: Send + 'static, E: Send + 'static> State<T, E> {
    fn take_place(&mut self) -> Option<Result<(), Refusal>> {
        if self.is_closed {
            return Some(Err(Refusal::GroupClosed));
        }
        // Of a stopped group nothing is left to wait for: what comes is cancelled.
        if self.in_flight < self.limit || self.is_stopped {
            self.in_flight += 1;
            return Some(Ok(()));
        }
        None
    }

    fn enter_member(&mut self, future: GreenFuture<T, E>, is_detached: bool) -> u64 {
        let key = key_of(&future);
        let number = self.next;
        self.next += 1;
        self.under_way.insert(key);
        self.members.insert(number, Member { future, key, has_ended: false, is_detached });
        number
    }

    /// Whether that stops the group.
    fn member_ended(&mut self, number: u64) -> bool {
        let Some(member) = self.members.get_mut(&number) else { return false };
        if std::mem::replace(&mut member.has_ended, true) {
            return false;
        }
        self.ended.push_back(number);
        self.in_flight -= 1;
        self.under_way.remove(&member.key);
        let Some(outcome) = member.future.outcome() else { return false };
        let stops = (self.stops_after)(outcome);
        if stops && self.decisive.is_none() {
            self.decisive = Some(number);
        }
        stops
    }

    fn stop(&mut self) -> Vec<Job> {
        if std::mem::replace(&mut self.is_stopped, true) {
            return Vec::new();
        }
        let goes_on = |member: &&Member<T, E>| member.has_ended || member.is_detached;
        let stopped = self.members.values().filter(|member| !goes_on(member));
        stopped.map(|member| member.future.handle().job().clone()).collect()
    }

    /// Those that have not ended are no longer in flight here.
    fn close(&mut self) -> BTreeMap<u64, Member<T, E>> {
        self.is_closed = true;
        self.ended.clear();
        let members = std::mem::take(&mut self.members);
        for member in members.values().filter(|member| !member.has_ended) {
            self.under_way.remove(&member.key);
            self.in_flight -= 1;
        }
        members
    }

    fn take_ended(&mut self) -> Option<GreenFuture<T, E>> {
        let number = self.ended.pop_front()?;
        Some(self.members.remove(&number)?.future)
    }

    fn has(&self, caller: Option<(u64, u64)>) -> bool {
        caller.is_some_and(|caller| self.under_way.contains(&caller))
    }

    fn is_quiet_but_for(&self, caller: Option<(u64, u64)>) -> bool {
        self.in_flight == usize::from(self.has(caller))
    }

    fn waits_for(&self, pool: u64) -> bool {
        self.under_way.range((pool, 0)..=(pool, u64::MAX)).next().is_some()
    }

    fn refuse_if_forked(&self) -> Result<(), WaitError> {
        let mut left = self.members.values().filter(|member| !member.has_ended);
        match left.next() {
            Some(member) => wait::refuse_if_forked(member.future.handle().job().core()),
            None => Ok(()),
        }
    }

    fn enter(&mut self, waker: &Waker) {
        if !self.waiting.iter().any(|other| other.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Place<'_, T, E> {
    /// *group-enter*: the member is made, and has not started.
    pub(super) fn fill(mut self, future: GreenFuture<T, E>, is_detached: bool) -> TaskHandle {
        self.is_filled = true;
        let handle = future.handle();
        let (number, is_stopped) = {
            let mut state = self.inner.state.lock();
            let number = state.enter_member(future, is_detached);
            (number, step::GROUP_STOP_RECHECK.holds(|| state.is_stopped))
        };
        let ticket = Waker::from(Arc::new(Ticket { inner: self.inner.clone(), number }));
        if handle.job().core().wake_when_ended(&ticket).is_none() {
            self.inner.member_ended(number);
        }
        if is_stopped && !is_detached {
            tree::cancel(handle.job());
        }
        handle
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for Place<'_, T, E> {
    fn drop(&mut self) {
        if !self.is_filled {
            let waiting = {
                let mut state = self.inner.state.lock();
                state.in_flight -= 1;
                std::mem::take(&mut state.waiting)
            };
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Drop for WaitingMember<'_, T, E> {
    fn drop(&mut self) {
        self.0.state.lock().waiting_members -= 1;
    }
}

impl<T: Send + 'static, E: Send + 'static> Hearer for Inner<T, E> {
    fn stop(&self) -> Vec<Job> {
        let (waiting, stopped) = {
            let mut state = self.state.lock();
            (std::mem::take(&mut state.waiting), state.stop())
        };
        // Those that wait for a place wait in vain.
        waiting.into_iter().for_each(Waker::wake);
        stopped
    }
}

impl<T: Send + 'static, E: Send + 'static> Wake for Ticket<T, E> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.inner.member_ended(self.number);
    }
}

fn key_of<T: Send + 'static, E: Send + 'static>(future: &GreenFuture<T, E>) -> (u64, u64) {
    let handle = future.handle();
    let core = handle.job().core();
    (core.pool(), core.id())
}
