//! The inside of a channel: its messages and the threads that wait for them, under one lock.
//!
//! # The way of a message
//!
//! A message goes straight to the receiver that has waited longest, into the node by which it waits. If none
//! waits, it goes into the queue, if there is room. Else its sender waits with the message in
//! its own node. A receiver takes the front of the queue, and moves the message of the sender that has waited
//! longest up to its end. If there is no queue (a rendezvous), it takes the message out of the sender's node.
//!
//! So a receiver waits only while the queue is empty and no sender waits, and a sender waits only while the
//! queue is full and no receiver waits. A thread that comes later cannot get ahead. Messages are moved under the
//! lock, never dropped or cloned there.
//!
//! A thread that is taken off a list finds its answer in its node, as a [`Parcel`]. For a receiver that is its
//! message, or nothing. For a sender it is nothing, or its message if the channel was closed. A receiver that finds
//! nothing looks again: either the channel is closed, or the message that it was promised has not come.
//!
//! # Senders that make their message when they are chosen
//!
//! A select does not have the message of a send before it has chosen it. Such a *late* sender waits with an
//! empty node, and is answered by a *promise*.
//!
//! | step | what it does |
//! | --- | --- |
//! | *promise-place* | where there is a queue: promises a place in it, counted in `promised`, and as good as taken |
//! | *promise-receiver* | at a rendezvous: promises a receiver, which goes into the batch `met` |
//! | *promise-keep* | the sender puts its message into the place, or hands it to the first receiver in `met` |
//! | *promise-break* | no message could be made: the place goes to the next sender, or the first in `met` gets nothing and looks again |
//!
//! At *promise-receiver*, a receiver that waits is taken off its list into `met`. Or a receiver that finds a late
//! sender waiting takes that off its list and puts itself into `met`. So `met` holds as many receivers as there are
//! unfulfilled promises, and which receiver is whose does not matter. A close leaves promises as they are: receivers
//! in `met` are still served, a place is worth nothing.
//!
//! *No receiver waits in `met` for nothing.* Each promise is kept or broken by its holder, at the latest in its
//! drop. The holder must not wait for that receiver meanwhile. The documentation says so where promises are made.
//!
//! # Before a wait
//!
//! A thread that has to wait may look once more first, after a pause: see [`second_look`]. It stands
//! in no list meanwhile.
//!
//! # Watchers
//!
//! A thread that waits for a channel to be *ready*, and does nothing else, stands in a list of its own. All threads in
//! it are woken whenever a message or a place comes, or another begins to wait at a rendezvous, and look again.

use std::collections::VecDeque;
#[cfg(not(any(green_loom, green_shuttle)))]
use std::mem::offset_of;
use std::panic::Location;

use greenctx::{Waiting, is_parking_forbidden, refuse_to_park};
use greenstd::atomic::{AtomicUsize, Ordering, fence};
use greenstd::panics::{Payload, contain, dispose};
#[cfg(not(any(green_loom, green_shuttle)))]
use greenstd::spin::SpinLock;
use greenstd::thread;
use greenstd::time::{self, Instant};

use super::error::{RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use super::second_look::{self, SecondLooks};
use super::timer::Timer;
use crate::giving_way::{begin_noted_operation, begin_operation};
use crate::monitor::{self, Batch, Entry, Monitor, Waited};

/// The lists of a channel.
pub(crate) const RECEIVERS: usize = 0;
pub(crate) const SENDERS: usize = 1;
pub(crate) const WATCHERS: usize = 2;
pub(crate) const LISTS: usize = 3;

/// What an empty queue keeps of its memory at most.
const KEPT_BYTES: usize = 64 * 1024;

/// What the lock of a channel guards.
///
/// The lock lies before it in the same line of the cache, together with what each send and each receive writes. The
/// lists come behind it. They are written only when a thread waits, so a stream of messages moves one line from one
/// processor to the other, and the messages.
#[repr(C)]
pub(crate) struct State<T> {
    queue: VecDeque<T>,
    capacity: usize,
    /// Places in the queue that late senders have.
    promised: usize,
    is_closed: bool,
    pub(super) second_looks: SecondLooks,
    /// Receivers that late senders have.
    met: Batch<Parcel<T>>,
    /// Messages that a select has received and not handed out yet.
    held: Vec<Option<T>>,
    /// Messages that come by the clock. Boxed to be thin: most channels have none.
    timer: Option<Box<Timer<T>>>,
}

#[cfg(not(any(green_loom, green_shuttle)))]
const _: () = assert!(
    size_of::<SpinLock>() + offset_of!(State<u8>, is_closed) < align_of::<Channel<u8>>(),
    "what each send and receive writes lies in one line with the lock"
);

/// What is in the node of a thread that waits.
pub(crate) enum Parcel<T> {
    Nothing,
    Message(T),
    /// For a late sender: it has a place, or a receiver.
    Promise,
}

impl<T> Parcel<T> {
    /// Takes the message out, if there is one.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<T> {
        match std::mem::replace(self, Parcel::Nothing) {
            Parcel::Message(message) => Some(message),
            Parcel::Nothing | Parcel::Promise => None,
        }
    }
}

