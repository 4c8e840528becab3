//! Which connections are open.

use executor::TaskHandle;

/// The jobs of the open connections.
///
/// Nobody tells when one ends, so that ending costs nothing: those that have are forgotten when as many
/// have been added as were open.
#[derive(Default)]
pub(crate) struct Connections {
    jobs: Vec<TaskHandle>,
    look_at: usize,
}

impl Connections {
    /// The fewest among which it is worth looking for those that have ended.
    const MIN_LOOK_AT: usize = 64;

    /// Adds one.
    pub(crate) fn add(&mut self, job: TaskHandle) {
        if self.jobs.len() >= self.look_at {
            self.forget_ended();
            self.look_at = Self::MIN_LOOK_AT.max(2 * self.jobs.len());
        }
        self.jobs.push(job);
    }

    /// Asks all of them to end: those that wait for a request at once, the others after their answer.
    pub(crate) fn stop(&self) {
        for job in &self.jobs {
            job.cancel();
        }
    }

    /// How many are open.
    pub(crate) fn count(&mut self) -> usize {
        self.forget_ended();
        self.jobs.len()
    }

    fn forget_ended(&mut self) {
        self.jobs.retain(|job| !job.is_done());
    }
}
