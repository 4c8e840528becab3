//! The initializer, which a carrier runs before it takes jobs, and the break-down if it fails.

use std::rc::Rc;

use greenctx::Spawner;
use greenstd::panics;
use greenstd::sync::Arc;

use super::Local;
use crate::ending_thread;
use crate::error::AbandonReason;
use crate::pool::{Pool, Queued};
use crate::task;
use crate::timekeeper::TakenOut;

/// How far a carrier has come with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initialized {
    NotYet,
    UnderWay,
    Done,
}

/// What waited when the executor broke down.
struct Drained {
    delayed: TakenOut,
    jobs: Vec<Queued>,
    message: Arc<String>,
}

impl Local {
    /// Whether the carrier may take jobs; starts the initializer if that has not been done.
    pub(super) fn is_initialized(self: &Rc<Self>, spawner: &Spawner<'_>) -> bool {
        if self.initialized.get() == Initialized::NotYet {
            let needed = self.pool.settings().initializer.is_some();
            self.initialized.set(Initialized::Done);
            if needed {
                self.initialized.set(Initialized::UnderWay);
                let local = self.clone();
                let name = Some(Arc::from("initializer"));
                if let Err(error) = spawner.spawn(name, move || local.initialize()) {
                    let drained = self.close_down(format!("no stack for the initializer: {error}"));
                    ending_thread::run(&self.pool, move |pool| drained.abandon(pool));
                }
            }
        }
        self.initialized.get() == Initialized::Done
    }

    fn initialize(&self) {
        match call(&self.pool) {
            Ok(()) => self.initialized.set(Initialized::Done),
            Err(message) => self.close_down(message).abandon(&self.pool),
        }
    }

    /// The executor is broken. What waits is to be abandoned.
    fn close_down(&self, message: String) -> Drained {
        let drained = close_down(&self.pool, message);
        self.initialized.set(Initialized::Done);
        drained
    }
}

/// By an OS thread that is to run jobs of the executor on its own stack, before its first.
pub(crate) fn initialize_thread(pool: &Pool) {
    // An executor that is broken starts nothing any more.
    if !pool.is_broken()
        && let Err(message) = call(pool)
    {
        close_down(pool, message).abandon(pool);
    }
}

/// Calls the initializer, if there is one; why it has failed.
fn call(pool: &Pool) -> Result<(), String> {
    let Some(initializer) = &pool.settings().initializer else { return Ok(()) };
    match panics::contain(initializer) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("the initializer failed: {error}")),
        Err(payload) => {
            let text = panics::message(&*payload).unwrap_or("no message").to_owned();
            panics::dispose(payload);
            Err(format!("the initializer panicked: {text}"))
        }
    }
}

fn close_down(pool: &Pool, message: String) -> Drained {
    let message = Arc::new(message);
    let delayed = pool.break_down(message.clone());
    Drained { delayed, jobs: pool.queue().drain(), message }
}

impl Drained {
    fn abandon(self, pool: &Pool) {
        self.delayed.end(pool);
        for Queued(job) in self.jobs {
            task::abandon(&job, pool, AbandonReason::Broken(self.message.clone()));
        }
    }
}
