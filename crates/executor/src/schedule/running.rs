//! A schedule that lives: its course, its clock, and the jobs that are its runs.
//!
//! One lock holds what changes. No foreign code runs under it: neither the function of the schedule, nor its drop, nor
//! the rejection hook. Under it the timekeeper's book may be locked, and never the other way round.
//!
//! *look*: the timekeeper, whose alarm has come, advances the course, and submits the runs that it is given. It alone
//! does so. Each run has a callback, which tells the course that the run has ended, in whatever way: so a run that is
//! cancelled in the backlog ends like any other, and the next one follows. Every change sets the alarm anew, under the
//! lock: so the alarm is always that of the present course.

use std::ops::ControlFlow;
use std::panic::Location;
use std::task::Waker;

use greenctx::Waiting;
use greenstd::panics;
use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use super::course::{Course, Policies, Run, Stage};
use super::delay::Moment;
use super::error::ScheduleError;
use super::line::Line;
use super::rule::{Nanos, Rule};
use super::statistics::{Record, ScheduleStatistics};
use super::tick::{RunResult, Tick};
use crate::admission;
use crate::admission::refusal::Refusal;
use crate::error::WaitError;
use crate::executor::ExecutorHandle;
use crate::future::task_handle::{TaskHandle, TaskOutcome};
use crate::limits::Limits;
use crate::placing::Anywhere;
use crate::task::Fallible;
use crate::waiting::waiter::Waiter;

/// What a schedule begins with.
pub(super) struct Plan {
    pub(super) rule: Rule,
    pub(super) line: Line,
    pub(super) policies: Policies,
    pub(super) name: Option<Arc<str>>,
    pub(super) limits: Limits,
    pub(super) site: &'static Location<'static>,
}

/// What its handles, its runs and the timekeeper share.
pub(crate) struct Running {
    number: u64,
    executor: ExecutorHandle,
    line: Line,
    name: Option<Arc<str>>,
    limits: Limits,
    site: &'static Location<'static>,
    state: Mutex<State>,
}

struct State {
    course: Course,
    record: Record,
    /// Submits a run. Gone once the schedule has ended, and with it the user's function.
    submit: Option<Submit>,
    alarm: Moment,
    runs: Vec<TaskHandle>,
    last: Option<TaskOutcome>,
    waiting: Vec<Waker>,
}

type Submit = Arc<dyn Fn(&Arc<Running>, Run) -> Result<TaskHandle, Refusal> + Send + Sync>;

impl Running {
    pub(super) fn begin<F, R>(
        executor: &ExecutorHandle,
        plan: Plan,
        is_enabled: bool,
        run: F,
    ) -> Result<Arc<Running>, ScheduleError>
    where
        F: Fn(&Tick) -> R + Send + Sync + 'static,
        R: RunResult,
    {
        let Plan { rule, line, policies, name, limits, site } = plan;
        let run = Arc::new(run);
        let submit: Submit = Arc::new(move |schedule, next| schedule.submit(next, run.clone()));
        let make = |number| {
            Arc::new(Running {
                number,
                executor: executor.clone(),
                line,
                name,
                limits,
                site,
                state: Mutex::new(State {
                    course: Course::new(rule, policies),
                    record: Record::new(),
                    submit: Some(submit),
                    alarm: Moment::Never,
                    runs: Vec::new(),
                    last: None,
                    waiting: Vec::new(),
                }),
            })
        };
        let pool = executor.pool();
        let schedule =
            pool.timekeeper().enter_schedule(pool, make).map_err(ScheduleError::Refused)?;
        if is_enabled {
            schedule.change(Course::resume);
        }
        Ok(schedule)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whether this process is a fork: its locks may be held by threads that are not there.
    pub(super) fn is_forked(&self) -> bool {
        self.executor.pool().is_forked()
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(super) fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// Changes the course, and sets the alarm for what comes next.
    pub(super) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut Course, Nanos) -> T) -> T {
        let (changed, garbage) = {
            let mut state = self.state.lock();
            let changed = change(&mut state.course, self.line.now());
            (changed, self.settle(&mut state))
        };
        garbage.dispose(self);
        changed
    }

    /// Under the lock, after each change.
    fn settle(self: &Arc<Self>, state: &mut State) -> Garbage {
        let next = self.line.look_at(state.course.wakes_at());
        if next != state.alarm || next != Moment::Never {
            let timekeeper = self.executor.pool().timekeeper();
            timekeeper.set_alarm(self, state.alarm, next);
            state.alarm = next;
        }
        let has_ended = state.course.stage() == Stage::Ended;
        let is_over = state.course.is_over();
        Garbage {
            submit: if has_ended { state.submit.take() } else { None },
            wakers: if is_over { std::mem::take(&mut state.waiting) } else { Vec::new() },
        }
    }

    pub(super) fn with_course<T>(&self, look: impl FnOnce(&Course) -> T) -> T {
        look(&self.state.lock().course)
    }

    /// The executor closes, or the user has had enough.
    pub(crate) fn end(self: &Arc<Self>) {
        self.change(|course, _| course.end());
    }