impl<T> State<T> {
    /// A queue that may grow without limit keeps room for so many messages; what a burst took beyond that, it
    /// gives back.
    const KEPT: usize = {
        let size = size_of::<T>();
        if size == 0 { usize::MAX } else { KEPT_BYTES.div_ceil(size) }
    };

    /// A message was taken out. It shrinks so seldom that the moving costs each message less than growing did.
    #[inline]
    fn give_memory_back(&mut self) {
        if self.queue.capacity() > Self::KEPT && self.capacity == usize::MAX {
            self.shrink();
        }
    }

    /// Whether a message has come by the clock.
    fn is_due(&self) -> bool {
        self.timer.as_ref().is_some_and(|timer| timer.is_due())
    }

    /// When the next message comes by the clock, if one does: whoever waits is to look then.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.timer.as_ref()?.due()
    }

    /// Whether the queue has room, apart from what is promised.
    #[inline]
    fn has_place(&self) -> bool {
        self.queue.len() + self.promised < self.capacity
    }

    /// A thread of `side` has nothing to do but wait: whether it is to look again first.
    #[inline]
    fn looks_again(&mut self, side: usize) -> bool {
        second_look::is_worth_it(self.capacity) && self.second_looks.pays(side)
    }

    #[cold]
    fn shrink(&mut self) {
        let len = self.queue.len();
        if self.queue.capacity() > Self::KEPT.max(4 * len) {
            self.queue.shrink_to(Self::KEPT.max(2 * len));
        }
    }
}

pub(crate) type Inside<'a, T> = monitor::Inside<'a, State<T>, Parcel<T>, LISTS>;

/// What both halves of a channel share. It begins a line of the cache: see [`State`].
#[repr(C, align(64))]
pub(crate) struct Channel<T> {
    pub(crate) monitor: Monitor<State<T>, Parcel<T>, LISTS>,
    source: Source,
    /// How many there are of each half.
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

/// Where its messages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Senders,
    /// Nothing ever comes through it.
    Never,
    Clock,
}

/// What came of an attempt to receive without waiting.
pub(crate) enum Received<T> {
    Message(T),
    Closed,
    Empty,
    /// There is a late sender: to be met by [`meet`].
    Late,
}

/// What came of an attempt to send without waiting; the message comes back if it was not sent.
pub(crate) enum Sent<T> {
    Done,
    Closed(T),
    Full(T),
}

/// What came of an attempt to send a message that is made later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promised {
    Done,
    Closed,
    Full,
}

/// Takes the message whose turn it is.
#[inline(always)]
pub(crate) fn receive_now<T>(inside: &mut Inside<'_, T>) -> Received<T> {
    if let Some(message) = inside.state.queue.pop_front() {
        pass_place_on(inside);
        inside.state.give_memory_back();
        tell_watchers(inside);
        return Received::Message(message);
    }
    if inside.is_anybody_in(SENDERS) {
        return receive_from_first(inside);
    }
    if inside.state.is_closed {
        return Received::Closed;
    }
    if let Some(message) = inside.state.timer.as_mut().and_then(|timer| timer.take()) {
        return Received::Message(message);
    }
    begins_to_wait(inside);
    Received::Empty
}

/// Takes the message of the sender that waits first, past the queue.
#[inline(never)]
fn receive_from_first<T>(inside: &mut Inside<'_, T>) -> Received<T> {
    let has_message = matches!(inside.first(SENDERS), Some(Parcel::Message(_)));
    if has_message {
        let message = inside.take_first(SENDERS).and_then(Parcel::take);
        message.map_or(Received::Empty, Received::Message)
    } else if inside.state.capacity == 0 {
        Received::Late
    } else {
        // It is late and has no place yet: senders that have one come before it.
        Received::Empty
    }
}

