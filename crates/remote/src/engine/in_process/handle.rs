//! A queue with a lock around it, and those that wait for something of it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::Duration;

use executor::sync::Event;
use greenstd::sync::{Arc, Mutex};

use super::Moment;
use super::book::Book;
use super::clock::{Clock, Listener};
use crate::engine::{
    Again, Answer, Cancelled, Counts, DeadLetter, Delivery, EngineError, EngineQueue, Envelope,
    JobId, Lease, LeaseState, Outcome, QueueOptions, Submitted,
};

/// A queue, which all its handles share.
pub(super) struct Shared {
    name: String,
    options: QueueOptions,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    book: Book,
    /// Those that wait for jobs, the first one first.
    fetchers: VecDeque<(u64, Arc<Event>)>,
    handles: HashMap<u64, Inbox>,
    /// Which handles watch which job.
    watchers: HashMap<JobId, Vec<u64>>,
    /// The next alarm when somebody was last told of it.
    known_alarm: Option<Moment>,
    numbers: u64,
}

/// What one handle has to come.
#[derive(Default)]
struct Inbox {
    results: VecDeque<(JobId, Outcome)>,
    waiting: Vec<Arc<Event>>,
    is_closed: bool,
}

/// For what somebody waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Jobs,
    Results,
}

/// One handle of a queue.
pub(super) struct Handle {
    shared: Arc<Shared>,
    number: u64,
}

impl Shared {
    pub(super) fn new(name: &str, options: QueueOptions, clock: Clock) -> Arc<Self> {
        let state = State {
            book: Book::new(options.clone()),
            fetchers: VecDeque::new(),
            handles: HashMap::new(),
            watchers: HashMap::new(),
            known_alarm: None,
            numbers: 0,
        };
        let state = Mutex::new(state);
        let shared = Arc::new(Shared { name: name.to_owned(), options, clock, state });
        let listener: Arc<dyn Listener> = shared.clone();
        shared.clock.tell(Arc::downgrade(&listener));
        shared
    }

    /// One step of the book, after what has become due. Then whoever it concerns is woken.
    fn step<T>(&self, step: impl FnOnce(&mut State, Moment) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.state.lock();
        state.book.settle(now);
        state.distribute();
        let done = step(&mut state, now);
        state.wake_concerned();
        done
    }
}

impl Listener for Shared {
    fn clock_was_turned(&self) {
        self.step(|state, _| {
            // The time limits of waits go by this clock too.
            state.wake_all();
        });
    }
}

impl State {
    /// Gives results to those that watch them.
    fn distribute(&mut self) {
        for (id, outcome) in self.book.take_ended() {
            for handle in self.watchers.remove(&id).unwrap_or_default() {
                let Some(inbox) = self.handles.get_mut(&handle) else { continue };
                inbox.results.push_back((id.clone(), outcome.clone()));
                inbox.waiting.drain(..).for_each(|event| event.set());
            }
        }
    }

    fn wake_concerned(&mut self) {
        self.distribute();
        for _ in 0..self.book.num_ready() {
            let Some((_, event)) = self.fetchers.pop_front() else { break };
            event.set();
        }
        let next = self.book.next_alarm();
        let comes_sooner =
            next.is_some_and(|next| self.known_alarm.is_none_or(|known| next < known));
        self.known_alarm = next;
        if comes_sooner {
            self.wake_all();
        }
    }

    /// Wakes all that sleep: each will sleep until the next alarm. Whoever leaves earlier leaves no gap.
    fn wake_all(&mut self) {
        self.fetchers.drain(..).for_each(|(_, event)| event.set());
        let waiting = self.handles.values_mut().flat_map(|inbox| inbox.waiting.drain(..));
        waiting.for_each(|event| event.set());
    }

    fn enter_waiting(&mut self, handle: u64, what: For) -> Arc<Event> {
        let event = Arc::new(Event::new());
        match what {
            For::Jobs => self.fetchers.push_back((handle, event.clone())),
            For::Results => self.inbox(handle).waiting.push(event.clone()),
        }
        event
    }

    fn leave_waiting(&mut self, handle: u64, event: &Arc<Event>) {
        self.fetchers.retain(|(_, other)| !Arc::ptr_eq(other, event));
        self.inbox(handle).waiting.retain(|other| !Arc::ptr_eq(other, event));
    }

