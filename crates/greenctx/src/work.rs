//! Where a carrier gets work from that is not yet a green thread.

use crate::carrier::Spawner;

/// A source of work outside the carrier, such as a backlog that several carriers share.
///
/// All methods run on the scheduler's own stack: they must not park, and must run no user code.
pub trait Work {
    /// Starts green threads for what waits outside, by `spawner`. Called when no green thread is
    /// ready, and every few dozen switches although some are, so that the outside does not starve.
    fn find(&mut self, spawner: &Spawner<'_>) -> Found;

    /// Last look before the carrier sleeps, after it has announced itself as asleep: `true` if there
    /// is something to find after all. Whoever makes work available later must call
    /// [`CarrierHandle::wake`](crate::CarrierHandle::wake).
    fn recheck(&mut self) -> bool;

    /// The carrier has been asleep (or was about to be) and goes on.
    fn awake(&mut self) {}

    /// Whether no work can ever come again: the carrier then ends once its green threads have.
    fn is_exhausted(&self) -> bool;
}

/// What [`Work::find`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Found {
    /// Green threads were started or made ready, or it is worth asking again at once.
    Something,
    /// Nothing to start now.
    Nothing,
}

/// No work but what the green threads themselves spawn.
pub(crate) struct NoWork;

impl Work for NoWork {
    fn find(&mut self, _: &Spawner<'_>) -> Found {
        Found::Nothing
    }

    fn recheck(&mut self) -> bool {
        false
    }

    fn is_exhausted(&self) -> bool {
        true
    }
}
