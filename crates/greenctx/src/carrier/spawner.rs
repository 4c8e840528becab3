//! Starting green threads from the scheduler's side.

use greenstd::sync::Arc;

use super::local::Local;
use crate::stack::StackError;
use crate::thread::Thread;

/// Starts green threads on the carrier that asks for work; see [`Work::find`].
///
/// ```
/// use greenctx::{Carrier, Found, Spawner, Work};
///
/// /// One green thread, and no more.
/// struct Once(bool);
/// impl Work for Once {
///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
///         if self.0 || spawner.spawn(None, || println!("I run")).is_err() {
///             return Found::Nothing;
///         }
///         self.0 = true;
///         assert!(spawner.has_ready());
///         assert_eq!(spawner.live(), 1);
///         Found::Something
///     }
///     fn recheck(&mut self) -> bool {
///         !self.0
///     }
///     fn is_exhausted(&self) -> bool {
///         self.0
///     }
/// }
///
/// Carrier::new()?.run_with(&mut Once(false));
/// # Ok::<(), greenctx::StackError>(())
/// ```
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
    /// A panic of `body` ends the process, so `body` has to catch the panics of what it runs:
    ///
    /// ```
    /// use greenctx::{Found, Spawner, Work};
    /// use std::panic::catch_unwind;
    /// # struct Jobs(Vec<fn()>);
    /// impl Work for Jobs {
    ///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
    ///         let Some(job) = self.0.pop() else { return Found::Nothing };
    ///         let caught = move || _ = catch_unwind(job); // the panic hook has reported it
    ///         match spawner.spawn(Some("job".into()), caught) {
    ///             Ok(thread) => assert_eq!(thread.name(), Some("job")),
    ///             Err(error) => eprintln!("a job is lost: {error}"),
    ///         }
    ///         Found::Something
    ///     }
    /// #     fn recheck(&mut self) -> bool {
    /// #         !self.0.is_empty()
    /// #     }
    /// #     fn is_exhausted(&self) -> bool {
    /// #         self.0.is_empty()
    /// #     }
    /// }
    /// greenctx::Carrier::new()?.run_with(&mut Jobs(vec![|| (), || panic!("a job that fails")]));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Errors
    /// [`StackError`] if there is no stack to be had. `body` is dropped then.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn spawn(
        &self,
        name: Option<Arc<str>>,
        body: impl FnOnce() + 'static,
    ) -> Result<Thread, StackError> {
        self.local.spawn(self.local.default_class(), name, body)
    }

    /// Whether green threads are ready to run. Whoever supplies work may then leave it to other carriers.
    ///
    /// ```
    /// use greenctx::{Found, Spawner, Work};
    /// # struct Jobs(Vec<fn()>);
    /// impl Work for Jobs {
    ///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
    ///         if spawner.has_ready() {
    ///             return Found::Nothing; // this carrier has enough to do
    ///         }
    ///         match self.0.pop() {
    ///             Some(job) if spawner.spawn(None, job).is_ok() => {
    ///                 assert!(spawner.has_ready());
    ///                 Found::Something
    ///             }
    ///             _ => Found::Nothing,
    ///         }
    ///     }
    /// #     fn recheck(&mut self) -> bool {
    /// #         !self.0.is_empty()
    /// #     }
    /// #     fn is_exhausted(&self) -> bool {
    /// #         self.0.is_empty()
    /// #     }
    /// }
    /// greenctx::Carrier::new()?.run_with(&mut Jobs(vec![|| (), || ()]));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn has_ready(&self) -> bool {
        self.local.has_ready()
    }

    /// How many green threads the carrier has, those that wait among them.
    ///
    /// ```
    /// use greenctx::{Found, Spawner, Work};
    /// # struct Jobs(Vec<fn()>);
    /// impl Work for Jobs {
    ///     fn find(&mut self, spawner: &Spawner<'_>) -> Found {
    ///         if spawner.live() == 2 {
    ///             return Found::Nothing; // two at once are enough
    ///         }
    ///         match self.0.pop() {
    ///             Some(job) if spawner.spawn(None, job).is_ok() => Found::Something,
    ///             _ => Found::Nothing,
    ///         }
    ///     }
    /// #     fn recheck(&mut self) -> bool {
    /// #         !self.0.is_empty()
    /// #     }
    /// #     fn is_exhausted(&self) -> bool {
    /// #         self.0.is_empty()
    /// #     }
    /// }
    /// greenctx::Carrier::new()?.run_with(&mut Jobs(vec![|| (), || (), || ()]));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn live(&self) -> usize {
        self.local.live()
    }
}

impl std::fmt::Debug for Spawner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spawner").field("live", &self.live()).finish_non_exhaustive()
    }
}
