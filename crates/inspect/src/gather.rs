//! Asking carriers, all at once, and taking their answers.

use std::time::Duration;

use executor::ExecutorHandle;
use greenctx::{CarrierHandle, NoAnswer, Slice, Survey, SurveyOptions, WaitMark};
use greenstd::time::{self, Instant};

use crate::ask::InspectOptions;
use crate::inspection::{CarrierReport, ThreadView};
use crate::stacks::Stacks;
use crate::view::view;
use crate::walk::Walker;

/// What the carriers of one executor have said.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) carriers: Vec<CarrierReport>,
    pub(crate) threads: Vec<(ThreadView, Option<WaitMark>)>,
    pub(crate) stacks: Stacks,
    pub(crate) is_cut_short: bool,
}

/// A carrier that is asked for one slice after the other.
struct Asked<'a> {
    executor: usize,
    handle: &'a CarrierHandle,
    survey: Survey,
    /// When the slice was asked for that comes next.
    asked_at: Instant,
    report: CarrierReport,
    has_said_all: bool,
}

impl Gathered {
    /// Whether each green thread is in it that there was all the while.
    pub(crate) fn is_complete(&self) -> bool {
        let is_whole = |carrier: &CarrierReport| carrier.has_answered && carrier.not_started == 0;
        !self.is_cut_short && self.carriers.iter().all(is_whole)
    }
}

/// Asks all carriers of `executors`, and takes what they say: for each executor, in their order.
///
/// All are asked before the first is waited for, and one slice of each is taken in turn. So those that do not answer
/// are waited for together.
pub(crate) fn gather(executors: &[ExecutorHandle], options: &InspectOptions) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = executors.iter().map(|_| Gathered::default()).collect();
    let mut walker = options.stacks.then(Walker::new);
    let running = executors.iter().enumerate().filter(|(_, executor)| !executor.has_ended());
    let mut asked: Vec<Asked<'_>> = running
        .flat_map(|(number, executor)| executor.carriers().map(move |carrier| (number, carrier)))
        .map(|(number, carrier)| Asked::ask(number, carrier, options))
        .collect();
    while asked.iter().any(|carrier| !carrier.has_said_all) {
        for carrier in asked.iter_mut().filter(|carrier| !carrier.has_said_all) {
            let into = &mut gathered[carrier.executor];
            carrier.take(into, walker.as_mut(), options);
        }
    }
    for carrier in asked {
        gathered[carrier.executor].carriers.push(carrier.report);
    }
    gathered
}

impl<'a> Asked<'a> {
    fn ask(executor: usize, handle: &'a CarrierHandle, options: &InspectOptions) -> Self {
        let survey = SurveyOptions::new().longer_than(options.longer_than);
        let survey = if options.stacks { survey } else { survey.without_stacks() };
        Asked {
            executor,
            handle,
            survey: handle.survey(survey),
            asked_at: time::now(),
            report: CarrierReport {
                name: handle.name().to_owned(),
                has_answered: true,
                running: None,
                not_started: 0,
            },
            has_said_all: false,
        }
    }

    /// Takes one slice.
    fn take(&mut self, into: &mut Gathered, walker: Option<&mut Walker>, options: &InspectOptions) {
        match self.survey.next(deadline(self.asked_at, options.patience)) {
            Ok(Some(slice)) => {
                self.asked_at = time::now();
                self.report.not_started += slice.not_started();
                self.has_said_all = !into.add(self.handle, slice, walker, options.limit);
            }
            Ok(None) => self.has_said_all = true,
            Err(NoAnswer) => {
                self.report.has_answered = false;
                self.report.running = self.handle.counters().running();
                self.has_said_all = true;
            }
        }
    }
}

fn deadline(asked_at: Instant, patience: Duration) -> Instant {
    asked_at.checked_add(patience).unwrap_or_else(time::now)
}

impl Gathered {
    /// Adds the threads of a slice; `false` if there are too many.
    fn add(
        &mut self,
        carrier: &CarrierHandle,
        slice: &Slice,
        mut walker: Option<&mut Walker>,
        limit: usize,
    ) -> bool {
        let mut addresses = Vec::new();
        for (thread, stack) in slice.iter() {
            if self.threads.len() >= limit {
                self.is_cut_short = true;
                return false;
            }
            let mut view = view(carrier, thread);
            if let (Some(walker), Some(stack)) = (&mut walker, stack) {
                walker.walk(&stack, &mut addresses);
                view.stack = Some(self.stacks.number_of(&addresses));
            }
            self.threads.push((view, thread.mark()));
        }
        true
    }
}
