//! What becomes of a job that was pulled.

use std::time::Duration;

use executor::{TaskHandle, is_cancelled, shield};
use greenstd::atomic::unwatched::Counter;
use greenstd::panics;
use greenstd::sync::Arc;

use super::leases::{Held, Keeper, Leases};
use super::{Control, Limits};
use crate::around::Attempt;
use crate::context::{self, JobContext};
use crate::engine::{Again, Answer, Delivery, EngineError, EngineQueue, Outcome};
use crate::pause::Pauses;
use crate::registry::{Entry, Registry};
use crate::statistics::Work;

/// The shortest and the longest pause before another worker may see a function that is not known here.
const UNKNOWN_PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// All that runs for one worker.
pub(super) struct Serving {
    queue: Arc<dyn EngineQueue>,
    registry: Registry,
    limits: Limits,
    control: Arc<Control>,
    leases: Arc<Leases>,
}

/// A job for a runner, and the runner's own task.
pub(super) struct Assignment {
    pub(super) delivery: Delivery,
    pub(super) task: TaskHandle,
}

/// What the engine is to be told of a job.
enum Verdict {
    Complete(Outcome),
    Bury(Outcome),
    Again { after: Duration, why: Again },
}

impl Serving {
    pub(super) fn new(
        queue: Arc<dyn EngineQueue>,
        registry: Registry,
        limits: Limits,
        control: Arc<Control>,
    ) -> Arc<Self> {
        Arc::new(Serving { queue, registry, limits, control, leases: Arc::default() })
    }

