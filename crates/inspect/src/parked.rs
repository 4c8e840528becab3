//! What green threads wait for, by reason: counted while the carriers are asked, without a look at stacks.
//!
//! An inspection describes every thread. This counts them, and describes only those that have waited longest. So it may be
//! asked for each second.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use executor::ExecutorHandle;
use greenctx::{CarrierHandle, Survey, SurveyOptions, SurveyedState, SurveyedThread};
use greenstd::time::{self, Instant};

use crate::inspection::{CarrierReport, ThreadView};
use crate::resolve;
use crate::view::view;

/// So many threads that have waited longest are described.
const LONGEST: usize = 20;

/// What a worker without a job waits for.
const NEXT_JOB: &str = "the next job";

/// What an executor's green threads wait for.
#[derive(Default)]
pub(crate) struct Parked {
    pub(crate) carriers: Vec<CarrierReport>,
    /// By what they wait for: how many threads, and the longest time.
    pub(crate) reasons: BTreeMap<&'static str, (u64, Duration)>,
    /// Threads that are ready to run.
    pub(crate) ready: u64,
    /// The jobs that have waited longest; the longest first.
    pub(crate) longest: Vec<ThreadView>,
}

impl Parked {
    /// Asks the carriers, each of which gets until `patience` from now to answer.
    pub(crate) fn ask(executor: &ExecutorHandle, patience: Duration) -> Self {
        let mut parked = Parked::default();
        if executor.has_ended() {
            return parked;
        }
        let deadline = time::after(patience).unwrap_or_else(time::now);
        let options = SurveyOptions::new().without_stacks();
        // All are asked before the first is waited for.
        let asked: Vec<(&CarrierHandle, Survey)> =
            executor.carriers().map(|carrier| (carrier, carrier.survey(options))).collect();
        let mut longest = Longest::default();
        for (carrier, survey) in asked {
            let report = parked.take(carrier, survey, deadline, &mut longest);
            parked.carriers.push(report);
        }
        parked.longest = longest.into_views();
        resolve::details_of(executor, &mut parked.longest);
        parked
    }

    fn take(
        &mut self,
        carrier: &CarrierHandle,
        mut survey: Survey,
        deadline: Instant,
        longest: &mut Longest,
    ) -> CarrierReport {
        let mut report = CarrierReport {
            name: carrier.name().to_owned(),
            has_answered: true,
            running: None,
            not_started: 0,
        };
        loop {
            match survey.next(deadline) {
                Ok(Some(slice)) => {
                    report.not_started += slice.not_started();
                    slice.threads().iter().for_each(|thread| self.count(thread));
                    slice.threads().iter().for_each(|thread| longest.offer(carrier, thread));
                }
                Ok(None) => return report,
                Err(_) => {
                    report.has_answered = false;
                    report.running = carrier.counters().running();
                    return report;
                }
            }
        }
    }

    fn count(&mut self, thread: &SurveyedThread) {
        if thread.state != SurveyedState::Parked {
            self.ready += 1;
            return;
        }
        let kind = thread.waiting.map_or("park", |waiting| waiting.kind());
        let (count, longest) = self.reasons.entry(kind).or_default();
        *count += 1;
        *longest = thread.waited.max(*longest);
    }
}

/// The jobs that have waited longest, of those that were offered.
#[derive(Default)]
struct Longest {
    /// By how long they have waited, the shortest on top; with the number in `views`.
    order: BinaryHeap<Reverse<(Duration, usize)>>,
    views: Vec<ThreadView>,
}

impl Longest {
    fn offer(&mut self, carrier: &CarrierHandle, thread: &SurveyedThread) {
        let waits_for_work = thread.waiting.is_some_and(|waiting| waiting.kind() == NEXT_JOB);
        let is_job = thread.report.has_identity && !waits_for_work;
        if !is_job || thread.state != SurveyedState::Parked {
            return;
        }
        let number = if self.views.len() < LONGEST {
            self.views.push(view(carrier, thread));
            self.views.len() - 1
        } else {
            let shortest = self.order.peek().map(|Reverse(shortest)| *shortest);
            let Some((_, number)) = shortest.filter(|(waited, _)| *waited < thread.waited) else {
                return;
            };
            self.order.pop();
            self.views[number] = view(carrier, thread);
            number
        };
        self.order.push(Reverse((thread.waited, number)));
    }

    fn into_views(mut self) -> Vec<ThreadView> {
        self.views.sort_by_key(|view| Reverse(view.waited));
        self.views
    }
}
