//! Starting green threads from the scheduler's side.

use greenstd::sync::Arc;

use super::local::Local;
use crate::stack::StackError;
use crate::thread::Thread;

/// Starts green threads on the carrier that is asking for work; see [`Work::find`].
///
/// [`Work::find`]: crate::Work::find
pub struct Spawner<'a> {
    local: &'a Local,
}

impl<'a> Spawner<'a> {
    pub(super) fn new(local: &'a Local) -> Self {
        Spawner { local }
    }

    /// Makes a green thread of the carrier's default stack size, ready to run `body`.
    ///
    /// A panic of `body` ends the process: it is for those who catch what they run.
    ///
    /// # Errors
    /// If there is no stack to be had.
    pub fn spawn(
        &self,
        name: Option<Arc<str>>,
        body: impl FnOnce() + 'static,
    ) -> Result<Thread, StackError> {
        self.local.spawn(self.local.default_class(), name, |_| Box::new(body))
    }

    /// Whether green threads are waiting to run.
    pub fn has_ready(&self) -> bool {
        self.local.has_ready()
    }

    /// How many green threads the carrier has.
    pub fn live(&self) -> usize {
        self.local.live()
    }
}

impl std::fmt::Debug for Spawner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spawner").field("live", &self.live()).finish_non_exhaustive()
    }
}
