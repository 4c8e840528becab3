//! The puller: it holds slots of the executor, and pulls as many jobs as it has slots.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use executor::sync::channel::{Receiver, Sender};
use executor::sync::{RecvTimeoutError, oneshot, unbounded};
use executor::{ExecutorHandle, Refusal, SubmitError, TaskHandle, shield};
use greenstd::sync::Arc;
use greenstd::time;

use super::running::{Assignment, Serving};
use crate::engine::{Again, Delivery, EngineError};

/// How many jobs are pulled at once at most.
const BATCH: usize = 256;
/// How long a pull waits, and how long it waits for room in the executor, before it looks round.
const WAIT: Duration = Duration::from_millis(500);
/// How long it waits after a pull that failed.
const PAUSE: Duration = Duration::from_millis(200);

/// What the puller hears of.
pub(super) enum Event {
    /// *seat*: a runner holds a slot.
    Seat(Seat),
    /// *leave*: a runner has ended, or will never start.
    Left(Stage),
    /// The worker is to end.
    Drain,
}

/// A runner that holds a slot and waits for a job.
pub(super) struct Seat {
    number: u64,
    give: oneshot::Sender<Assignment>,
}

/// How far a runner came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Reserved { number: u64 },
    Seated,
    Busy,
}

/// Tells the puller of a runner's end, by its drop.
struct Presence {
    events: Sender<Event>,
    stage: Stage,
}

/// The loop that pulls, and what it counts.
pub(super) struct Puller<'w> {
    executor: &'w ExecutorHandle,
    serving: &'w Arc<Serving>,
    sender: Sender<Event>,
    events: Receiver<Event>,
    /// How many runners and seats there should be.
    want: usize,
    /// Runners that have not started.
    reserved: HashMap<u64, TaskHandle>,
    /// Those of seats, until they have a job.
    seated: HashMap<u64, TaskHandle>,
    seats: VecDeque<Seat>,
    /// Runners that have a job.
    busy: usize,
    numbers: u64,
    is_drained: bool,
}

impl<'w> Puller<'w> {
    pub(super) fn new(executor: &'w ExecutorHandle, serving: &'w Arc<Serving>) -> Self {
        let (sender, events) = unbounded();
        serving.control().listen(sender.clone());
        Puller {
            executor,
            serving,
            sender,
            events,
            want: 1,
            reserved: HashMap::new(),
            seated: HashMap::new(),
            seats: VecDeque::new(),
            busy: 0,
            numbers: 0,
            is_drained: false,
        }
    }

    /// Pulls until the worker is drained, and then until all that runs has ended.
    pub(super) fn pull(mut self) -> Result<(), EngineError> {
        let mut pulled = Ok(());
        while !self.is_drained && !self.serving.control().is_draining() {
            if let Err(error) = self.round() {
                pulled = Err(error);
                break;
            }
        }
        // Whoever cancels this thread wants an end, but an orderly one.
        shield(|| self.end());
        match pulled {
            Err(EngineError::Closed | EngineError::Interrupted(_)) => Ok(()),
            pulled => pulled,
        }
    }

    fn round(&mut self) -> Result<(), EngineError> {
        self.reserve();
        // A shutdown waits for those that sit here.
        self.is_drained |= !self.executor.alive();
        if self.is_drained {
            return Ok(());
        }
        if self.seats.is_empty() {
            return self.hear(WAIT);
        }
        self.hear_all();
        let asked = self.seats.len();
        match self.serving.queue().fetch(asked, WAIT) {
            Ok(deliveries) => {
                let got = deliveries.len();
                self.serving.work().pulled.add(got as u64);
                deliveries.into_iter().for_each(|delivery| self.hand_out(delivery));
                self.adapt(asked, got);
                Ok(())
            }
            Err(error) if error.may_be_repeated() => self.hear(PAUSE),
            Err(error) => Err(error),
        }
    }

    /// *reserve*
    fn reserve(&mut self) {
        let concurrency = self.serving.limits().concurrency;
        loop {
            let held = self.reserved.len() + self.seats.len();
            if held >= self.want || held + self.busy >= concurrency {
                return;
            }
            match self.submit_runner(held == 0 && self.busy == 0) {
                Ok(()) => {}
                // There is no room; those that are there will do, or it is tried again.
                Err(Refusal::Rejected | Refusal::TimedOut | Refusal::WouldDeadlock) => return,
                Err(_) => return self.is_drained = true,
            }
        }
    }