/// *promise-receiver*: takes the first sender at a rendezvous; [`Late`](Received::Late) if that has no
/// message yet.
pub(crate) fn meet<T>(inside: &mut Inside<'_, T>) -> Received<T> {
    let Some(parcel) = inside.take_first(SENDERS) else {
        return receive_now(inside);
    };
    match parcel.take() {
        Some(message) => Received::Message(message),
        None => {
            *parcel = Parcel::Promise;
            Received::Late
        }
    }
}

/// Hands a message over, or queues it.
#[inline(always)]
pub(crate) fn send_now<T>(inside: &mut Inside<'_, T>, message: T) -> Sent<T> {
    if inside.state.is_closed {
        return Sent::Closed(message);
    }
    if let Some(parcel) = inside.take_first(RECEIVERS) {
        *parcel = Parcel::Message(message);
        return Sent::Done;
    }
    if inside.state.has_place() {
        inside.state.queue.push_back(message);
        tell_watchers(inside);
        return Sent::Done;
    }
    begins_to_wait(inside);
    Sent::Full(message)
}

/// *promise-place* or *promise-receiver*: promises the caller a place or a receiver.
pub(crate) fn promise_now<T>(inside: &mut Inside<'_, T>) -> Promised {
    if inside.state.is_closed {
        Promised::Closed
    } else if inside.state.capacity == 0 {
        match inside.take_first_to(RECEIVERS, met) {
            true => Promised::Done,
            false => Promised::Full,
        }
    } else if inside.state.has_place() {
        inside.state.promised += 1;
        Promised::Done
    } else {
        Promised::Full
    }
}

/// Whether a receive would not wait.
pub(crate) fn can_receive<T>(inside: &mut Inside<'_, T>) -> bool {
    if !inside.state.queue.is_empty() || inside.state.is_closed || inside.state.is_due() {
        return true;
    }
    let is_rendezvous = inside.state.capacity == 0;
    inside
        .first(SENDERS)
        .is_some_and(|parcel| is_rendezvous || matches!(parcel, Parcel::Message(_)))
}

/// Whether a send would not wait.
pub(crate) fn can_send<T>(inside: &mut Inside<'_, T>) -> bool {
    inside.state.is_closed || inside.state.has_place() || inside.is_anybody_in(RECEIVERS)
}

/// The receivers that late senders have.
pub(crate) fn met<T>(state: &mut State<T>) -> &mut Batch<Parcel<T>> {
    &mut state.met
}

/// A thread begins to wait, or may. At a rendezvous that makes its counterparts ready.
#[inline(always)]
pub(crate) fn begins_to_wait<T>(inside: &mut Inside<'_, T>) {
    if inside.state.capacity == 0 {
        tell_watchers(inside);
    }
}

/// A place in the queue is free: it goes to the sender that has waited longest.
#[inline(always)]
fn pass_place_on<T>(inside: &mut Inside<'_, T>) {
    if inside.is_anybody_in(SENDERS) {
        pass_place_to_first(inside);
    }
}

#[inline(never)]
fn pass_place_to_first<T>(inside: &mut Inside<'_, T>) {
    while inside.is_anybody_in(SENDERS) && inside.state.has_place() {
        let Some(parcel) = inside.take_first(SENDERS) else { return };
        let Some(message) = parcel.take() else {
            *parcel = Parcel::Promise;
            inside.state.promised += 1;
            return;
        };
        match inside.take_first(RECEIVERS) {
            // It needs no place.
            Some(parcel) => *parcel = Parcel::Message(message),
            None => return inside.state.queue.push_back(message),
        }
    }
}

/// Wakes the watchers, which look again.
#[inline(always)]
fn tell_watchers<T>(inside: &mut Inside<'_, T>) {
    if inside.is_anybody_in(WATCHERS) {
        tell_all_watchers(inside);
    }
}

#[cold]
fn tell_all_watchers<T>(inside: &mut Inside<'_, T>) {
    inside.take_all(WATCHERS);
}

