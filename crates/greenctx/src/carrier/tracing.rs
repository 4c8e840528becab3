//! What the scheduler notes for a trace, and its answers to those who want one; see the module `trace`.

use std::sync::Arc;

use super::handle::Seat;
use super::scheduler::Scheduler;
use crate::context::Control;
use crate::identity::Identity;
use crate::trace::{LiveIdentity, LiveThread, Stop, Stopped, TraceRequest, What};

impl Scheduler<'_> {
    /// The thread in `seat` is about to run.
    #[cold]
    #[inline(never)]
    pub(super) fn trace_switch(&self, seat: u32) {
        let local = self.local;
        // One that has not run yet has assumed no identity.
        let control = self.control(seat);
        let identity = control.map_or(0, |control| control.role.identity_id());
        local.tracing().note(|recorder| {
            recorder.switch(seat, identity, |last| self.stopped(last));
        });
    }

    /// The scheduler is about to look around.
    #[cold]
    #[inline(never)]
    pub(super) fn trace_rest(&self) {
        let (local, figures) = (self.local, self.work.figures());
        let parked = local.counters().parked();
        local.tracing().note(|recorder| {
            recorder.rest(|last| self.stopped(last));
            recorder.levels(local.ready(), parked, figures);
        });
    }

    /// Why the thread in `seat`, which ran last, has stopped.
    fn stopped(&self, seat: u32) -> Stopped {
        let why = self.local.permits().stop_of(seat);
        let control = if why == Stop::Parked { self.control(seat) } else { None };
        (why, control.and_then(|control| control.reason.get()))
    }

    /// Notes what the scheduler itself does, if that is wanted.
    pub(super) fn note(&self, what: What) {
        if self.local.is_traced() {
            self.local.note(what);
        }
    }

    #[cold]
    pub(super) fn answer_trace(&self, request: TraceRequest) {
        let local = self.local;
        match request {
            TraceRequest::Start { records, answer } => {
                local.tracing().start(records);
                local.attention().set_traced(true);
                answer.give(());
            }
            TraceRequest::Stop => {
                if local.tracing().stop() {
                    local.attention().set_traced(false);
                }
            }
            TraceRequest::Snapshot { answer } => {
                let carrier = local.shared().name();
                answer.give(local.tracing().snapshot(carrier, || self.live_threads()));
            }
        }
    }

    fn live_threads(&self) -> Vec<LiveThread> {
        let seats = self.fibers.iter().enumerate();
        let live = seats.filter_map(|(seat, fiber)| Some((seat as u32, fiber.as_ref()?)));
        live.map(|(seat, fiber)| {
            let control = fiber.control();
            LiveThread {
                seat: Seat(seat),
                thread: self.local.permits().occupant(seat),
                name: control.and_then(|control| control.thread.name()).map(Arc::from),
                identity: control.and_then(live_identity),
            }
        })
        .collect()
    }
}

fn live_identity(control: &Control) -> Option<LiveIdentity> {
    let identity: &dyn Identity = control.role.present().identity()?;
    let label = identity.label();
    Some(LiveIdentity { id: identity.id(), name: label.name.map(Into::into), site: label.site })
}