    fn inbox(&mut self, handle: u64) -> &mut Inbox {
        self.handles.entry(handle).or_default()
    }
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let number = shared.step(|state, _| {
            state.numbers += 1;
            let number = state.numbers;
            state.handles.insert(number, Inbox::default());
            number
        });
        Handle { shared, number }
    }

    /// Takes something for at most `wait`; nothing if there was none in that time.
    fn take<T>(
        &self,
        what: For,
        wait: Duration,
        take: impl Fn(&mut State, Moment) -> Vec<T>,
    ) -> Result<Vec<T>, EngineError> {
        let until = self.shared.clock.now().saturating_add(wait);
        let mut entered: Option<Arc<Event>> = None;
        loop {
            // *look*, and *enter* under the same lock.
            let (taken, sleep_until) = self.shared.step(|state, now| {
                if let Some(event) = &entered {
                    state.leave_waiting(self.number, event);
                }
                if state.inbox(self.number).is_closed {
                    return (Err(EngineError::Closed), now);
                }
                let taken = take(state, now);
                if !taken.is_empty() || now >= until {
                    return (Ok(taken), now);
                }
                entered = Some(state.enter_waiting(self.number, what));
                let alarm = state.book.next_alarm();
                (Ok(taken), alarm.map_or(until, |alarm| alarm.min(until)))
            });
            let taken = taken?;
            if !taken.is_empty() || self.shared.clock.now() >= until {
                return Ok(taken);
            }
            let Some(event) = &entered else { return Ok(taken) };
            // *sleep*
            let slept = match self.shared.clock.until(sleep_until) {
                Some(time) => event.wait_timeout(time).map(|_| ()),
                None => event.wait(),
            };
            if let Err(interrupted) = slept {
                // *pass on*, by the step itself.
                self.shared.step(|state, _| state.leave_waiting(self.number, event));
                return Err(interrupted.into());
            }
        }
    }
}

impl EngineQueue for Handle {
    fn name(&self) -> &str {
        &self.shared.name
    }

    fn options(&self) -> &QueueOptions {
        &self.shared.options
    }

    fn submit(&self, envelope: &Envelope) -> Result<Submitted, EngineError> {
        Ok(self.shared.step(|state, now| state.book.submit(now, envelope)))
    }

    fn fetch(&self, max: usize, wait: Duration) -> Result<Vec<Delivery>, EngineError> {
        self.take(For::Jobs, wait, |state, now| state.book.fetch(now, max))
    }

    fn extend(&self, leases: &[Lease]) -> Result<Vec<LeaseState>, EngineError> {
        Ok(self
            .shared
            .step(|state, now| leases.iter().map(|lease| state.book.extend(now, lease)).collect()))
    }

    fn complete(&self, lease: &Lease, outcome: &Outcome) -> Result<Answer, EngineError> {
        Ok(self.shared.step(|state, now| state.book.complete(now, lease, outcome)))
    }

    fn again(&self, lease: &Lease, after: Duration, why: &Again) -> Result<Answer, EngineError> {
        Ok(self.shared.step(|state, now| state.book.again(now, lease, after, why)))
    }

    fn bury(&self, delivery: &Delivery, outcome: &Outcome) -> Result<Answer, EngineError> {
        Ok(self.shared.step(|state, now| state.book.bury(now, &delivery.lease, outcome)))
    }

    fn watch(&self, id: &JobId) {
        self.shared.step(|state, now| match state.book.result(now, id) {
            Some(outcome) => {
                let inbox = state.inbox(self.number);
                inbox.results.push_back((id.clone(), outcome));
                inbox.waiting.drain(..).for_each(|event| event.set());
            }
            None => state.watchers.entry(id.clone()).or_default().push(self.number),
        });
    }

    fn unwatch(&self, id: &JobId) {
        self.shared.step(|state, _| {
            let Some(watchers) = state.watchers.get_mut(id) else { return };
            if let Some(place) = watchers.iter().position(|watcher| *watcher == self.number) {
                watchers.swap_remove(place);
            }
            if watchers.is_empty() {
                state.watchers.remove(id);
            }
        });
    }

    fn results(&self, max: usize, wait: Duration) -> Result<Vec<(JobId, Outcome)>, EngineError> {
        self.take(For::Results, wait, |state, _| {
            let results = &mut state.inbox(self.number).results;
            let count = max.min(results.len());
            results.drain(..count).collect()
        })
    }

    fn result(&self, id: &JobId) -> Result<Option<Outcome>, EngineError> {
        Ok(self.shared.step(|state, now| state.book.result(now, id)))
    }

    fn cancel(&self, id: &JobId) -> Result<Cancelled, EngineError> {
        Ok(self.shared.step(|state, now| state.book.cancel(now, id)))
    }

    fn dead(&self, max: usize) -> Result<Vec<DeadLetter>, EngineError> {
        Ok(self.shared.step(|state, now| state.book.dead(now, max)))
    }

    fn retry_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        Ok(self.shared.step(|state, now| state.book.retry_dead(now, id)))
    }

    fn drop_dead(&self, id: &JobId) -> Result<bool, EngineError> {
        Ok(self.shared.step(|state, now| state.book.drop_dead(now, id)).is_some())
    }

    fn counts(&self) -> Result<Counts, EngineError> {
        Ok(self.shared.step(|state, now| state.book.counts(now)))
    }

    fn stop_waiting(&self) {
        self.shared.step(|state, _| {
            let inbox = state.inbox(self.number);
            inbox.is_closed = true;
            inbox.waiting.drain(..).for_each(|event| event.set());
            state.fetchers.retain(|(handle, event)| {
                let is_ours = *handle == self.number;
                if is_ours {
                    event.set();
                }
                !is_ours
            });
        });
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.step(|state, _| state.handles.remove(&self.number));
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InProcess").field(&self.shared.name).finish()
    }
}