impl<T> Channel<T> {
    /// A channel with one half of each kind. `queue` has room for what `capacity` says, or grows.
    pub(super) fn new(queue: VecDeque<T>, capacity: usize) -> Self {
        let state = State {
            queue,
            capacity,
            promised: 0,
            is_closed: false,
            second_looks: SecondLooks::default(),
            met: Batch::new(),
            held: Vec::new(),
            timer: None,
        };
        Channel {
            monitor: Monitor::new(state),
            source: Source::Senders,
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
        }
    }

    /// A channel whose only sender does not exist, so that it stays open.
    pub(super) fn never() -> Self {
        Channel { source: Source::Never, ..Channel::new(VecDeque::new(), 0) }
    }

    /// A channel whose messages come by the clock.
    pub(super) fn timed(timer: Timer<T>) -> Self {
        let channel = Channel { source: Source::Clock, ..Channel::new(VecDeque::new(), 1) };
        channel.monitor.enter(|inside| inside.state.timer = Some(Box::new(timer)));
        channel
    }

    pub(super) fn is_never(&self) -> bool {
        self.source == Source::Never
    }

    #[inline]
    #[track_caller]
    pub(super) fn send(
        &self,
        message: T,
        deadline: Option<Instant>,
    ) -> Result<(), SendTimeoutError<T>> {
        if let Err(interrupted) = begin_noted_operation(|| self.note(SENDERS)) {
            return Err(SendTimeoutError::Interrupted(interrupted, message));
        }
        self.send_at_once_or_wait::<true>(message, Location::caller(), deadline)
    }

