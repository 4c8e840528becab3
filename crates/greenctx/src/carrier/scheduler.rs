//! The loop of one carrier.
//!
//! In this order it takes:
//!
//! 1. the thread that the last one woke, at most 16 in a row;
//! 2. the ready queue;
//! 3. when these are empty, what it finds when it looks around: the inbox (taken whole), events of the
//!    reactor, timers that are due, work from outside;
//! 4. sleep.
//!
//! Every 61st pick begins with a look around. So threads that wake one another, or yield, for ever starve
//! nobody.

use std::collections::VecDeque;

use greenstd::bomb::Bomb;
use greenstd::step;
use greenstd::sync::Arc;
use greenstd::time;

use super::awake::Awake;
use super::idle_spin::IdleSpin;
use super::inbox::Message;
use super::local::{Local, Pick};
use super::report::{ThreadReport, Visit};
use super::spawner::Spawner;
use crate::context::{Control, Fiber, prefetch};
use crate::reactor::Reactor;
use crate::survey::SurveyRequest;
use crate::trace::What;
use crate::work::{Found, Work};

/// Picks between two looks at everything else. Prime, so as not to beat in step with a program.
const PICKS_PER_ROUND: u32 = 61;

pub(super) struct Scheduler<'a> {
    pub(super) local: &'a Local,
    reactor: Box<dyn Reactor>,
    pub(super) work: &'a mut dyn Work,
    /// By seat.
    pub(super) fibers: Vec<Option<Fiber>>,
    /// Kept for its capacity.
    mail: Vec<Message>,
    /// Requests that wait for their slice.
    surveys: VecDeque<Arc<SurveyRequest>>,
    /// Picks until the next look at everything else.
    picks_left: u32,
    awake: Awake,
    idle_spin: IdleSpin,
}

impl<'a> Scheduler<'a> {
    pub(super) fn new(local: &'a Local, reactor: Box<dyn Reactor>, work: &'a mut dyn Work) -> Self {
        Scheduler {
            local,
            reactor,
            work,
            fibers: Vec::new(),
            mail: Vec::new(),
            surveys: VecDeque::new(),
            picks_left: PICKS_PER_ROUND,
            awake: Awake::begin(),
            idle_spin: IdleSpin::default(),
        }
    }

    /// Runs until the work is exhausted and no green thread is left.
    pub(super) fn run(&mut self) {
        let bomb = Bomb::arm("the scheduler of a carrier");
        self.local.look_at_clock();
        loop {
            self.picks_left -= 1;
            if self.picks_left == 0 {
                self.picks_left = PICKS_PER_ROUND;
                self.look_around();
            }
            match self.local.pick() {
                Some(pick) => {
                    if self.local.is_traced() {
                        self.trace_switch(pick.seat);
                    }
                    self.resume(pick);
                }
                None if self.look_around() => {}
                None if self.is_finished() => break,
                None if self.local.trim_stacks() => {}
                None if self.idle_spin.pays(self.local.shared(), &self.awake) => {}
                None => self.sleep(),
            }
        }
        bomb.disarm();
    }

    #[inline]
    fn resume(&mut self, pick: Pick) {
        let Pick { seat, next, after } = pick;
        let fibers = &self.fibers;
        // A switch takes less time than one load from memory: ask for what the next ones will touch.
        if let Some(Some(next)) = fibers.get(next as usize) {
            next.prefetch();
        }
        if let Some(after) = fibers.get(after as usize) {
            prefetch((&raw const *after).cast());
        }
        let has_ended = match self.fibers.get_mut(seat as usize) {
            Some(Some(fiber)) => fiber.resume(),
            // It was spawned since the last look at those, or one would be here.
            _ => self.adopt_fresh(seat).resume(),
        };
        if has_ended {
            let fiber = self.fibers[seat as usize].take().expect("it was there a moment ago");
            self.local.recycle(seat, fiber.into_stack());
        }
    }

    /// Takes over all that were spawned; the one in `seat` is among them.
    #[cold]
    #[inline(never)]
    fn adopt_fresh(&mut self, seat: u32) -> &mut Fiber {
        let fibers = &mut self.fibers;
        self.local.take_fresh(|seat, fiber| {
            let index = seat as usize;
            if index >= fibers.len() {
                fibers.resize_with(index + 1, || None);
            }
            fibers[index] = Some(fiber);
        });
        self.fibers[seat as usize].as_mut().expect("a ready seat holds a green thread")
    }

