//! The reactor as the place where a carrier sleeps.

use std::io;
use std::rc::Rc;

use greenctx::{Notify, Reactor, install_reactor};
use greenstd::sync::Arc;
use greenstd::time::Instant;

use super::local::LocalReactor;

/// What a carrier holds of the reactor of its OS thread.
pub(super) struct CarrierReactor {
    local: Rc<LocalReactor>,
}

impl CarrierReactor {
    /// Sees to it that the carrier of the calling green thread sleeps in `local`, which is the reactor of
    /// its OS thread.
    ///
    /// # Errors
    /// If the carrier sleeps in a reactor of another kind.
    #[inline]
    pub(super) fn ensure(local: &Rc<LocalReactor>) -> io::Result<()> {
        match local.is_installed.get() {
            true => Ok(()),
            false => Self::install(local),
        }
    }

    #[cold]
    fn install(local: &Rc<LocalReactor>) -> io::Result<()> {
        install_reactor(Box::new(CarrierReactor { local: local.clone() })).map_err(|_| {
            io::Error::new(
                io::ErrorKind::Unsupported,
                "this carrier has a reactor of its own, which does not know of sockets: build the \
                 carrier without one, or use the sockets on another thread",
            )
        })?;
        local.is_installed.set(true);
        Ok(())
    }
}

impl Reactor for CarrierReactor {
    fn notifier(&self) -> Arc<dyn Notify> {
        self.local.shared().clone()
    }

    fn wait(&mut self, deadline: Option<Instant>) {
        self.local.sleep(deadline);
    }

    #[inline]
    fn poll(&mut self) {
        self.local.poll();
    }
}

impl Drop for CarrierReactor {
    fn drop(&mut self) {
        // The carrier has ended; the OS thread may get another one.
        self.local.is_installed.set(false);
    }
}