    /// `LOOKS_AGAIN`: whether it may look again before it waits.
    #[inline(always)]
    fn send_at_once_or_wait<const LOOKS_AGAIN: bool>(
        &self,
        message: T,
        site: &'static Location<'static>,
        deadline: Option<Instant>,
    ) -> Result<(), SendTimeoutError<T>> {
        let what = Waiting::on("channel (send)").at(site);
        let waited = self.monitor.wait(what, deadline, |inside| match send_now(inside, message) {
            Sent::Full(message) if !LOOKS_AGAIN || !inside.state.looks_again(SENDERS) => {
                Entry::Wait { list: SENDERS, message: Parcel::Message(message) }
            }
            sent => Entry::Done(sent),
        });
        match waited {
            Waited::Done(Sent::Done) => Ok(()),
            Waited::Done(Sent::Closed(message)) => Err(SendTimeoutError::Disconnected(message)),
            Waited::Done(Sent::Full(message)) => self.send_after_a_pause(message, site, deadline),
            Waited::Woken(mut parcel) => match parcel.take() {
                None => Ok(()),
                Some(message) => Err(SendTimeoutError::Disconnected(message)),
            },
            Waited::TimedOut(message) => Err(SendTimeoutError::Timeout(kept(message))),
            Waited::Interrupted(interrupted, message) => {
                Err(SendTimeoutError::Interrupted(interrupted, kept(message)))
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn send_after_a_pause(
        &self,
        message: T,
        site: &'static Location<'static>,
        deadline: Option<Instant>,
    ) -> Result<(), SendTimeoutError<T>> {
        match self.look_again(SENDERS, |inside| send_now(inside, message)) {
            Sent::Done => Ok(()),
            Sent::Closed(message) => Err(SendTimeoutError::Disconnected(message)),
            Sent::Full(message) => self.send_at_once_or_wait::<false>(message, site, deadline),
        }
    }

    #[inline]
    pub(super) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        begin_operation();
        match self.monitor.enter(|inside| send_now(inside, message)) {
            Sent::Done => Ok(()),
            Sent::Closed(message) => Err(TrySendError::Disconnected(message)),
            Sent::Full(message) => Err(TrySendError::Full(message)),
        }
    }

    #[inline]
    #[track_caller]
    pub(super) fn receive(&self, deadline: Option<Instant>) -> Result<T, RecvTimeoutError> {
        begin_noted_operation(|| self.note(RECEIVERS)).map_err(RecvTimeoutError::Interrupted)?;
        self.receive_at_once_or_wait::<true>(Location::caller(), deadline)
    }

    /// `LOOKS_AGAIN`: whether it may look again before it waits.
    #[inline(always)]
    fn receive_at_once_or_wait<const LOOKS_AGAIN: bool>(
        &self,
        site: &'static Location<'static>,
        deadline: Option<Instant>,
    ) -> Result<T, RecvTimeoutError> {
        let what = Waiting::on("channel (receive)").at(site);
        loop {
            let until = self.look_at(deadline);
            let waited = self.monitor.wait(what, until, |inside| match receive_now(inside) {
                Received::Message(message) => Entry::Done(Received::Message(message)),
                Received::Closed => Entry::Done(Received::Closed),
                Received::Late => Entry::Done(Received::Late),
                Received::Empty if LOOKS_AGAIN && inside.state.looks_again(RECEIVERS) => {
                    Entry::Done(Received::Empty)
                }
                Received::Empty => Entry::Wait { list: RECEIVERS, message: Parcel::Nothing },
            });
            let received = match waited {
                Waited::Done(Received::Empty) => {
                    return self.receive_after_a_pause(site, deadline);
                }
                Waited::Done(Received::Late) if is_parking_forbidden() => refuse_to_park(),
                Waited::Done(Received::Late) => self.meet(),
                Waited::Done(received) => received,
                Waited::Woken(mut parcel) => {
                    parcel.take().map_or(Received::Empty, Received::Message)
                }
                Waited::TimedOut(_) if self.source == Source::Clock => {
                    match self.monitor.enter(receive_now) {
                        Received::Empty if time::has_passed(deadline) => {
                            return Err(RecvTimeoutError::Timeout);
                        }
                        received => received,
                    }
                }
                Waited::TimedOut(_) => return Err(RecvTimeoutError::Timeout),
                Waited::Interrupted(interrupted, _) => {
                    return Err(RecvTimeoutError::Interrupted(interrupted));
                }
            };
            match received {
                Received::Message(message) => return Ok(message),
                Received::Closed => return Err(RecvTimeoutError::Disconnected),
                // What was there for it has gone: look again.
                Received::Empty | Received::Late => {}
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn receive_after_a_pause(
        &self,
        site: &'static Location<'static>,
        deadline: Option<Instant>,
    ) -> Result<T, RecvTimeoutError> {
        match self.look_again(RECEIVERS, receive_now) {
            Received::Message(message) => Ok(message),
            Received::Closed => Err(RecvTimeoutError::Disconnected),
            Received::Empty | Received::Late => {
                self.receive_at_once_or_wait::<false>(site, deadline)
            }
        }
    }

    /// When a receiver that waits until `deadline` is to look again.
    #[inline]
    fn look_at(&self, deadline: Option<Instant>) -> Option<Instant> {
        match self.source {
            Source::Senders | Source::Never => deadline,
            Source::Clock => {
                let due = self.monitor.enter(|inside| inside.state.due());
                due.into_iter().chain(deadline).min()
            }
        }
    }

    #[inline]
    pub(super) fn try_receive(&self) -> Result<T, TryRecvError> {
        begin_operation();
        let mut received = self.monitor.enter(receive_now);
        // A sender that is found has a message in a moment.
        while matches!(received, Received::Late) && !is_parking_forbidden() {
            received = self.meet();
        }
        match received {
            Received::Message(message) => Ok(message),
            Received::Closed => Err(TryRecvError::Disconnected),
            Received::Empty | Received::Late => Err(TryRecvError::Empty),
        }
    }

    /// Waits for the message of a late sender; [`Empty`](Received::Empty) if there is none any more, and
    /// [`Late`](Received::Late) if it broke its promise.
    #[cold]
    fn meet(&self) -> Received<T> {
        let met = self.monitor.wait_taken(Parcel::Nothing, met, |inside| match meet(inside) {
            Received::Late => None,
            received => Some(received),
        });
        match met {
            Ok(received) => received,
            Err(mut parcel) => parcel.take().map_or(Received::Late, Received::Message),
        }
    }

    /// *promise-keep*; returns the message if the channel is closed.
    pub(crate) fn fulfil(&self, message: T) -> Result<(), T> {
        self.monitor.enter(|inside| {
            if let Some(parcel) = inside.release_first(met) {
                // It was promised a receiver: any of them will do.
                *parcel = Parcel::Message(message);
                return Ok(());
            }
            inside.state.promised -= 1;
            if inside.state.is_closed {
                return Err(message);
            }
            match inside.take_first(RECEIVERS) {
                Some(parcel) => {
                    *parcel = Parcel::Message(message);
                    // The place was not needed after all.
                    pass_place_on(inside);
                    tell_watchers(inside);
                }
                None => {
                    inside.state.queue.push_back(message);
                    tell_watchers(inside);
                }
            }
            Ok(())
        })
    }

    /// *promise-break*: the sender has no message.
    pub(crate) fn break_promise(&self) {
        self.monitor.enter(|inside| {
            if inside.release_first(met).is_some() {
                return;
            }
            inside.state.promised -= 1;
            if !inside.state.is_closed {
                pass_place_on(inside);
                tell_watchers(inside);
            }
        });
    }

    /// Keeps a message that was received until it is handed out; returns its number.
    pub(crate) fn hold(&self, message: T) -> usize {
        self.monitor.enter(|inside| {
            let held = &mut inside.state.held;
            let free = held.iter().position(Option::is_none).unwrap_or_else(|| {
                held.push(None);
                held.len() - 1
            });
            held[free] = Some(message);
            free
        })
    }

    /// Hands a message out.
    pub(crate) fn take_held(&self, number: usize) -> Option<T> {
        self.monitor.enter(|inside| inside.state.held.get_mut(number)?.take())
    }

    /// Puts a message back that was received and not handed out: it is the next one again.
    pub(crate) fn put_back(&self, number: usize) {
        self.monitor.enter(|inside| {
            let Some(message) = inside.state.held.get_mut(number).and_then(Option::take) else {
                return;
            };
            match inside.take_first(RECEIVERS) {
                Some(parcel) => *parcel = Parcel::Message(message),
                None => inside.state.queue.push_front(message),
            }
            tell_watchers(inside);
        });
    }

    /// Refuses all messages from now on, and wakes all threads that wait; returns whether it was open.
    pub(super) fn close(&self) -> bool {
        self.monitor.enter(|inside| {
            if inside.state.is_closed {
                return false;
            }
            inside.state.is_closed = true;
            inside.take_all(RECEIVERS);
            inside.take_all(SENDERS);
            inside.take_all(WATCHERS);
            true
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.monitor.enter(|inside| inside.state.is_closed)
    }

    /// How many messages are in the queue.
    pub(super) fn len(&self) -> usize {
        self.monitor.enter(|inside| inside.state.queue.len() + usize::from(inside.state.is_due()))
    }

    pub(super) fn is_full(&self) -> bool {
        self.monitor.enter(|inside| !inside.state.has_place() || inside.state.is_due())
    }

    /// How many messages have room in the queue; `None` if there is no limit.
    pub(super) fn capacity(&self) -> Option<usize> {
        let capacity = self.monitor.enter(|inside| inside.state.capacity);
        (capacity != usize::MAX).then_some(capacity)
    }

    pub(super) fn add_sender(&self) {
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_receiver(&self) {
        self.receivers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn drop_sender(&self) {
        if is_last(&self.senders) {
            self.close();
        }
    }

    /// The last receiver drops the messages that are left.
    pub(super) fn drop_receiver(&self) {
        if is_last(&self.receivers) {
            self.close();
            let unreceived = self.monitor.enter(|inside| std::mem::take(&mut inside.state.queue));
            drop_each(unreceived);
        }
    }
}

impl<T> Drop for State<T> {
    fn drop(&mut self) {
        drop_each(std::mem::take(&mut self.queue));
    }
}

/// Drops all messages, one by one, even if some of the drops panic. Then it panics as the first of these
/// did, unless that would end the process.
fn drop_each<T>(messages: VecDeque<T>) {
    if !std::mem::needs_drop::<T>() {
        return;
    }
    let mut first: Option<Payload> = None;
    for message in messages {
        if let Err(payload) = contain(|| drop(message)) {
            match &first {
                None => first = Some(payload),
                Some(_) => _ = dispose(payload),
            }
        }
    }
    match first {
        Some(payload) if !thread::panicking() => std::panic::resume_unwind(payload),
        payload => _ = dispose(payload),
    }
}

/// Counts one down; returns whether it was the last one.
fn is_last(count: &AtomicUsize) -> bool {
    let last = count.fetch_sub(1, Ordering::Release) == 1;
    if last {
        // What the others did to the channel before they counted down comes before what we do now.
        fence(Ordering::Acquire);
    }
    last
}

/// The message of a sender that has left the list: nobody has taken it.
fn kept<T>(mut message: Parcel<T>) -> T {
    message.take().expect("a sender that was not taken off the list has its message")
}