    /// Looks at everything but the ready queue; whether something became ready.
    fn look_around(&mut self) -> bool {
        if self.local.is_traced() {
            self.trace_rest();
        }
        self.local.look_at_clock();
        // Answers before deadlines: when both are there, the answer wins.
        self.read_mail();
        // One slice, and then a turn for everything else.
        if let Some(request) = self.surveys.pop_front() {
            request.answer(self.local, &mut self.fibers);
        }
        if let Some(reactor) = self.local.take_new_reactor() {
            self.reactor = reactor;
        }
        self.reactor.poll();
        self.fire_timers();
        // After the events: a green thread that is ready goes before a new one.
        let found = self.work.find(&Spawner::new(self.local));
        self.local.ready_deferred();
        found == Found::Something || self.local.has_ready() || !self.surveys.is_empty()
    }

    fn read_mail(&mut self) {
        let shared = self.local.shared();
        if !shared.may_have_mail() {
            return;
        }
        let mut mail = std::mem::take(&mut self.mail);
        shared.take_mail(&mut mail);
        for message in mail.drain(..) {
            match message {
                Message::Look(seat) => self.look_at_permit(seat),
                Message::Nudge(seat) => self.local.unpark_occupant(seat),
                Message::Report(request) => request.answer(self.report()),
                Message::Visit(visit) => self.visit(visit),
                Message::Trace(request) => self.answer_trace(*request),
                Message::Survey(request) => self.surveys.push_back(request),
                Message::Stir(stirrer) => {
                    self.local.attention().set_stirrer(stirrer);
                    shared.watched().set_stirring();
                }
            }
        }
        self.mail = mail;
    }

    fn fire_timers(&mut self) {
        if !self.local.has_timers() {
            return;
        }
        // Told in their own terms once, and not for each: many are due at a time.
        let now = self.local.nanos(time::now());
        while let Some(seat) = self.local.pop_due(now) {
            self.local.time_out(seat);
        }
    }

    /// Step *remote-look* of the permit's protocol. A thread that has not run yet looks itself, when it
    /// first runs (*remote-start*).
    fn look_at_permit(&self, seat: u32) {
        if self.control(seat).is_some_and(|control| control.thread.remote_permit().look()) {
            self.local.unpark_occupant(seat);
        }
    }

    fn report(&self) -> Vec<ThreadReport> {
        self.fibers.iter().flatten().filter_map(Fiber::control).map(Control::report).collect()
    }

    fn visit(&self, Visit(mut look): Visit) {
        let bomb = Bomb::arm("a visit to the identities of a carrier");
        for control in self.fibers.iter().flatten().filter_map(Fiber::control) {
            control.role.each_identity(&mut *look);
        }
        drop(look);
        bomb.disarm();
    }

    pub(super) fn control(&self, seat: u32) -> Option<&Control> {
        self.fibers.get(seat as usize)?.as_ref()?.control()
    }

    fn is_finished(&self) -> bool {
        self.local.live() == 0 && self.work.is_exhausted()
    }

    fn sleep(&mut self) {
        let shared = self.local.shared();
        if shared.begin_sleep() {
            let has_work = self.work.recheck();
            if !has_work && !step::IDLE_FINISH_RECHECK.holds(|| self.is_finished()) {
                shared.counters().count_sleep();
                self.idle_spin.before_sleep();
                // sleep-wait, see `shared.rs`
                self.note(What::Sleeps);
                self.awake.pause(|| self.reactor.wait(self.local.next_due()));
                self.note(What::Wakes);
                self.idle_spin.after_sleep(shared);
                self.local.look_at_clock();
            }
            self.work.awake();
            shared.end_sleep();
        }
        // It was announced as asleep, if only for a moment.
        self.local.attention().stir();
    }
}

impl Drop for Scheduler<'_> {
    fn drop(&mut self) {
        let mut unfinished = self.fibers.drain(..).flatten().filter(|fiber| !fiber.has_ended());
        // The checkers abandon executions in the middle when a schedule fails.
        if cfg!(any(green_loom, green_shuttle)) {
            unfinished.for_each(std::mem::forget);
        } else if let Some(fiber) = unfinished.next() {
            std::mem::forget(fiber);
            eprintln!("greenpool: a carrier ended before its green threads; aborting");
            std::process::abort();
        }
    }
}