    /// Submits a runner. With none, and nothing that will end, it waits for room.
    fn submit_runner(&mut self, waits: bool) -> Result<(), Refusal> {
        self.numbers += 1;
        let number = self.numbers;
        let presence = Presence { events: self.sender.clone(), stage: Stage::Reserved { number } };
        let serving = self.serving.clone();
        let runner = move || presence.run(number, &serving);
        let job = self.executor.job().name(self.serving.queue().name());
        let job = if waits { job.wait_timeout(WAIT) } else { job };
        let future = job.fallible().submit(runner).map_err(SubmitError::without_job)?;
        self.reserved.insert(number, future.handle());
        Ok(())
    }

    /// Twice the seats after a pull that filled all, and else as many as it filled, but one at least.
    fn adapt(&mut self, asked: usize, got: usize) {
        if got == asked {
            self.want = (self.want * 2).min(BATCH);
            return;
        }
        self.want = got.max(1);
        // Local jobs that wait come first; the next runner queues up behind them.
        let keep = if self.executor.queue_size() == 0 { self.want } else { 0 };
        while self.seats.len() > keep {
            self.give_up_seat();
        }
    }

    fn give_up_seat(&mut self) {
        if let Some(seat) = self.seats.pop_back() {
            self.seated.remove(&seat.number);
        }
    }

    /// *hand out*
    fn hand_out(&mut self, delivery: Delivery) {
        let mut delivery = delivery;
        while let Some(seat) = self.seats.pop_front() {
            let Some(task) = self.seated.remove(&seat.number) else { continue };
            match seat.give.send(Assignment { delivery, task }) {
                Ok(()) => return self.busy += 1,
                // It was cancelled while it waited.
                Err(back) => delivery = back.delivery,
            }
        }
        self.serving.give_back(&delivery, &Again::GivenBack);
    }

    /// Waits for what happens next.
    fn hear(&mut self, limit: Duration) -> Result<(), EngineError> {
        match self.events.recv_timeout(limit) {
            Ok(event) => {
                self.note(event);
                self.hear_all();
                Ok(())
            }
            Err(RecvTimeoutError::Interrupted(interrupted)) => Err(interrupted.into()),
            Err(_) => Ok(()),
        }
    }

    /// What has happened since.
    fn hear_all(&mut self) {
        loop {
            match self.events.try_recv() {
                Ok(event) => self.note(event),
                Err(_) => return,
            }
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Seat(seat) => {
                if let Some(task) = self.reserved.remove(&seat.number) {
                    self.seated.insert(seat.number, task);
                    self.seats.push_back(seat);
                }
            }
            Event::Left(Stage::Reserved { number }) => _ = self.reserved.remove(&number),
            Event::Left(Stage::Seated) => {}
            Event::Left(Stage::Busy) => self.busy -= 1,
            Event::Drain => self.is_drained = true,
        }
    }

    /// Lets what runs end, and gives up the rest.
    fn end(&mut self) {
        let until = self.serving.control().drain_limit().and_then(time::after);
        self.want = 0;
        let mut is_over = false;
        loop {
            while !self.seats.is_empty() {
                self.give_up_seat();
            }
            for task in self.reserved.values() {
                task.cancel();
            }
            if self.busy == 0 && self.reserved.is_empty() {
                return;
            }
            if !is_over && time::has_passed(until) {
                is_over = true;
                self.serving.cancel_all();
            }
            let _ = self.hear(WAIT.min(until.map_or(WAIT, time::until)).max(PAUSE / 10));
        }
    }
}

impl Presence {
    /// The runner.
    fn run(mut self, number: u64, serving: &Arc<Serving>) -> Result<(), ()> {
        let (give, take) = oneshot();
        // A runner that has started is not reserved any more, also if the puller has ended.
        if self.events.send(Event::Seat(Seat { number, give })).is_err() {
            return Ok(());
        }
        self.stage = Stage::Seated;
        // The seat may be given up, or the runner cancelled.
        let Ok(assignment) = take.recv() else { return Ok(()) };
        self.stage = Stage::Busy;
        serving.run(assignment)
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ = self.events.try_send(Event::Left(self.stage));
    }
}