    pub(super) fn queue(&self) -> &dyn EngineQueue {
        &*self.queue
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn control(&self) -> &Control {
        &self.control
    }

    pub(super) fn work(&self) -> &Work {
        &self.control.work
    }

    /// Starts the thread that extends the leases of what runs.
    pub(super) fn keep_leases(&self) -> Result<Keeper, EngineError> {
        let every = self.limits.extend_every.unwrap_or(self.queue.options().lease / 3);
        self.leases.keep(self.queue.clone(), every, self.control.clone())
    }

    pub(super) fn cancel_all(&self) {
        self.leases.cancel_all();
    }

    /// Runs a job and answers for it. The executor then counts it as what it was.
    pub(super) fn run(&self, assignment: Assignment) -> Result<(), ()> {
        let Assignment { delivery, task } = assignment;
        let length = self.queue.options().lease;
        let held = self.leases.enter(delivery.lease.clone(), task, length);
        let ran = match self.refuse(&delivery) {
            Some(verdict) => Ok((verdict, true)),
            None => panics::contain(|| self.attempt(&delivery)).map(|outcome| {
                let is_success = outcome.is_success();
                (self.judge(&delivery, &held, outcome), is_success)
            }),
        };
        match ran {
            Ok((verdict, is_success)) => {
                self.answer(&delivery, &held, &verdict);
                if is_success { Ok(()) } else { Err(()) }
            }
            Err(payload) => {
                let text = panics::message(&*payload).unwrap_or("a panic without a text");
                let outcome = Outcome::Panicked(text.to_owned());
                let verdict = self.judge(&delivery, &held, outcome);
                self.answer(&delivery, &held, &verdict);
                drop(held);
                std::panic::resume_unwind(payload)
            }
        }
    }

    /// What is said of a job that is not run at all.
    fn refuse(&self, delivery: &Delivery) -> Option<Verdict> {
        let deaths = delivery.tally.deaths;
        if deaths >= delivery.envelope.retry.deaths.max(1) {
            return Some(Verdict::Bury(Outcome::WorkersDied(deaths)));
        }
        if self.find(delivery).is_some() {
            return None;
        }
        let unknown = delivery.tally.unknown;
        if unknown >= self.limits.unknown {
            return Some(Verdict::Bury(Outcome::UnknownFunction));
        }
        let (first, longest) = UNKNOWN_PAUSES;
        let after = first.saturating_mul(1 << unknown.min(10)).min(longest);
        Some(Verdict::Again { after, why: Again::Unknown })
    }

    fn find(&self, delivery: &Delivery) -> Option<Arc<dyn Entry>> {
        self.registry.find(&delivery.envelope.function)
    }

    fn attempt(&self, delivery: &Delivery) -> Outcome {
        let Some(entry) = self.find(delivery) else { return Outcome::UnknownFunction };
        let job = JobContext::of(delivery);
        context::enter(job.clone());
        let envelope = &delivery.envelope;
        let function = || entry.run(envelope.encoding, &envelope.payload);
        Attempt::new(self.registry.arounds(), &job, &function).run().into_outcome()
    }

    /// What is said of a job that has run.
    fn judge(&self, delivery: &Delivery, held: &Held, outcome: Outcome) -> Verdict {
        let work = self.work();
        let text = match &outcome {
            Outcome::Succeeded(_) => return Verdict::Complete(outcome),
            _ if held.is_cancelled() => return Verdict::Complete(Outcome::Cancelled),
            // It was stopped here, which is no failure of its own.
            _ if held.is_lost() || is_cancelled() => {
                return Verdict::Again { after: Duration::ZERO, why: Again::GivenBack };
            }
            Outcome::Failed { text, .. } => {
                work.failed.add(1);
                text.clone()
            }
            Outcome::Panicked(text) => {
                work.panicked.add(1);
                text.clone()
            }
            // It would be so again.
            _ => return Verdict::Bury(outcome),
        };
        let (retry, failures) = (&delivery.envelope.retry, delivery.tally.failures);
        if failures >= retry.limit {
            return Verdict::Bury(outcome);
        }
        let after = retry.pause_of(&delivery.envelope.id, failures + 1);
        Verdict::Again { after, why: Again::Failed(text) }
    }

    /// Tells the engine, until it has heard it or the lease is over.
    fn answer(&self, delivery: &Delivery, held: &Held, verdict: &Verdict) {
        // Also for a job that was asked to stop.
        shield(|| {
            let mut pauses = Pauses::new();
            loop {
                match self.tell(delivery, verdict) {
                    Ok(Answer::Stored) => return self.count(verdict),
                    Ok(Answer::Fenced) => return self.count_late(held, &self.work().fenced),
                    Err(error) if error.may_be_repeated() && !held.is_lost() => {
                        if pauses.pause(None).is_err() {
                            break;
                        }
                    }
                    Err(EngineError::Refused(why)) => {
                        if let Verdict::Complete(_) = verdict {
                            // Such as a result that is too large: it is no less so in another attempt.
                            let outcome = Outcome::Malformed(format!("the result: {why}"));
                            return self.answer(delivery, held, &Verdict::Bury(outcome));
                        }
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.count_late(held, &self.work().unanswered);
        });
    }

    /// Puts a job back that nobody has begun. If that fails, its lease runs out.
    pub(super) fn give_back(&self, delivery: &Delivery, why: &Again) {
        if let Ok(Answer::Stored) = self.queue.again(&delivery.lease, Duration::ZERO, why) {
            self.work().given_back.add(1);
        }
    }

    fn tell(&self, delivery: &Delivery, verdict: &Verdict) -> Result<Answer, EngineError> {
        match verdict {
            Verdict::Complete(outcome) => self.queue.complete(&delivery.lease, outcome),
            Verdict::Bury(outcome) => self.queue.bury(delivery, outcome),
            Verdict::Again { after, why } => self.queue.again(&delivery.lease, *after, why),
        }
    }

    fn count_late(&self, held: &Held, counter: &Counter) {
        counter.add(1);
        if held.is_lost() {
            self.work().lost.add(1);
        }
    }

    fn count(&self, verdict: &Verdict) {
        let work = self.work();
        let counter = match verdict {
            Verdict::Complete(outcome) if outcome.is_success() => &work.succeeded,
            Verdict::Complete(_) => &work.cancelled,
            Verdict::Bury(_) => &work.buried,
            Verdict::Again { why: Again::Failed(_), .. } => &work.retried,
            Verdict::Again { why: Again::Unknown, .. } => &work.unknown,
            Verdict::Again { .. } => &work.given_back,
        };
        counter.add(1);
    }
}