    /// *look*: by the timekeeper.
    pub(crate) fn look(self: &Arc<Self>) {
        let (starts, submit, garbage) = {
            let mut state = self.state.lock();
            let starts = state.course.advance(self.line.now());
            let garbage = self.settle(&mut state);
            (starts, state.submit.clone(), garbage)
        };
        garbage.dispose(self);
        let Some(submit) = submit else { return };
        for run in starts {
            match submit(self, run) {
                Ok(handle) => self.accepted(&handle),
                Err(reason) => self.refused(run, reason),
            }
        }
        // Meanwhile the schedule may have ended, and this be the last that holds the function.
        dispose(submit);
    }

    /// Submits a run as a job.
    fn submit<F, R>(self: &Arc<Self>, run: Run, function: Arc<F>) -> Result<TaskHandle, Refusal>
    where
        F: Fn(&Tick) -> R + Send + Sync + 'static,
        R: RunResult,
    {
        let schedule = self.clone();
        let job = move || {
            let (tick, start) = (schedule.start(run), time::now());
            let result = function(&tick).into_result();
            schedule.returned(matches!(result, Ok(ControlFlow::Break(()))), start);
            result
        };
        let future = self.executor.enter::<Fallible, _, _>(
            job,
            self.site,
            self.name.clone(),
            self.limits.starting_now(),
            Anywhere,
            admission::admit,
        );
        future.map(|future| future.handle()).map_err(|refused| refused.reason())
    }

    fn accepted(self: &Arc<Self>, handle: &TaskHandle) {
        {
            let mut state = self.state.lock();
            state.course.accepted();
            state.runs.push(handle.clone());
        }
        let schedule = self.clone();
        // At once, if it has ended already.
        handle.add_done_callback(move |handle| schedule.ended(handle));
    }

    fn refused(self: &Arc<Self>, run: Run, reason: Refusal) {
        let is_for_good = reason != Refusal::Rejected;
        self.state.lock().record.counts.refused += 1;
        self.change(|course, now| {
            course.refuse(run, now);
            if is_for_good {
                course.end();
            }
        });
    }

    /// By the run, as it starts.
    fn start(&self, run: Run) -> Tick {
        let lateness = self.line.since(run.due);
        let due = self.line.wall_time(run.due);
        let state = self.state.lock();
        state.record.started(lateness);
        Tick { due, lateness, missed: run.missed, run: run.number, last: state.last }
    }

    /// By the run, which has not panicked.
    fn returned(self: &Arc<Self>, has_broken_off: bool, start: Instant) {
        self.state.lock().record.counts.run_time += time::since(start);
        if has_broken_off {
            self.end();
        }
    }

    /// The callback of a run.
    fn ended(self: &Arc<Self>, handle: &TaskHandle) {
        let outcome = handle.outcome().unwrap_or(TaskOutcome::Abandoned);
        let has_failed =
            matches!(outcome, TaskOutcome::Failed | TaskOutcome::TimedOut | TaskOutcome::Panicked);
        let garbage = {
            let mut state = self.state.lock();
            state.record.ended(outcome);
            state.last = Some(outcome);
            state.runs.retain(|run| run != handle);
            state.course.ended(has_failed, self.line.now());
            self.settle(&mut state)
        };
        garbage.dispose(self);
    }

    pub(super) fn runs(&self) -> Vec<TaskHandle> {
        self.state.lock().runs.clone()
    }

    pub(super) fn statistics(&self) -> ScheduleStatistics {
        let mut state = self.state.lock();
        state.record.counts.skipped = state.course.skipped;
        state.record.counts.missed = state.course.missed;
        state.record.snapshot(state.course.given_out())
    }

    /// Waits until the schedule and its runs have ended.
    #[track_caller]
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Result<(), WaitError> {
        if self.is_forked() {
            return Err(WaitError::Forked);
        }
        // A worker of the executor counts as waiting, so that another one may start for the runs.
        let waiter = Waiter::for_tasks_of(self.executor.pool().id());
        {
            let mut state = self.state.lock();
            if state.course.is_over() {
                return Ok(());
            }
            state.waiting.push(waiter.waker().clone());
        }
        let what = Waiting::on("the end of a schedule")
            .with_object(std::ptr::from_ref(self).addr())
            .at(Location::caller());
        let is_over = || self.with_course(Course::is_over).then_some(());
        let waited = waiter.wait(what, deadline, is_over);
        if waited.is_err() {
            self.state.lock().waiting.retain(|waker| !waker.will_wake(waiter.waker()));
        }
        waited
    }
}

/// What is to be done once the lock is free.
struct Garbage {
    submit: Option<Submit>,
    wakers: Vec<Waker>,
}

impl Garbage {
    fn dispose(self, schedule: &Running) {
        if let Some(submit) = self.submit {
            schedule.executor.pool().timekeeper().forget_schedule(schedule.number);
            dispose(submit);
        }
        self.wakers.into_iter().for_each(Waker::wake);
    }
}

/// The user's function may be dropped here: foreign code, whose panic ends here.
fn dispose(submit: Submit) {
    if let Err(payload) = panics::contain(|| drop(submit)) {
        panics::dispose(payload);
    }
}
